package metrictest_test

import (
	"fmt"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metrictest"
)

// printer prints what a test would report. In a test of yours, t is what the test
// is given.
type printer struct{ testing.TB }

func (printer) Helper()                           {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (printer) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func newRequests(r *polymeter.Registry) *polymeter.CounterVec {
	return polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{
		Name: "app_requests", Help: "Requests served.", Labels: []string{"code"},
	}))
}

func ExampleCompare() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	requests := newRequests(registry)
	requests.With("200").Add(3)
	requests.With("500").Inc()

	metrictest.Compare(t, registry, `
		# TYPE app_requests_total counter
		app_requests_total{code="200"} 4
		app_requests_total{code="404"} 1
	`, "app_requests")
	// Output:
	// metrictest.Compare: what is collected is not what is expected:
	// app_requests_total (counter):
	// 	{code="200"}: got 3, want 4
	// 	{code="404"}: missing, want 1
	// 	{code="500"}: not expected, got 1
}

func ExampleChanges() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	requests := newRequests(registry)
	serve := func() {
		requests.With("200").Inc()
		requests.With("500").Inc()
	}

	metrictest.Changes(t, registry, serve, `app_requests_total{code="200"} +1`)
	// Output:
	// metrictest.Changes: not what is expected:
	// 	app_requests_total{code="500"}: not expected, but there now, with 1
}

func ExampleValue() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	newRequests(registry).With("200").Add(3)

	fmt.Println(metrictest.Value(t, registry, "app_requests_total", "code", "200"))
	// Output: 3
}

func ExampleCompareNative() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	latency := polymeter.Must(registry.NewHistogram(polymeter.HistogramOpts{
		Name: "latency_seconds", Help: "Time to answer.", Native: &polymeter.NativeOpts{},
	}))
	latency.Observe(0.25)
	latency.Observe(3)

	got := metrictest.Histogram(t, registry, "latency_seconds").Native
	metrictest.CompareNative(t, got, metrictest.NativeOf(0.25, 3)) // as far as the resolution tells
	// Output:
}

func ExampleCollector() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	newRequests(registry).With("200").Inc()

	metrictest.Collector(t, registry) // or a collector of yours
	// Output:
}

func ExampleLint() {
	var t printer
	registry := polymeter.NewRegistry(nil)
	polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{Name: "job_duration_ms", Help: "How long the last job took."}))

	metrictest.Lint(t, registry, nil)
	// Output:
	// metrictest.Lint: warning: job_duration_ms: the unit is abbreviated to ms [unit-abbreviated]
	// 	Show seconds.
}
