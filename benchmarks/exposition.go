package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"testing"

	vm "github.com/VictoriaMetrics/metrics"
	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"polymeter.dev"
	"polymeter.dev/exposition"
)

const (
	counterSeries   = 100_000
	histogramSeries = 10_000
)

// expositionWork writes whole pages in the text format.
func expositionWork() []comparison {
	return []comparison{
		{"text of 100,000 counters", []contender{
			{"polymeter", polymeterPage(counterSeries, 0)},
			{"client_golang", promPage(counterSeries, 0)},
			{"VictoriaMetrics", vmPage(counterSeries, 0)},
		}},
		{"text of 10,000 histograms of 15 buckets", []contender{
			{"polymeter", polymeterPage(0, histogramSeries)},
			{"client_golang", promPage(0, histogramSeries)},
			{"VictoriaMetrics", vmPage(0, histogramSeries)},
		}},
	}
}

// labelsOf returns three label values of the i-th series.
func labelsOf(i int) (string, string, string) {
	return "/api/" + strconv.Itoa(i), routes[i%len(routes)].Method, strconv.Itoa(200 + i%7)
}

func polymeterRegistry(counters, histograms int) *polymeter.Registry {
	r := polymeter.NewRegistry(nil)
	c := must(r.NewCounterVec(polymeter.CounterOpts{Name: "page_requests", Help: "Requests.", Labels: labelNames}))
	for i := range counters {
		c.With(labelsOf(i)).Add(float64(i))
	}
	h := must(r.NewHistogramVec(polymeter.HistogramOpts{Name: "page_seconds", Help: "Seconds.", Labels: labelNames}))
	for i := range histograms {
		h.With(labelsOf(i)).Observe(observations[i%len(observations)])
	}
	return r
}

func polymeterPage(counters, histograms int) func(*testing.B) {
	return func(b *testing.B) {
		r := polymeterRegistry(counters, histograms)
		b.ReportAllocs()
		for b.Loop() {
			must(exposition.Write(context.Background(), io.Discard, r, exposition.FormatText(), nil))
		}
	}
}

func promRegistry(counters, histograms int) *prom.Registry {
	r := prom.NewRegistry()
	c := prom.NewCounterVec(prom.CounterOpts{Name: "page_requests_total", Help: "Requests."}, labelNames)
	for i := range counters {
		c.WithLabelValues(labelsOf(i)).Add(float64(i))
	}
	h := prom.NewHistogramVec(prom.HistogramOpts{Name: "page_seconds", Help: "Seconds.", Buckets: polymeter.DefaultBuckets()[:14]}, labelNames)
	for i := range histograms {
		h.WithLabelValues(labelsOf(i)).Observe(observations[i%len(observations)])
	}
	r.MustRegister(c, h)
	return r
}

func promPage(counters, histograms int) func(*testing.B) {
	return func(b *testing.B) {
		r := promRegistry(counters, histograms)
		b.ReportAllocs()
		for b.Loop() {
			e := expfmt.NewEncoder(io.Discard, expfmt.NewFormat(expfmt.TypeTextPlain))
			for _, f := range must(r.Gather()) {
				if err := e.Encode(f); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func vmSet(counters, histograms int) *vm.Set {
	s := vm.NewSet()
	for i := range counters {
		e, m, c := labelsOf(i)
		s.NewCounter(fmt.Sprintf(`page_requests_total{endpoint=%q,method=%q,code=%q}`, e, m, c)).Set(uint64(i))
	}
	for i := range histograms {
		e, m, c := labelsOf(i)
		name := fmt.Sprintf(`page_seconds{endpoint=%q,method=%q,code=%q}`, e, m, c)
		s.NewPrometheusHistogramExt(name, polymeter.DefaultBuckets()[:14]).Update(observations[i%len(observations)])
	}
	return s
}

func vmPage(counters, histograms int) func(*testing.B) {
	return func(b *testing.B) {
		s := vmSet(counters, histograms)
		b.ReportAllocs()
		for b.Loop() {
			s.WritePrometheus(io.Discard)
		}
	}
}

const heapRow = "heap per idle series"

// printHeap prints what a series costs while nobody looks at it.
func printHeap() {
	fmt.Println("\n| heap per idle series | counter of 3 labels | histogram of 15 buckets |")
	fmt.Println("|---|---|---|")
	for _, l := range []struct {
		library string
		build   func(counters, histograms int) any
	}{
		{"polymeter", func(c, h int) any { return polymeterRegistry(c, h) }},
		{"client_golang", func(c, h int) any { return promRegistry(c, h) }},
		{"VictoriaMetrics", func(c, h int) any { return vmSet(c, h) }},
	} {
		fmt.Printf("| %s | %.0f B | %.0f B |\n", l.library,
			heapOf(func() any { return l.build(counterSeries, 0) })/counterSeries,
			heapOf(func() any { return l.build(0, histogramSeries) })/histogramSeries)
	}
}

// heapOf returns how many bytes of heap stay in use for what build returns.
func heapOf(build func() any) float64 {
	before := heapInUse()
	built := build()
	after := heapInUse()
	runtime.KeepAlive(built)
	return after - before
}

func heapInUse() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
