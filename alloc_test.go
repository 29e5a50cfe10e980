package polymeter_test

import (
	"context"
	"strconv"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestUpdatesDoNotAllocate(t *testing.T) {
	r := polymeter.NewRegistry(nil)
	c := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"}))
	g := polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g"}))
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h"}))
	n := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "n", Buckets: []float64{1}, Native: &polymeter.NativeOpts{}}))
	s := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "s"}))
	q := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "q", Quantiles: []float64{0.5}}))
	states := polymeter.Must(r.NewStateSet(polymeter.StateSetOpts{Name: "states", States: []string{"off", "on"}}))
	var vectors [5]*polymeter.CounterVec
	for i := range vectors {
		labels := []string{"a", "b", "c", "d"}[:i:i]
		vectors[i] = polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "v" + strconv.Itoa(i), Labels: labels}))
	}
	limited := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{
		Name: "limited", Labels: []string{"a"}, Series: polymeter.SeriesOpts{Limit: 1, Values: [][]string{{"first"}}},
	}))
	typed := polymeter.Must(polymeter.NewTypedCounter[route](r, polymeter.CounterOpts{Name: "typed"}))
	mixed := polymeter.Must(polymeter.NewTypedCounter[request](r, polymeter.CounterOpts{Name: "mixed"}))
	values := []string{"/api/users", "GET", "200"}
	buffer := []byte("a value made for the call")
	n.ObserveN(1, 1)
	updates := map[string]func(){
		"Counter.Inc":           c.Inc,
		"Counter.Add":           func() { c.Add(2) },
		"Counter.Add part":      func() { c.Add(0.5) },
		"Gauge.Set":             func() { g.Set(1) },
		"Gauge.Add":             func() { g.Add(1) },
		"Histogram.Observe":     func() { h.Observe(0.3) },
		"Histogram native":      func() { n.Observe(1) },
		"Histogram.ObserveN":    func() { h.ObserveN(0.3, 5) },
		"Summary.Observe":       func() { s.Observe(1) },
		"Summary with quantile": func() { q.Observe(1) },
		"StateSet.Set":          func() { states.Set("on") },
		"StateSet.SetState":     func() { states.SetState("on", false) },
		"Timer":                 func() { polymeter.StartTimer(h).Stop() },
		"With":                  func() { vectors[0].With().Inc() },
		"With 1":                func() { vectors[1].With("/api/users").Inc() },
		"With 2":                func() { vectors[2].With("/api/users", "GET").Inc() },
		"With 3":                func() { vectors[3].With("/api/users", "GET", "200").Inc() },
		"With 4":                func() { vectors[4].With("/api/users", "GET", "200", "eu").Inc() },
		"With slice":            func() { vectors[3].With(values...).Inc() },
		"With bytes":            func() { vectors[1].With(string(buffer)).Inc() },
		"With beyond the limit": func() { limited.With("second").Inc() },
		"Typed.With":            func() { typed.With(route{"/api/users", "GET", "200"}).Inc() },
		"Typed.With mixed":      func() { mixed.With(request{Code: 200, Endpoint: "/"}).Inc() },
	}
	for name, update := range updates {
		if allocs := testing.AllocsPerRun(100, update); allocs != 0 {
			t.Errorf("%s allocates %v times", name, allocs)
		}
	}
}

// TestCollectAllocatesAConstant collects 100,000 series of each kind.
func TestCollectAllocatesAConstant(t *testing.T) {
	const series = 100_000
	r := polymeter.NewRegistry(nil)
	labels := []string{"n"}
	c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: labels}))
	h := polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{Name: "h", Labels: labels, Buckets: []float64{1}}))
	s := polymeter.Must(r.NewSummaryVec(polymeter.SummaryOpts{Name: "s", Labels: labels}))
	for i := range series {
		n := strconv.Itoa(i)
		c.With(n).Inc()
		h.With(n).Observe(2)
		s.With(n).Observe(2)
	}
	visited := 0
	allocs := testing.AllocsPerRun(1, func() {
		visited = 0
		_ = r.Collect(context.Background(), func(f metric.Family) error {
			return f.Each(func(*metric.Sample) error { visited++; return nil })
		})
	})
	if visited != 3*series {
		t.Errorf("%d samples, want %d", visited, 3*series)
	}
	if allocs > 100 {
		t.Errorf("a collection allocates %v times, want at most 100", allocs)
	}
}

// TestCollectFromAStoreAllocatesAConstant collects 20,000 series of each kind
// that are in files.
func TestCollectFromAStoreAllocatesAConstant(t *testing.T) {
	const series = 20_000
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one")})
	labels := []string{"n"}
	c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: labels}))
	g := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: labels}))
	h := polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{Name: "h", Labels: labels, Buckets: []float64{1}}))
	s := polymeter.Must(r.NewSummaryVec(polymeter.SummaryOpts{Name: "s", Labels: labels}))
	n := polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{Name: "native", Labels: labels, Native: &polymeter.NativeOpts{}}))
	for i := range series {
		l := strconv.Itoa(i)
		c.With(l).Inc()
		g.With(l).Inc()
		h.With(l).Observe(2)
		s.With(l).Observe(2)
		n.With(l).Observe(2)
	}
	visited := 0
	allocs := testing.AllocsPerRun(2, func() {
		visited = 0
		_ = r.Collect(context.Background(), func(f metric.Family) error {
			return f.Each(func(*metric.Sample) error { visited++; return nil })
		})
	})
	if visited != 5*series {
		t.Errorf("%d samples, want %d", visited, 5*series)
	}
	if allocs > 250 {
		t.Errorf("a collection allocates %v times, want at most 250", allocs)
	}
}
