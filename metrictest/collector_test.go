package metrictest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

type emitter = func(metric.Family) error

// named is a family that answers as it is told.
type named struct {
	desc metric.Desc
	each func(visit func(*metric.Sample) error) error
}

func (n *named) Desc() *metric.Desc { return &n.desc }

func (n *named) Each(visit func(*metric.Sample) error) error { return n.each(visit) }

// gauge is a family of gauges with these values, which begin again at each visit.
func gauge(name string, labels ...string) *metric.GaugeFamily {
	f := metric.NewGaugeFamily(name, "A gauge.", "label")
	for _, l := range labels {
		f.Add(1, l)
	}
	return f
}

func TestCollectorGood(t *testing.T) {
	t.Parallel()
	states := metric.NewStateSetFamily("mode", "The mode.", "node")
	states.Add(map[string]bool{"on": true, "off": false}, "a")
	info := metric.NewInfoFamily("build", "The build.")
	info.Add(map[string]string{"version": "1"})
	for name, c := range map[string]metric.Collector{
		"nothing":     families(),
		"everything":  families(requests(), latency(), size(), temperature(), states, info),
		"an instance": newApp(t).registry,
		"described":   &describing{families(requests()), []*metric.Desc{requests().Desc()}},
		"cancelled": metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			if err := emit(gauge("a", "x")); err != nil {
				return fmt.Errorf("a: %w", err)
			}
			return ctx.Err()
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.Collector(&f, c)
			f.passes(t)
		})
	}
}

type describing struct {
	metric.Collector
	descs []*metric.Desc
}

func (d *describing) Describe() []*metric.Desc {
	if d.descs == nil {
		panic("no descriptions")
	}
	return d.descs
}

// narrowing restricts itself to what it is told, whatever it is asked for.
type narrowing struct {
	metric.Collector
	to metric.Collector
}

func (n *narrowing) Restrict([]string) metric.Collector { return n.to }

// badCollectors do one thing wrong each.
func badCollectors() map[string]struct {
	collector metric.Collector
	parts     []string
} {
	type bad = struct {
		collector metric.Collector
		parts     []string
	}
	twice := func(first, second metric.Collector) metric.Collector {
		calls := 0
		var mu sync.Mutex
		return metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			mu.Lock()
			calls++
			n := calls
			mu.Unlock()
			if n == 1 {
				return first.Collect(ctx, emit)
			}
			return second.Collect(ctx, emit)
		})
	}
	described := func(descs ...*metric.Desc) metric.Collector { return &describing{families(requests()), descs} }
	return map[string]bad{
		"nil":     {nil, []string{"metrictest.Collector: the collector is nil"}},
		"panic":   {panicking, []string{"collecting: Collect returned an error: the collector panicked: no database"}},
		"goexit":  {metric.CollectorFunc(func(context.Context, emitter) error { runtime.Goexit(); return nil }), []string{"the collector ended its goroutine"}},
		"error":   {metric.CollectorFunc(func(context.Context, emitter) error { return errors.New("no database") }), []string{"collecting: Collect returned an error: no database"}},
		"nothing": {families(nil), []string{"a family of type <nil> has no description"}},
		"broken family": {families(&named{metric.Desc{Name: "a"}, func(func(*metric.Sample) error) error { panic("at the disco") }}), []string{
			`collecting: family "a": panic: at the disco`,
		}},
		"invalid name":   {families(gauge("")), []string{"families: metric: metric name"}},
		"series twice":   {families(gauge("a", "x", "y", "x")), []string{`families: metric: series a{label="x"} occurs twice`}},
		"family twice":   {families(gauge("a", "x"), gauge("a", "y")), []string{"text 0.0.4: ", "openmetrics 2.0: ", "protobuf: ", "json: "}},
		"missing label":  {families(unlabelled()), []string{`families: family "a" says that its series have the label "label", which a{} has not`}},
		"unknown sample": {families(unknownSample()), []string{"pages: openmetrics 1.0: "}},
		"visit goes on":  {families(&named{metric.Desc{Name: "a"}, stubborn}), []string{`visiting: family "a": Each visits more samples after visit has returned an error`}},
		"visit error":    {families(&named{metric.Desc{Name: "a"}, forgetful}), []string{`visiting: family "a": Each returned <nil>, want the error of visit`}},
		"order": {twice(families(gauge("a"), gauge("b")), families(gauge("b"), gauge("a"))), []string{
			`collecting again: family "a" came before "b" at first, and then behind it`,
		}},
		"type": {twice(families(gauge("a")), families(metric.NewCounterFamily("a", ""))), []string{
			`collecting again: family "a" was a gauge, and then a counter`,
		}},
		"goes on after an error": {metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			err := emit(gauge("a"))
			return errors.Join(err, emit(gauge("b")))
		}), []string{"an error of emit: emit is called again after it has returned an error"}},
		"forgets the error": {metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			_ = emit(gauge("a"))
			return nil
		}), []string{"an error of emit: emit returned an error for family 1 of 1, and Collect <nil>, want that error"}},
		"emits at once": {metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() { _ = emit(&named{metric.Desc{Name: "a"}, slowly}) })
			}
			all.Wait()
			return nil
		}), []string{"collecting: emit is called while it is being called"}},
		"one at a time": {exclusive(), []string{"collecting concurrently: Collect returned an error: busy"}},
		"not described": {described(gauge("b").Desc()), []string{`describing: family "app_requests" is collected, but not described`}},
		"described otherwise": {described(&metric.Desc{Name: "app_requests", Type: metric.TypeGauge}), []string{
			`describing: family "app_requests" is described as gauge, and collected as counter`,
		}},
		"described with another help": {described(&metric.Desc{Name: "app_requests", Type: metric.TypeCounter, Help: "?"}), []string{
			`describing: family "app_requests" is described as "?", and collected as "Requests served."`,
		}},
		"described twice": {described(requests().Desc(), requests().Desc(), nil), []string{
			`describing: family "app_requests" is described twice`, "describing: a description is nil",
		}},
		"described badly":    {described(requests().Desc(), &metric.Desc{Name: "\xff"}), []string{"describing: metric: metric name"}},
		"describe panics":    {&describing{Collector: families()}, []string{"describing: Describe: panic: no descriptions"}},
		"restricts to more":  {&narrowing{families(gauge("a"), gauge("b")), families(gauge("a"), gauge("b"))}, []string{`restricting: to "a": collected the families ["a" "b"], want ["a"]`}},
		"restricts to none":  {&narrowing{families(gauge("a")), families()}, []string{`restricting: to "a": collected the families [], want ["a"]`}},
		"restricts to nil":   {&narrowing{families(gauge("a")), nil}, []string{`restricting: to "a": Restrict gives no collector`}},
		"restricts to panic": {&narrowing{families(gauge("a")), panicking}, []string{`restricting: to "a": Collect returned an error: the collector panicked`}},
	}
}

