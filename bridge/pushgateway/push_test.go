package pushgateway_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// TestMethods replaces, adds to and deletes a group, and leaves others alone.
func TestMethods(t *testing.T) {
	t.Parallel()
	g := newGateway()
	first := newPusher(t, g, collecting(gauge("a", 1), gauge("b", 2)), pushgateway.Options{})
	second := newPusher(t, g, collecting(gauge("b", 3), gauge("c", 4)), pushgateway.Options{})
	other := newPusher(t, g, collecting(gauge("a", 9)), pushgateway.Options{Grouping: map[string]string{"instance": "x"}})
	steps := []struct {
		name string
		do   func(context.Context) error
		want []string
	}{
		{"push", first.Push, []string{`{job="j"}`, `{job="j"}: a 1`, `{job="j"}: b 2`}},
		{"add", second.Add, []string{`{job="j"}`, `{job="j"}: a 1`, `{job="j"}: b 3`, `{job="j"}: c 4`}},
		{"push again", second.Push, []string{`{job="j"}`, `{job="j"}: b 3`, `{job="j"}: c 4`}},
		{"another group", other.Push, []string{`{instance="x",job="j"}`, `{instance="x",job="j"}: a 9`, `{job="j"}`, `{job="j"}: b 3`, `{job="j"}: c 4`}},
		{"delete", first.Delete, []string{`{instance="x",job="j"}`, `{instance="x",job="j"}: a 9`}},
		{"delete again", first.Delete, []string{`{instance="x",job="j"}`, `{instance="x",job="j"}: a 9`}},
	}
	for _, step := range steps {
		if err := step.do(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		g.want(t, step.want...)
	}
}

// TestNothing pushes an empty group.
func TestNothing(t *testing.T) {
	t.Parallel()
	g := newGateway()
	if err := newPusher(t, g, collecting(), pushgateway.Options{}).Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.want(t, `{job="j"}`)
	if err := newPusher(t, g, nil, pushgateway.Options{}).Push(t.Context()); err == nil || err.Error() != "pushgateway: there is no collector" {
		t.Errorf("error %v", err)
	}
}

// TestRegistry pushes instruments, whose native buckets only protobuf has.
func TestRegistry(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1}, Native: &polymeter.NativeOpts{}}))
	h.Observe(0.5)
	c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"a.b"}}))
	c.With("x").Add(3)
	for text, native := range map[bool]bool{false: true, true: false} {
		g := newGateway()
		p := newPusher(t, g, r, pushgateway.Options{Text: text})
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text {
			g.want(t, `{job="j"}`, `{job="j"}: c_total{a_b="x"} 3`, `{job="j"}: h_bucket{le="+Inf"} 1`, `{job="j"}: h_bucket{le="1.0"} 1`, `{job="j"}: h_count 1`, `{job="j"}: h_sum 0.5`)
		} else {
			g.want(t, `{job="j"}`, `{job="j"}: c_total{a_b="x"} 3`, fmt.Sprintf(`{job="j"}: h count:1 sum:0.5 buckets:2 native:%t`, native))
		}
	}
}

// TestHistogramsAsText have a count in any case: a gateway takes a missing one for 0.
func TestHistogramsAsText(t *testing.T) {
	t.Parallel()
	f := metric.NewHistogramFamily("h", "")
	f.AddRow(metric.HistogramRow{Buckets: []metric.Bucket{{UpperBound: metric.Inf(), Count: 2}}, NoSum: true})
	gauges := metric.NewGaugeHistogramFamily("g", "")
	gauges.Add([]metric.Bucket{{UpperBound: metric.Inf(), Count: 3}}, 5)
	g := newGateway()
	if err := newPusher(t, g, collecting(f, gauges), pushgateway.Options{Text: true}).Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.want(t, `{job="j"}`,
		`{job="j"}: g_bucket{le="+Inf"} 3`, `{job="j"}: g_count 3`, `{job="j"}: g_sum 5`,
		`{job="j"}: h_bucket{le="+Inf"} 2`, `{job="j"}: h_count 2`, `{job="j"}: h_sum NaN`)
}

func TestRequests(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		o    pushgateway.Options
		want string
	}{
		{"default", pushgateway.Options{}, exposition.ContentTypeProtobuf + "; escaping=underscores"},
		{"UTF-8", pushgateway.Options{Escaping: metric.AllowUTF8}, exposition.ContentTypeProtobuf + "; escaping=allow-utf-8"},
		{"text", pushgateway.Options{Text: true}, exposition.ContentTypeText},
		{"UTF-8 text", pushgateway.Options{Text: true, Escaping: metric.AllowUTF8}, exposition.ContentTypeText100 + "; escaping=allow-utf-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway()
			p := newPusher(t, g, collecting(gauge("a.b", 1)), test.o)
			if err := p.Push(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := g.last(t)
			if got := r.Header.Get("Content-Type"); got != test.want {
				t.Errorf("Content-Type is %q, want %q", got, test.want)
			}
			if r.Header.Get("Content-Encoding") != "gzip" {
				t.Errorf("header %v", r.Header)
			}
			name := "a_b"
			if test.o.Escaping == metric.AllowUTF8 {
				name = "a.b"
			}
			g.want(t, `{job="j"}`, `{job="j"}: `+name+" 1")
		})
	}
}

