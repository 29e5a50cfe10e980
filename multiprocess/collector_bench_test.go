//go:build unix

package multiprocess_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

const (
	benchProcesses = 64
	benchEntries   = 10_000
)

// benchFile is a file whose writer changes every value in place.
type benchFile struct {
	data   []byte
	values []int
}

func (f *benchFile) change() {
	for _, at := range f.values {
		v := math.Float64frombits(binary.NativeEndian.Uint64(f.data[at:]))
		binary.NativeEndian.PutUint64(f.data[at:], math.Float64bits(v+1))
	}
}

// benchDir fills a directory of the memory file system, where there is one, with
// the files of many processes.
func benchDir(b *testing.B, stamped bool, keyOf func(i int) string, name string) (string, []*benchFile) {
	b.Helper()
	parent := os.Getenv("POLYMETER_BENCH_DIR")
	if info, err := os.Stat("/dev/shm"); parent == "" && err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "polymeter-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	data, values := make([]byte, 8), []int(nil)
	for i := range benchEntries {
		data = appendEntry(data, stamped, pyEntry{keyOf(i), float64(i), 0})
		if stamped {
			values = append(values, len(data)-16)
		} else {
			values = append(values, len(data)-8)
		}
	}
	binary.NativeEndian.PutUint32(data, uint32(len(data)))
	var files []*benchFile
	for p := range benchProcesses {
		path := filepath.Join(dir, fmt.Sprintf(name, 1000+p))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, &benchFile{mapShared(b, path, len(data)), values})
	}
	return dir, files
}

func mapShared(b *testing.B, path string, size int) []byte {
	b.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	data, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { syscall.Munmap(data) })
	return data
}

func counterKey(i int) string {
	return fmt.Sprintf(`["requests", "requests_total", {"endpoint": "/api/v1/users/%d", "method": "GET"}, "Requests served by endpoint."]`, i)
}

func histogramKey(i int) string {
	labels := fmt.Sprintf(`"endpoint": "/api/v1/users/%d"`, i/10)
	if i%10 == 0 {
		return fmt.Sprintf(`["latency", "latency_sum", {%s}, "Latency by endpoint."]`, labels)
	}
	le := [...]string{"0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "10.0", "+Inf"}[i%10-1]
	return fmt.Sprintf(`["latency", "latency_bucket", {%s, "le": "%s"}, "Latency by endpoint."]`, labels, le)
}

func drain(b testing.TB, c *multiprocess.Collector) {
	b.Helper()
	n := 0
	err := c.Collect(context.Background(), func(f metric.Family) error {
		return f.Each(func(*metric.Sample) error { n++; return nil })
	})
	if err != nil || n == 0 {
		b.Fatal(n, err)
	}
}

// BenchmarkCollect merges the files of 64 processes of 10,000 entries each, all
// of which change before every scrape.
func BenchmarkCollect(b *testing.B) {
	for _, kind := range []struct {
		name, file string
		stamped    bool
		key        func(int) string
	}{
		{"counter", "counter_%d.db", true, counterKey},
		{"counter-older", "counter_%d.db", false, counterKey},
		{"histogram", "histogram_%d.db", true, histogramKey},
		{"gauge-sum", "gauge_livesum_%d.db", true, func(i int) string { return key("g", "g", fmt.Sprintf(`"n": "%d"`, i)) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			dir, files := benchDir(b, kind.stamped, kind.key, kind.file)
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
					for _, f := range files {
						f.change()
					}
					b.StartTimer()
					drain(b, c)
				}
			})
		})
	}
}