// unlabelled is a family that lacks a label.
func unlabelled() metric.Family {
	return &named{metric.Desc{Name: "a", Type: metric.TypeGauge, LabelNames: []string{"label"}}, func(visit func(*metric.Sample) error) error {
		return visit(&metric.Sample{Name: "a"})
	}}
}

// unknownSample is a family with a sample that some formats cannot say.
func unknownSample() metric.Family {
	f := metric.NewRawFamily("a", "", metric.TypeCounter)
	f.AddSample("a_sum", nil, 1)
	return f
}

// stubborn visits on, and forgetful forgets the error.
func stubborn(visit func(*metric.Sample) error) error {
	return errors.Join(visit(&metric.Sample{Name: "a"}), visit(&metric.Sample{Name: "a", Labels: metric.MustLabels("l", "x")}))
}

func forgetful(visit func(*metric.Sample) error) error {
	_ = visit(&metric.Sample{Name: "a"})
	return nil
}

// slowly takes its time, which costs none in a bubble.
func slowly(func(*metric.Sample) error) error {
	time.Sleep(time.Second)
	return nil
}

// exclusive is a collector that several goroutines cannot use.
func exclusive() metric.Collector {
	var mu sync.Mutex
	return metric.CollectorFunc(func(context.Context, func(metric.Family) error) error {
		if !mu.TryLock() {
			return errors.New("busy")
		}
		defer mu.Unlock()
		time.Sleep(time.Second)
		return nil
	})
}

func TestCollectorBad(t *testing.T) {
	t.Parallel()
	for name, test := range badCollectors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var f fake
				metrictest.Collector(&f, test.collector)
				f.fails(t, test.parts...)
				if f.fatal {
					t.Error("the test was ended")
				}
			})
		})
	}
}

// TestCollectorReportsOnce has one thing wrong, of which nothing else follows.
func TestCollectorReportsOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"panic", "error", "series twice", "missing label", "forgets the error", "order", "type", "not described", "restricts to none"} {
		synctest.Test(t, func(t *testing.T) {
			var f fake
			metrictest.Collector(&f, badCollectors()[name].collector)
			if len(f.errors) > 1 {
				t.Errorf("%s: reported\n%s", name, f.text())
			}
		})
	}
}

func TestCollectorHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	always := func(c func(ctx context.Context) bool) metric.Collector {
		return metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			if err := emit(gauge("a", "x")); err != nil {
				return err
			}
			if c(ctx) {
				<-release
				return emit(gauge("b", "x"))
			}
			return nil
		})
	}
	for _, test := range []struct {
		name      string
		collector metric.Collector
		part      string
	}{
		{"at once", always(func(context.Context) bool { return true }), "a collection does not return, so there are no further checks"},
		{"when cancelled", always(func(ctx context.Context) bool { return ctx.Err() != nil }), "a context that is done: Collect does not return within 2s of a context that is done before Collect is called"},
	} {
		synctest.Test(t, func(t *testing.T) {
			release = make(chan struct{})
			var f fake
			metrictest.Collector(&f, test.collector)
			f.fails(t, test.part)
			close(release)
			synctest.Wait()
		})
	}
}

// TestCollectorIgnoresCancelling has a collector that takes long and does not look
// at its context in the meantime.
func TestCollectorIgnoresCancelling(t *testing.T) {
	t.Parallel()
	slow := metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := emit(gauge("a", "x")); err != nil {
			return err
		}
		time.Sleep(10 * time.Second)
		return nil
	})
	synctest.Test(t, func(t *testing.T) {
		var f fake
		metrictest.Collector(&f, slow)
		f.fails(t, "within 2s of a context that is done at the first family", "no further checks")
		time.Sleep(time.Minute)
	})
}
