package polymeter_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestCounter(t *testing.T) {
	t.Parallel()
	rejected := newRejections()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{OnError: rejected.add})
	c := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "x_total", Unit: "bytes"}))
	c.Inc()
	c.Add(0)
	c.Add(0.25)
	c.Add(1 << 40)
	c.Add(-1)
	c.Add(math.NaN())
	c.Add(math.Inf(-1))
	c.AddWithExemplar(-2, metric.Labels{})
	c.AddContext(t.Context(), -3)
	wantLines(t, r, "x_bytes_total 1.09951162777725e+12")
	if got := c.Value(); got != 1+0.25+1<<40 {
		t.Errorf("value = %v", got)
	}
	rejected.want(t, "x_bytes: counter cannot be increased by -1", "NaN", "-Inf", "-2", "-3")
	if got := selfMetric(t, r, `polymeter_updates_rejected_total{reason="negative"}`); got != "5" {
		t.Errorf("polymeter_updates_rejected_total = %s, want 5", got)
	}
	c.Add(math.Inf(1))
	wantLines(t, r, "x_bytes_total +Inf")
}

// TestCountersDoNotWrap fills a cell of 63 bits, which neither hangs nor begins
// again from zero.
func TestCountersDoNotWrap(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	c := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"}))
	for range 1030 {
		c.Add(1<<53 - 1)
	}
	c.Inc()
	if got := c.Value(); got != 1<<63 {
		t.Errorf("value = %v, want 2^63", got)
	}
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{
		Name: "h", Buckets: []float64{1}, Native: &polymeter.NativeOpts{MaxBuckets: 1},
	}))
	for range 3 {
		for _, v := range []float64{0, 0.5, 2, 4, math.NaN()} {
			h.ObserveN(v, math.MaxUint64)
			h.Observe(v)
		}
	}
	if got, _ := r.SampleValue("h_count", nil); got < 1<<63 {
		t.Errorf("count = %v, want at least 2^63", got)
	}
}

func TestGauge(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	g := polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "x"}))
	steps := []struct {
		name   string
		update func()
		want   float64
	}{
		{"set", func() { g.Set(3.5) }, 3.5},
		{"add", func() { g.Add(1.5) }, 5},
		{"subtract", func() { g.Sub(7) }, -2},
		{"increment", g.Inc, -1},
		{"decrement", g.Dec, -2},
		{"infinite", func() { g.Set(math.Inf(1)) }, math.Inf(1)},
		{"not a number", func() { g.Dec(); g.Add(math.Inf(-1)) }, math.NaN()},
		{"again", func() { g.Set(1) }, 1},
	}
	for _, step := range steps {
		step.update()
		if got := g.Value(); got != step.want && !(math.IsNaN(got) && math.IsNaN(step.want)) {
			t.Errorf("%s: value = %v, want %v", step.name, got, step.want)
		}
	}
	wantLines(t, r, "x 1")
}

func TestSetToCurrentTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := polymeter.Must(polymeter.NewRegistry(nil).NewGauge(polymeter.GaugeOpts{Name: "x"}))
		g.SetToCurrentTime()
		if want := float64(time.Now().Unix()); g.Value() != want {
			t.Errorf("value = %v, want %v", g.Value(), want)
		}
	})
}

func TestUnits(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "a", Unit: "seconds"}))
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "b_seconds", Unit: "seconds"}))
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c_seconds_total", Unit: "seconds"}))
	wantLines(t, r, "a_seconds 0", "b_seconds 0", "c_seconds_total 0")
}

func TestExemplars(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		trace := func(id string) metric.Labels { return metric.MustLabels("trace_id", id) }
		rejected := newRejections()
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{
			OnError: rejected.add,
			ExemplarFromContext: func(ctx context.Context) (metric.Labels, bool) {
				id, found := ctx.Value(key{}).(string)
				if !found {
					return metric.Labels{}, false
				}
				return trace(id), true
			},
		})
		c := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"}))
		h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1, 2}}))
		n := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "n", Native: &polymeter.NativeOpts{}}))
		ctx := context.WithValue(t.Context(), key{}, "from context")

		c.AddWithExemplar(2, trace("a"))
		c.AddContext(t.Context(), 1) // without one: the old one stays
		h.ObserveWithExemplar(0.5, trace("b"))
		h.ObserveWithExemplar(0.7, trace("c"))
		h.ObserveContext(ctx, 9)
		h.ObserveContext(t.Context(), 1.5)
		h.ObserveWithExemplar(math.NaN(), trace("nan"))
		for range 11 {
			n.ObserveWithExemplar(1, trace("old"))
		}
		n.ObserveWithExemplar(3, trace("new"))
		h.ObserveWithExemplar(1, trace(strings.Repeat("x", 121)))
		rejected.want(t, "129 code points")

		samples := gather(t, r)
		now := metric.TimestampOf(time.Now())
		exemplar := func(id string, v float64) metric.Exemplar {
			return metric.Exemplar{Labels: trace(id), Value: v, Timestamp: now}
		}
		want := [][]metric.Exemplar{
			{exemplar("a", 2)},
			{exemplar("c", 0.7), exemplar("from context", 9)},
		}
		for i, exemplars := range want {
			if diff := cmp.Diff(exemplars, samples[i].Exemplars, cmp.Comparer(sameLabels), cmp.Comparer(sameTime)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", samples[i].Name, diff)
			}
		}
		if got := len(samples[2].Exemplars); got != 10 {
			t.Errorf("a native histogram keeps %d exemplars, want 10", got)
		}
		if got := samples[1].Histogram.Count; got != 6 {
			t.Errorf("count = %v, want 6", got)
		}
	})
}

