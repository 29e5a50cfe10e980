package metrictest_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

// app is a program that counts.
type app struct {
	registry *polymeter.Registry
	requests *polymeter.CounterVec
	active   *polymeter.Gauge
	seconds  *polymeter.Histogram
}

func newApp(t *testing.T) *app {
	t.Helper()
	r := polymeter.NewRegistry(nil)
	requests, err := r.NewCounterVec(polymeter.CounterOpts{Name: "app_requests", Help: "Requests.", Labels: []string{"code"}})
	if err != nil {
		t.Fatal(err)
	}
	active, err := r.NewGauge(polymeter.GaugeOpts{Name: "app_active", Help: "Requests under way."})
	if err != nil {
		t.Fatal(err)
	}
	seconds, err := r.NewHistogram(polymeter.HistogramOpts{Name: "app_seconds", Help: "Time.", Buckets: []float64{0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	requests.With("200").Add(5)
	return &app{r, requests, active, seconds}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, want := range [][]string{
		{`app_requests_total{code="200"} +1`},
		{` app_requests_total{ code = "200" } +1.0 `, "app_active -2"},
		{`app_seconds_count +2`},
		{`app_seconds_sum +0.3`},
		{`app_seconds_bucket{le="0.5"} +2`, `app_seconds_bucket{le="1"} +2`, `app_seconds_bucket{le="+Inf"} +2e0`},
		{`app_requests_total{code="200"} +1`, `app_seconds_count +2`},
	} {
		var f fake
		metrictest.Changes(&f, a.registry, func() {
			a.requests.With("200").Inc()
			a.active.Sub(2)
			a.seconds.Observe(0.1)
			a.seconds.Observe(0.2)
		}, want...)
		f.passes(t)
	}
	var f fake
	metrictest.Changes(&f, a.registry, func() { a.requests.With("404").Inc() }, `app_requests_total{code="404"} +1`)
	metrictest.Changes(&f, a.registry, func() { a.requests.Delete("404") }, `app_requests_total{code="404"} -1`)
	metrictest.Changes(&f, a.registry, func() { a.active.Set(math.NaN()) }, `app_requests_total{code="200"} 0`)
	metrictest.Changes(&f, a.registry, func() {})
	f.passes(t)
}

func TestChangesReport(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var f fake
	metrictest.Changes(&f, a.registry, func() {
		a.requests.With("200").Add(2)
		a.requests.With("404").Inc()
		a.requests.With("500").Inc()
	}, `app_requests_total{code="200"} +1`, `app_requests_total{code="404"} +2`, `app_requests_total{code="503"} +1`)
	f.says(t, `metrictest.Changes: not what is expected:
	app_requests_total{code="200"}: got +2 (from 5 to 7), want +1
	app_requests_total{code="404"}: got +1 (from none to 1), want +2
	app_requests_total{code="503"}: there is no such series, neither before nor after; want +1
	app_requests_total{code="500"}: not expected, but there now, with 1`)

	f = fake{}
	metrictest.Changes(&f, a.registry, func() {
		a.requests.Delete("500")
		a.active.Inc()
	})
	f.fails(t, `app_requests_total{code="500"}: not expected, but gone, from 1`, "app_active: not expected, but changed from 0 to 1")
}

func TestChangesCannot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ change, part string }{
		{"app_active 1", `"1" has no sign, or is no number`},
		{"app_active +x", `"+x" has no sign`},
		{"app_active +NaN", `"+NaN" has no sign`},
		{"app_active", `"app_active" has no sign`},
		{"", `"" is no change, which looks like name{label="value"} +1`},
		{`app_active{a=b} +1`, `"app_active{a=b} +1" is no change`},
		{"app active +1", "is no change"},
		{"# nothing +1", "it is not one line with one series"},
		{"a 1\na +1", "is no change"},
	} {
		var f fake
		ran := false
		metrictest.Changes(&f, families(), func() { ran = true }, test.change)
		f.fails(t, test.part)
		if ran {
			t.Errorf("%q: ran", test.change)
		}
	}
	var f fake
	metrictest.Changes(&f, families(), func() {}, "a +1", "a{} +2")
	f.says(t, "metrictest.Changes: the series a is expected twice")
}

func TestChangesCollectorFails(t *testing.T) {
	t.Parallel()
	fails := false
	c := metric.CollectorFunc(func(context.Context, func(metric.Family) error) error {
		if fails {
			return errors.New("no database")
		}
		return nil
	})
	var f fake
	metrictest.Changes(&f, c, func() { fails = true })
	metrictest.Changes(&f, c, func() { t.Error("ran") })
	f.says(t, "metrictest.Changes: after: no database\nmetrictest.Changes: before: no database")
	f = fake{}
	metrictest.Changes(&f, nil, func() { t.Error("ran") })
	f.says(t, "metrictest.Changes: before: the collector is nil")
}

// TestLargeCountersAreExact has a change of one in a value that leaves no room for
// more digits.
func TestLargeCountersAreExact(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.requests.With("200").Add(1 << 50)
	var f fake
	metrictest.Changes(&f, a.registry, func() { a.requests.With("200").Add(2) }, `app_requests_total{code="200"} +1`)
	f.fails(t, "got +2", "want +1")
	f = fake{}
	metrictest.Compare(&f, a.registry, `app_requests_total{code="200"} 1125899906842632`, "app_requests")
	if !strings.Contains(f.text(), "got 1125899906842631, want 1125899906842632") {
		t.Errorf("reported:\n%s", f.text())
	}
}
