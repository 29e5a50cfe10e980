package graphite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// TestFullQueue drops the oldest samples, counts them, and says so.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(repeat(1000, refused)...)
		b := newBridge(t, r, &ticking{series: 4}, graphite.Options{QueueSize: 10})
		for i := range 4 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := b.Push(ctx)
			cancel()
			full := err != nil && strings.Contains(err.Error(), "the queue is full, and the oldest samples were dropped")
			if err == nil || full != (i >= 2) {
				t.Errorf("push %d: error %v", i, err)
			}
		}
		r.due = nil
		if err := b.Push(t.Context()); err == nil {
			t.Error("the last push, which finds the queue full, gives no error")
		}
		wantLines(t, r.all(), `
			ticks.n.2 3 1000000003
			ticks.n.3 3 1000000003
			ticks.n.0 4 1000000004
			ticks.n.1 4 1000000004
			ticks.n.2 4 1000000004
			ticks.n.3 4 1000000004
			ticks.n.0 5 1000000005
			ticks.n.1 5 1000000005
			ticks.n.2 5 1000000005
			ticks.n.3 5 1000000005
		`)
		wantSelf(t, b, map[string]float64{`lost_total{reason="overflow"}`: 10, `written_total{}`: 10, `waiting_samples{}`: 0})
	})
}

// TestFullQueueAtTheEnd puts samples back that there is no room for any more.
func TestFullQueueAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, newReceiver(repeat(1000, hang)...), collecting(gauge("a", 1)), graphite.Options{QueueSize: 3, Interval: 10 * time.Second})
		stop := running(t, b)
		time.Sleep(55 * time.Second)
		wantSelf(t, b, map[string]float64{`lost_total{reason="overflow"}`: 2, `waiting_samples{}`: 4})
		if err := stop(); err == nil || !strings.Contains(err.Error(), "4 samples are still waiting") {
			t.Errorf("error %v", err)
		}
		wantSelf(t, b, map[string]float64{`lost_total{reason="overflow"}`: 4, `waiting_samples{}`: 3, `written_total{}`: 0})
	})
}

// TestSeriesAreForgotten does not grow with the series that ever were, also where they
// share a path.
func TestSeriesAreForgotten(t *testing.T) {
	t.Parallel()
	n := 0
	r := newReceiver()
	b := newBridge(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		n++
		f := metric.NewGaugeFamily("g", "", "l")
		f.Add(1, string(rune(0x4e00+n)))
		f.Add(1, fmt.Sprint(n))
		return emit(f)
	}), graphite.Options{})
	for range 5 {
		push(t, b)
	}
	wantSelf(t, b, map[string]float64{`series{}`: 2})
	if len(r.points) != 6 {
		t.Errorf("%d paths were received, want 6", len(r.points))
	}
}

// TestTimedSamplesOnce sends a sample that has a timestamp once, until it has another.
func TestTimedSamplesOnce(t *testing.T) {
	t.Parallel()
	r := newReceiver()
	at, value := int64(7), 1.0
	b := newBridge(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		f := metric.NewGaugeFamily("g", "")
		f.AddRow(metric.ValueRow{Value: value, Timestamp: metric.NewTimestamp(at, 999_999_999)})
		return emit(f)
	}), graphite.Options{})
	for _, next := range []struct {
		at    int64
		value float64
	}{{7, 1}, {7, 1}, {8, 1}, {8, 2}, {8, 2}, {3, 2}} {
		at, value = next.at, next.value
		push(t, b)
	}
	wantLines(t, r.all(), "g 1 7\ng 1 8\ng 2 8\ng 2 3")
	wantSelf(t, b, map[string]float64{`lost_total{reason="duplicate"}`: 0})
}

// TestNothingIsLostUncounted sends through random faults, with a queue that may be too
// small: every sample is received, lost and counted, or both when it was in doubt.
func TestNothingIsLostUncounted(t *testing.T) {
	t.Parallel()
	kinds := map[string]fault{"refused": refused, "hang": hang, "deaf": deaf, "hung up": hungUp, "answers": answers, "none": (*receiver).serve}
	names := []string{"refused", "hang", "deaf", "hung up", "answers", "none"}
	rapid.Check(t, func(rt *rapid.T) {
		o := graphite.Options{
			BatchSize: rapid.IntRange(1, 8).Draw(rt, "batch"), QueueSize: rapid.SampledFrom([]int{7, 1000}).Draw(rt, "queue"),
			Timeout: time.Second, MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Second,
		}
		var due []fault
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 40).Draw(rt, "faults") {
			due = append(due, kinds[name])
		}
		pushes := rapid.IntRange(1, 10).Draw(rt, "pushes")
		var err error
		synctest.Test(t, func(t *testing.T) { err = pushAll(t, o, due, pushes) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// pushAll pushes so often, and in the end until nothing waits.
func pushAll(t *testing.T, o graphite.Options, due []fault, pushes int) error {
	r, c := newReceiver(due...), &ticking{series: 5}
	b := newBridge(t, r, c, o)
	for range pushes {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		_ = b.Push(ctx) // which may fail
		cancel()
	}
	for self(t, b)[`waiting_samples{}`] > 0 {
		_ = b.Push(t.Context()) // which may tell of a full queue
	}
	counts, sent := self(t, b), 5*int(c.times.Load())
	written, lost := int(counts[`written_total{}`]), int(counts[`lost_total{reason="overflow"}`])
	if written+lost != sent || r.total() < written || o.QueueSize == 1000 && r.total() != sent || r.replaced > 0 || len(r.invalid) > 0 {
		return fmt.Errorf("%d sent, %d written, %d lost, %d received, %d replaced, invalid %q", sent, written, lost, r.total(), r.replaced, r.invalid)
	}
	return nil
}