func sameLabels(a, b metric.Labels) bool { return a == b }

func sameTime(a, b metric.Timestamp) bool { return a == b }

func TestStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		v := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"l"}}))
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g"}))
		polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h"}))
		v.With("a")
		begun := metric.TimestampOf(time.Now())
		time.Sleep(time.Minute)
		v.With("a").Inc()
		for i, want := range []metric.Timestamp{begun, {}, begun} {
			if s := gather(t, r)[i]; s.Start != want {
				t.Errorf("%s started at %v, want %v", s.Name, s.Start, want)
			}
		}
		v.Delete("a")
		v.With("a")
		if s := gather(t, r)[0]; s.Start != metric.TimestampOf(time.Now()) {
			t.Errorf("the start did not move with the deletion: %v", s.Start)
		}
	})
}

func TestStateSet(t *testing.T) {
	t.Parallel()
	rejected := newRejections()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{OnError: rejected.add})
	s := polymeter.Must(r.NewStateSetVec(polymeter.StateSetOpts{Name: "s", States: []string{"off", "on", "hot"}, Labels: []string{"l"}})).With("x")
	wantLines(t, r, `s{l="x",s="off"} 1`, `s{l="x",s="on"} 0`, `s{l="x",s="hot"} 0`)
	s.Set("on")
	s.SetState("hot", true)
	s.Set("broken")
	s.SetState("broken", true)
	if s.Holds("off") || !s.Holds("on") || s.Holds("broken") {
		t.Error("the wrong states hold")
	}
	wantLines(t, r, `s{l="x",s="off"} 0`, `s{l="x",s="on"} 1`, `s{l="x",s="hot"} 1`)
	s.SetState("on", false)
	wantLines(t, r, `s{l="x",s="off"} 0`, `s{l="x",s="on"} 0`, `s{l="x",s="hot"} 1`)
	rejected.want(t, `"broken"`, `"broken"`, `"broken"`)
	if got := selfMetric(t, r, `polymeter_updates_rejected_total{reason="state"}`); got != "3" {
		t.Errorf("polymeter_updates_rejected_total = %s, want 3", got)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	rejected := newRejections()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{OnError: rejected.add, Validation: metric.LegacyValidation})
	i := polymeter.Must(r.NewInfoVec(polymeter.InfoOpts{Name: "build_info", Labels: []string{"part"}})).With("api")
	wantLines(t, r, `build_info{part="api"} 1`)
	i.Set(map[string]string{"version": "1.2"})
	i.Set(map[string]string{"part": "x"})
	i.Set(map[string]string{"a.b": "x"})
	i.Set(map[string]string{"a": "\xff"})
	wantLines(t, r, `build_info{part="api",version="1.2"} 1`)
	i.Set(nil)
	wantLines(t, r, `build_info{part="api"} 1`)
	rejected.want(t, `"part"`, `"a.b"`, `"\xff"`)
}

// TestZeroValues uses everything that was not declared.
func TestZeroValues(t *testing.T) {
	t.Parallel()
	var c polymeter.Counter
	c.Inc()
	c.Add(1)
	c.Add(-1)
	c.AddWithExemplar(1, metric.Labels{})
	c.AddContext(t.Context(), 1)
	_ = c.CountErrors(func() error { return errors.New("x") })
	var g polymeter.Gauge
	g.Inc()
	g.Dec()
	g.Set(1)
	g.SetToCurrentTime()
	g.TrackInProgress(func() {})
	var h polymeter.Histogram
	h.Observe(1)
	h.ObserveN(1, 2)
	h.ObserveWithExemplar(1, metric.Labels{})
	h.ObserveContext(t.Context(), 1)
	var s polymeter.Summary
	s.Observe(1)
	var states polymeter.StateSet
	states.Set("a")
	states.SetState("a", true)
	var info polymeter.Info
	info.Set(map[string]string{"a": "b"})
	if c.Value() != 0 || g.Value() != 0 || states.Holds("a") {
		t.Error("an undeclared instrument counts")
	}
	var v polymeter.CounterVec
	v.With("a").Inc()
	v.WithMap(map[string]string{"a": "b"}).Inc()
	v.Clear()
	if v.Delete("a") || v.DeleteMatching(nil) != 0 || v.Len() != 0 {
		t.Error("an undeclared vector has series")
	}
	var typed polymeter.Typed[route, polymeter.Counter]
	typed.With(route{}).Inc()
	if typed.Delete(route{}) {
		t.Error("an undeclared typed vector has series")
	}
	var timer polymeter.Timer
	timer.Stop()
	var f polymeter.FuncVec
	if f.Delete("a") || f.Set(func() float64 { return 0 }, "a") == nil {
		t.Error("an undeclared vector of callbacks has series")
	}
	var r polymeter.Registry
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "a"})).Inc()
	r.MustRegister(&described{name: "b"})
	wantLines(t, &r, "a_total 1", "b 1")
}
