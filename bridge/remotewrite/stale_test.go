package remotewrite_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// changing is a collector of what it holds at the moment.
type changing struct {
	families []metric.Family
	err      error
}

func (c *changing) Collect(_ context.Context, emit func(metric.Family) error) error {
	return errors.Join(metric.EmitAll(emit, c.families...), c.err)
}

func TestSeriesThatGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		labelled := func(values ...string) metric.Family {
			f := metric.NewGaugeFamily("g", "", "x")
			for i, v := range values {
				f.Add(float64(i), v)
			}
			return f
		}
		native := metric.NewHistogramFamily("n", "")
		native.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
			Count: 1, Sum: 1, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1},
		}, Sum: 1})
		timed := metric.NewGaugeFamily("timed", "")
		timed.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.TimestampOf(time.Now())})

		r, c := newReceiver(), &changing{}
		w := newWriter(t, r, c, remotewrite.Options{})
		c.families = []metric.Family{labelled("a", "b"), native, timed}
		push(t, w)
		wantSelf(t, w, map[string]float64{`series{}`: 4})

		time.Sleep(time.Second)
		c.families = []metric.Family{labelled("b", "c")}
		push(t, w)
		wantLines(t, r.last(), `
			{__name__=g,x=a} stale @1000 gauge
			{__name__=g,x=b} 0 @1000 gauge
			{__name__=g,x=c} 1 @1000 gauge
			{__name__=n} native(int count:0 zero:0 sum:stale schema:0 threshold:0) @1000 histogram
		`) // what has timestamps of its own has no end
		wantSelf(t, w, map[string]float64{`series{}`: 2})

		time.Sleep(time.Second)
		push(t, w)
		wantLines(t, r.last(), `
			{__name__=g,x=b} 0 @2000 gauge
			{__name__=g,x=c} 1 @2000 gauge
		`)

		time.Sleep(time.Second)
		c.families = []metric.Family{labelled("a")}
		push(t, w)
		wantLines(t, r.last(), `
			{__name__=g,x=a} 0 @3000 gauge
			{__name__=g,x=b} stale @3000 gauge
			{__name__=g,x=c} stale @3000 gauge
		`)
	})
}

// TestFailedCollection ends the series of a collector that fails, as those of a failed
// scrape end.
func TestFailedCollection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := newReceiver(), &changing{families: []metric.Family{gauge("a", 1), gauge("b", 2)}}
		w := newWriter(t, r, c, remotewrite.Options{})
		push(t, w)
		time.Sleep(time.Second)
		c.families, c.err = c.families[1:], errors.New("away")
		if err := w.Push(t.Context()); !errors.Is(err, c.err) {
			t.Errorf("error %v, want that of the collector", err)
		}
		wantLines(t, r.last(), "{__name__=a} stale @1000 gauge\n{__name__=b} 2 @1000 gauge")
		wantSelf(t, w, map[string]float64{`incomplete_collections_total{}`: 1, `lost_total{reason="rejected"}`: 0})
	})
}

// TestInterruptedCollection does not take what was not reached for gone.
func TestInterruptedCollection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		var slow atomic.Bool
		w := newWriter(t, r, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			if slow.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return emit(gauge("a", 1))
		}), remotewrite.Options{})
		push(t, w)
		slow.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Push(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		slow.Store(false)
		time.Sleep(time.Second)
		push(t, w)
		wantLines(t, r.lines(), "{__name__=a} 1 @0 gauge\n{__name__=a} 1 @2000 gauge")
	})
}

// TestHungCollector is given up after an interval.
func TestHungCollector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		release := make(chan struct{})
		defer close(release)
		w := newWriter(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			err := emit(gauge("a", 1))
			<-release
			return err
		}), remotewrite.Options{Interval: 3 * time.Second})
		start := time.Now()
		if err := w.Push(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("given up after %v", took)
		}
		wantLines(t, r.lines(), "{__name__=a} 1 @0 gauge")
	})
}

// TestFamilyThatDoesNotFit costs only that family.
func TestFamilyThatDoesNotFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewRawFamily("h", "", metric.TypeHistogram)
		f.AddSample("h_bucket", map[string]string{"le": "1"}, 3)
		f.AddSample("h_count", nil, 2)
		r := newReceiver()
		var compose *metric.ComposeError
		if err := newWriter(t, r, collecting(f, gauge("a", 1)), remotewrite.Options{}).Push(t.Context()); !errors.As(err, &compose) {
			t.Errorf("error %v, want a ComposeError", err)
		}
		wantLines(t, r.lines(), "{__name__=a} 1 @0 gauge")
	})
}

