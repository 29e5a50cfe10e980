//go:build unix

package multiprocess_test

import (
	"context"
	"strconv"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// BenchmarkCollectPublished merges what 64 processes publish, 1,000 series each,
// all of which they publish anew before every scrape.
func BenchmarkCollectPublished(b *testing.B) {
	dir := b.TempDir()
	f := metric.NewCounterFamily("requests", "Requests served by endpoint.", "endpoint", "method")
	for i := range 1000 {
		f.Add(float64(i), "/api/v1/users/"+strconv.Itoa(i), "GET")
	}
	var stores []*multiprocess.Store
	for p := range benchProcesses {
		s := openStore(b, dir, multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named(strconv.Itoa(1000 + p))})
		if _, err := s.Publish(emitting(f), nil); err != nil {
			b.Fatal(err)
		}
		stores = append(stores, s)
	}
	publishAll := func() {
		for _, s := range stores {
			if err := s.Refresh(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	publishAll()
	c := newCollector(b, dir, multiprocess.CollectorOptions{})
	drain(b, c)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		publishAll()
		b.StartTimer()
		drain(b, c)
	}
}

// BenchmarkRefresh publishes 1,000 series.
func BenchmarkRefresh(b *testing.B) {
	f := metric.NewCounterFamily("requests", "Requests served by endpoint.", "endpoint", "method")
	for i := range 1000 {
		f.Add(float64(i), "/api/v1/users/"+strconv.Itoa(i), "GET")
	}
	s := openNative(b, b.TempDir(), "7")
	if _, err := s.Publish(emitting(f), nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Refresh(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
