package lint_test

import (
	"bytes"
	"context"
	"testing"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/exposition"
	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
	"polymeter.dev/multiprocess"
)

// TestOwnPages checks that there is nothing to find on what the library shows
// by itself, and on instruments that are declared as its documentation does.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	options := &polymeter.RegistryOptions{}
	store, err := multiprocess.Open(t.TempDir(), nil)
	if err == nil { // elsewhere without
		defer store.Close()
		options.Store = store
	}
	r := polymeter.NewRegistry(options)
	r.MustRegister(collectors.Standard()...)
	declareAll(t, r)

	self := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		for _, d := range metrichttp.SelfMetricDescs() {
			if err := emit(&family{desc: *d}); err != nil {
				return err
			}
		}
		return nil
	})
	for name, c := range map[string]metric.Collector{
		"registry":        r,
		"self-metrics":    r.SelfMetrics(),
		"handler":         self,
		"every Go metric": collectors.NewGo(&collectors.GoOptions{All: true}),
		"decoded":         decoded(t, r),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := lint.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Collect(t.Context(), l.Family); err != nil {
				t.Fatal(err)
			}
			for _, f := range l.Findings() {
				t.Error(f.String())
			}
		})
	}
}

// decoded returns the page of c as it comes back from JSON, in expanded form.
func decoded(t *testing.T, c metric.Collector) metric.Collector {
	t.Helper()
	var page bytes.Buffer
	if _, err := exposition.Write(t.Context(), &page, c, exposition.FormatJSON(), nil); err != nil {
		t.Fatal(err)
	}
	return exposition.Decoded(exposition.NewJSONDecoder(&page, nil))
}

func declareAll(t *testing.T, r *polymeter.Registry) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	requests, err := r.NewCounterVec(polymeter.CounterOpts{Name: "app_requests", Help: "Requests served.", Labels: []string{"endpoint", "method"}})
	must(err)
	requests.With("/api/users", "GET").Inc()
	requests.With("/api/users/:id", "POST").Inc()
	depth, err := r.NewGauge(polymeter.GaugeOpts{Name: "app_queue_depth", Help: "Jobs that wait."})
	must(err)
	depth.Set(3)
	seconds, err := r.NewHistogramVec(polymeter.HistogramOpts{
		Name: "app_request_duration_seconds", Help: "Time to serve a request.", Unit: "seconds", Labels: []string{"endpoint"},
	})
	must(err)
	for i := range 200 {
		seconds.With("/api/users").Observe(float64(i) / 50)
	}
	native, err := r.NewHistogram(polymeter.HistogramOpts{
		Name: "app_response_size_bytes", Help: "Size of responses.", Unit: "bytes", Native: &polymeter.NativeOpts{},
	})
	must(err)
	native.Observe(512)
	summary, err := r.NewSummary(polymeter.SummaryOpts{Name: "app_render_seconds", Help: "Time to render.", Unit: "seconds"})
	must(err)
	summary.Observe(0.5)
	info, err := r.NewInfo(polymeter.InfoOpts{Name: "app_build", Help: "What runs."})
	must(err)
	info.Set(map[string]string{"version": "1.2.3", "revision": "3f786850e387550fdab836ed7e6dc881de23001b"})
	state, err := r.NewStateSet(polymeter.StateSetOpts{Name: "app_phase", Help: "What the program is doing.", States: []string{"starting", "running"}})
	must(err)
	state.Set("running")
}
