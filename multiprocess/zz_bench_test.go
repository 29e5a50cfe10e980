//go:build unix

package multiprocess_test

import (
	"context"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func BenchmarkMixed(b *testing.B) {
	counters := &cell.Spec{Desc: metric.Desc{
		Name: "requests", Help: "Requests served by endpoint.", Type: metric.TypeCounter, LabelNames: []string{"endpoint", "method"},
	}}
	dir, _ := nativeBenchDir(b, counters)
	s := openNative(b, dir, "7")
	if _, err := s.Publish(emitting(one("g", metric.TypeGauge, 1)), nil); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"still", "anew"} {
		b.Run(name, func(b *testing.B) {
			s.Refresh(context.Background())
			c := newCollector(b, dir, multiprocess.CollectorOptions{})
			drain(b, c)
			for b.Loop() {
				if name == "anew" {
					s.Refresh(context.Background())
				}
				drain(b, c)
			}
		})
	}
}