// TestTimestamps sends a sample with a timestamp once, and the next when there is a
// newer one.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := func(seconds int64, value float64) metric.Family {
			f := metric.NewGaugeFamily("g", "")
			f.AddRow(metric.ValueRow{Value: value, Timestamp: metric.TimestampOf(time.Date(2000, 1, 1, 0, 0, int(seconds), 0, time.UTC))})
			return f
		}
		r, c := newReceiver(), &changing{}
		w := newWriter(t, r, c, remotewrite.Options{})
		for _, f := range []metric.Family{at(-9, 1), at(-9, 1), at(-8, 2), at(-9, 1), gauge("g", 4)} {
			time.Sleep(time.Second)
			c.families = []metric.Family{f}
			push(t, w)
		}
		wantLines(t, r.lines(), `
			{__name__=g} 1 @-9000 gauge
			{__name__=g} 2 @-8000 gauge
			{__name__=g} 4 @5000 gauge
		`)
		wantSelf(t, w, map[string]float64{`lost_total{reason="duplicate"}`: 1})
	})
}

// TestTimestampsThatCannotBeSaid gives samples the time of the collection, and leaves
// start times out.
func TestTimestampsThatCannotBeSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewCounterFamily("c", "", "x")
		far := metric.NewTimestamp(1<<62, 0)
		f.AddRow(metric.CounterRow{LabelValues: []string{"far"}, Value: 1, Timestamp: far, Created: far})
		f.AddRow(metric.CounterRow{LabelValues: []string{"epoch"}, Value: 1, Created: metric.NewTimestamp(0, 0)})
		r := newReceiver()
		r.start = time.UnixMilli(0)
		now := time.Now().UnixMilli()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{}))
		if now != 946684800000 {
			t.Fatal(now)
		}
		wantLines(t, r.lines(), `
			{__name__=c_total,x=far} 1 @946684800000 counter
			{__name__=c_total,x=epoch} 1 @946684800000 st@1 counter
		`) // 0 would mean that there is none
	})
}

// TestExemplarsOnce sends each exemplar once, however often it is collected, and never
// one that is older than one before.
func TestExemplarsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exemplar := func(value float64, ms int64) metric.Exemplar {
			e := metric.Exemplar{Labels: metric.MustLabels("t", "x"), Value: value}
			if ms != 0 {
				e.Timestamp = metric.TimestampOf(time.Date(2000, 1, 1, 0, 0, 0, int(ms)*1e6, time.UTC))
			}
			return e
		}
		long := exemplar(1, 9)
		long.Labels = metric.MustLabels("t", string(make([]byte, metric.MaxExemplarRunes)))
		r, c := newReceiver(), &changing{}
		w := newWriter(t, r, c, remotewrite.Options{})
		for _, exemplars := range [][]metric.Exemplar{
			{exemplar(2, -10), exemplar(1, -20)},
			{exemplar(2, -10), exemplar(3, -15), exemplar(4, -5)},
			{long},
			{exemplar(5, 0)}, // without a time it is one of now
			{exemplar(5, 0)},
			{exemplar(6, 0)},
		} {
			time.Sleep(time.Second)
			f := metric.NewHistogramFamily("n", "")
			f.AddRow(metric.HistogramRow{Exemplars: exemplars, Sum: 1, Native: &metric.NativeHistogram{
				Count: 1, Sum: 1, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1},
			}})
			c.families = []metric.Family{f}
			push(t, w)
		}
		const histogram = "{__name__=n} native(int count:1 zero:0 sum:1 schema:0 threshold:0 pos 0,1 deltas[1]) "
		wantLines(t, r.lines(), histogram+"@1000 # {t=x} 1 @-20 # {t=x} 2 @-10 histogram\n"+
			histogram+"@2000 # {t=x} 4 @-5 histogram\n"+
			histogram+"@3000 histogram\n"+
			histogram+"@4000 # {t=x} 5 @4000 histogram\n"+
			histogram+"@5000 histogram\n"+
			histogram+"@6000 # {t=x} 6 @6000 histogram")
		wantSelf(t, w, map[string]float64{`exemplars_lost_total{}`: 1})
	})
}
