package polymeter_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	s := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "s"}))
	s.Observe(1)
	s.Observe(-3)
	wantLines(t, r, "s_count 2", "s_sum -2")
	s.Observe(math.NaN())
	wantLines(t, r, "s_count 3", "s_sum NaN")
}

func TestSummaryQuantiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		s := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{
			Name: "s", Quantiles: []float64{0.99, 0.5, 0, 1}, MaxAge: time.Minute,
		}))
		quantiles := func() []metric.Quantile { return gather(t, r)[0].Summary.Quantiles }
		for _, q := range quantiles() {
			if !math.IsNaN(q.Value) {
				t.Errorf("quantile %v of nothing is %v", q.Quantile, q.Value)
			}
		}
		observe := func(scale float64) {
			for i := range 1000 {
				s.Observe(float64(i+1) * scale)
			}
		}
		want := func(scale float64) {
			t.Helper()
			for i, w := range []metric.Quantile{{Quantile: 0, Value: 1}, {Quantile: 0.5, Value: 500}, {Quantile: 0.99, Value: 990}, {Quantile: 1, Value: 1000}} {
				got := quantiles()[i]
				if got.Quantile != w.Quantile || math.Abs(got.Value/(w.Value*scale)-1) > 0.011 {
					t.Errorf("quantile %v = %v, want %v ± 1.1 %%", got.Quantile, got.Value, w.Value*scale)
				}
			}
		}
		observe(1)
		want(1)
		time.Sleep(40 * time.Second)
		want(1)
		time.Sleep(40 * time.Second) // those are older than the window now
		observe(7)
		want(7)
		time.Sleep(time.Hour)
		if got := quantiles()[1].Value; !math.IsNaN(got) {
			t.Errorf("the median of an empty window is %v", got)
		}
		if got := gather(t, r)[0].Summary.Count; got != 2000 {
			t.Errorf("count = %v, want 2000", got)
		}
	})
}

func TestTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		s := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "s"}))
		g := polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g"}))
		timer := polymeter.StartTimer(s)
		time.Sleep(2 * time.Second)
		if d := timer.Stop(); d != 2*time.Second {
			t.Errorf("Stop returned %v", d)
		}
		polymeter.Time(polymeter.ObserverFunc(g.Set), func() { time.Sleep(1500 * time.Millisecond) })
		func() {
			defer func() { _ = recover() }()
			polymeter.Time(s, func() {
				time.Sleep(time.Second)
				panic("x")
			})
		}()
		wantLines(t, r, "s_count 2", "s_sum 3", "g 1.5")
	})
}

func TestTrackInProgress(t *testing.T) {
	t.Parallel()
	g := polymeter.Must(polymeter.NewRegistry(nil).NewGauge(polymeter.GaugeOpts{Name: "g"}))
	func() {
		defer func() { _ = recover() }()
		g.TrackInProgress(func() {
			if g.Value() != 1 {
				t.Errorf("value in progress = %v", g.Value())
			}
			panic("x")
		})
	}()
	if g.Value() != 0 {
		t.Errorf("value afterwards = %v", g.Value())
	}
}

func TestCountErrors(t *testing.T) {
	t.Parallel()
	c := polymeter.Must(polymeter.NewRegistry(nil).NewCounter(polymeter.CounterOpts{Name: "c"}))
	if err := c.CountErrors(func() error { return nil }); err != nil || c.Value() != 0 {
		t.Errorf("success: %v, counted %v", err, c.Value())
	}
	failure := errors.New("failed")
	if err := c.CountErrors(func() error { return failure }); !errors.Is(err, failure) || c.Value() != 1 {
		t.Errorf("failure: %v, counted %v", err, c.Value())
	}
	func() {
		defer func() {
			if p := recover(); p != "x" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = c.CountErrors(func() error { panic("x") })
	}()
	if c.Value() != 2 {
		t.Errorf("counted %v", c.Value())
	}
}
