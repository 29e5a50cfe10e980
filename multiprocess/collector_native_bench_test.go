//go:build unix

package multiprocess_test

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// BenchmarkCollectNative is BenchmarkCollect with stores of the native format: 64
// of them, of 10,000 series each, all alive and all changing before every scrape.
func BenchmarkCollectNative(b *testing.B) {
	counters := &cell.Spec{Desc: metric.Desc{
		Name: "requests", Help: "Requests served by endpoint.", Type: metric.TypeCounter, LabelNames: []string{"endpoint", "method"},
	}}
	sums := &cell.Spec{
		Desc: metric.Desc{Name: "g", Help: "Help of g.", Type: metric.TypeGauge, LabelNames: []string{"n"}}, Mode: metric.GaugeLiveSum,
	}
	for name, spec := range map[string]*cell.Spec{"counter": counters, "gauge-sum": sums} {
		b.Run(name, func(b *testing.B) {
			dir, words := nativeBenchDir(b, spec)
			b.Run("first", func(b *testing.B) {
				for b.Loop() {
					drain(b, newCollector(b, dir, multiprocess.CollectorOptions{}))
				}
			})
			b.Run("following", func(b *testing.B) {
				c := newCollector(b, dir, multiprocess.CollectorOptions{})
				drain(b, c)
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					for _, w := range words {
						w.Add(1)
					}
					b.StartTimer()
					drain(b, c)
				}
			})
		})
	}
}

func nativeBenchDir(b *testing.B, spec *cell.Spec) (string, []*atomic.Uint64) {
	b.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "polymeter-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	var words []*atomic.Uint64
	for p := range benchProcesses {
		s := openStore(b, dir, multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named(strconv.Itoa(1000 + p))})
		for i := range benchEntries {
			values := []string{fmt.Sprintf("/api/v1/users/%d", i), "GET"}
			place, err := s.Open(spec, values[:len(spec.LabelNames)])
			if err != nil {
				b.Fatal(err)
			}
			words = append(words, place.Words[0])
		}
	}
	return dir, words
}