// TestUnfit sends nothing of what a gateway refuses, or changes without a word.
func TestUnfit(t *testing.T) {
	t.Parallel()
	timed := metric.NewGaugeFamily("timed", "", "x")
	timed.AddRow(metric.ValueRow{LabelValues: []string{"y"}, Value: 1, Timestamp: metric.TimestampMilli(5)})
	raw := metric.NewRawFamily("raw", "", metric.TypeUnknown)
	raw.Add(metric.Sample{Name: "raw", Value: 1, Timestamp: metric.TimestampMilli(5)})
	job := metric.NewGaugeFamily("g", "", "job")
	job.Add(1, "another")
	instance := metric.NewHistogramFamily("h", "", "in.stance")
	instance.Add([]metric.Bucket{{UpperBound: metric.Inf(), Count: 1}}, 1, "another")
	tests := []struct {
		name   string
		family metric.Family
		want   string
	}{
		{"timestamp", timed, `pushgateway: nothing was sent: family "timed": series timed{x="y"}: it has a timestamp, which a Pushgateway refuses`},
		{"timestamp of a raw family", raw, `pushgateway: nothing was sent: family "raw": series raw{}: it has a timestamp`},
		{"job", job, `pushgateway: nothing was sent: family "g": series g{job="another"}: label "job" is "another", but the group has job="j"`},
		{"grouping label", instance, `pushgateway: nothing was sent: family "h": series h{"in.stance"="another"}: label "in.stance" is "another", but the group has in_stance="i"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway()
			p := newPusher(t, g, collecting(gauge("a", 1), test.family), pushgateway.Options{Grouping: map[string]string{"in_stance": "i"}})
			wantError(t, p.Push(t.Context()), test.want)
			g.want(t)
			wantSelf(t, p, map[string]float64{`pushes_total{outcome="unsent"}`: 1, `requests_total{outcome="failed"}`: 0})
		})
	}
	t.Run("fit after all", func(t *testing.T) {
		t.Parallel()
		same := metric.NewGaugeFamily("g", "", "job")
		same.Add(1, "j")
		same.Add(2, "")
		g := newGateway()
		p := newPusher(t, g, collecting(timed, raw, same), pushgateway.Options{DropTimestamps: true})
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.want(t, `{job="j"}`, `{job="j"}: g{job=""} 2`, `{job="j"}: g{job="j"} 1`, `{job="j"}: raw 1`, `{job="j"}: timed{x="y"} 1`)
	})
}

// TestLost sends what there is, and says what there is not.
func TestLost(t *testing.T) {
	t.Parallel()
	invalid := metric.NewGaugeFamily("", "")
	invalid.Add(1)
	points := metric.NewGaugeFamily("points", "")
	for i := range 2 {
		points.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.TimestampMilli(int64(i))})
	}
	broken := errors.New("out of order")
	tests := map[string]struct {
		c    metric.Collector
		want string
	}{
		"invalid family": {collecting(invalid, gauge("a", 1)), `label`},
		"several points": {collecting(points, gauge("a", 1)), `points`},
		"failing collector": {metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			return errors.Join(emit(gauge("a", 1)), broken)
		}), "out of order"},
		"panicking collector": {metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			_ = emit(gauge("a", 1))
			panic("oh")
		}), "oh"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway()
			p := newPusher(t, g, test.c, pushgateway.Options{DropTimestamps: true})
			err := p.Push(t.Context())
			var refused *pushgateway.StatusError
			if err == nil || errors.As(err, &refused) {
				t.Errorf("error %v, want one about what was lost", err)
			}
			t.Log(err)
			g.want(t, `{job="j"}`, `{job="j"}: a 1`)
			wantSelf(t, p, map[string]float64{`pushes_total{outcome="accepted"}`: 1, "incomplete_collections_total{}": 1})
		})
	}
}

// TestEverythingLost leaves the group as it is.
func TestEverythingLost(t *testing.T) {
	t.Parallel()
	g := newGateway()
	if err := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{}).Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("out of order")
	p := newPusher(t, g, metric.CollectorFunc(func(context.Context, func(metric.Family) error) error { return broken }), pushgateway.Options{})
	err := p.Push(t.Context())
	wantError(t, err, "pushgateway: nothing was sent, since there was nothing that could be")
	if !errors.Is(err, broken) {
		t.Errorf("error %v does not say why", err)
	}
	g.want(t, `{job="j"}`, `{job="j"}: a 1`)
}

// TestHangingCollector costs half of the time, and nothing of what was collected.
func TestHangingCollector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		release := make(chan struct{})
		p := newPusher(t, g, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			if err := emit(gauge("a", 1)); err != nil {
				return err
			}
			<-release
			return nil
		}), pushgateway.Options{MaxAge: 10 * time.Second})
		start := time.Now()
		if err := p.Push(t.Context()); err == nil {
			t.Error("no error about the collector")
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		g.want(t, `{job="j"}`, `{job="j"}: a 1`)
		close(release)
		if err := p.Push(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// TestTurns sends one request after the other.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(repeat(3, status(503))...)
		p := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{})
		errs := make(chan error)
		go func() { errs <- p.Push(t.Context()) }()
		synctest.Wait()
		go func() { errs <- p.Delete(t.Context()) }()
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		g.want(t)
		if n := len(g.requests); n != 5 {
			t.Errorf("%d requests", n)
		}
	})
}
