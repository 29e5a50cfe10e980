package remotewrite_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// running starts Run, and returns what ends it and gives its error.
func running(t *testing.T, w *remotewrite.Writer) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() error {
		cancel()
		return <-done
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{Interval: 10 * time.Second})
		stop := running(t, w)
		time.Sleep(25 * time.Second)
		if err := w.Run(t.Context()); !errors.Is(err, remotewrite.ErrRunning) {
			t.Errorf("error of a second Run: %v", err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantLines(t, r.lines(), `
			{__name__=a} 1 @0 gauge
			{__name__=a} 1 @10000 gauge
			{__name__=a} 1 @20000 gauge
			{__name__=a} 1 @25000 gauge
			{__name__=a} stale @25001 gauge
		`)
		wantSelf(t, w, map[string]float64{`series{}`: 0, `waiting_samples{}`: 0})
	})
}

func TestKeepAtEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{KeepAtEnd: true})
		stop := running(t, w)
		time.Sleep(time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantLines(t, r.lines(), "{__name__=a} 1 @0 gauge\n{__name__=a} 1 @1000 gauge")
	})
}

// TestRunAgain goes on after an end.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{})
		for range 2 {
			time.Sleep(time.Second)
			stop := running(t, w)
			time.Sleep(time.Second)
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		wantLines(t, r.lines(), `
			{__name__=a} 1 @1000 gauge
			{__name__=a} 1 @2000 gauge
			{__name__=a} stale @2001 gauge
			{__name__=a} 1 @3000 gauge
			{__name__=a} 1 @4000 gauge
			{__name__=a} stale @4001 gauge
		`)
	})
}

// TestRunThroughAnOutage goes on collecting while the receiver is away, and sends all of
// it afterwards, in order.
func TestRunThroughAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(func() []answer {
			var answers []answer
			for range 40 {
				answers = append(answers, status(503), status(broken), hang)
			}
			return answers
		}()...)
		w := newWriter(t, r, collecting(gauge("a", 1), gauge("b", 1)), remotewrite.Options{Interval: 10 * time.Second, Timeout: time.Second})
		stop := running(t, w)
		time.Sleep(5 * time.Minute)
		if len(r.lines()) != 0 {
			t.Fatal("the outage did not last")
		}
		time.Sleep(30 * time.Minute)
		if err := stop(); err != nil {
			t.Error(err)
		}
		counts := map[string]int{}
		before := map[string]string{}
		for _, line := range r.lines() {
			s := series(line)
			counts[s]++
			_, when, _ := strings.Cut(line, "@")
			if len(before[s]) > len(when) || len(before[s]) == len(when) && before[s] >= when {
				t.Errorf("%s came after %s", when, before[s])
			}
			before[s] = when
		}
		// 211 at the intervals, the last of which is the end, one more at the end, and
		// the marker.
		for s, n := range counts {
			if n < 212 || n > 213 {
				t.Errorf("%s has %d samples", s, n)
			}
		}
		wantSelf(t, w, map[string]float64{`lost_total{reason="expired"}`: 0, `lost_total{reason="overflow"}`: 0, `lost_total{reason="rejected"}`: 0})
	})
}

// TestStopDuringACollection waits for the collector, and asks it once more.
func TestStopDuringACollection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			time.Sleep(1001 * time.Millisecond)
			return emit(gauge("a", 1))
		}), remotewrite.Options{Interval: 10 * time.Second})
		stop := running(t, w)
		time.Sleep(10*time.Second + time.Second/2)
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantLines(t, r.lines(), `
			{__name__=a} 1 @0 gauge
			{__name__=a} 1 @11002 gauge
			{__name__=a} stale @12003 gauge
		`)
	})
}

// TestStopTimeout ends in time although the receiver is away.
func TestStopTimeout(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{"refusing": status(503), "silent": hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(repeat(1000, a)...)
				w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{StopTimeout: 5 * time.Second})
				stop := running(t, w)
				time.Sleep(20 * time.Second)
				start := time.Now()
				err := stop()
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("took %v to stop", took)
				}
				if err == nil || !strings.Contains(err.Error(), "the time to stop was over") {
					t.Errorf("error %v", err)
				}
				wantSelf(t, w, map[string]float64{`waiting_samples{}`: 4})
			})
		})
	}
}

// guarded is a collector whose families are not gathered first.
type guarded struct{ metric.Collector }

func (guarded) Guarded(gather.Mark) {}

// TestFullBatchesGoEarly does not wait for the end of a long collection.
func TestFullBatchesGoEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		c := guarded{metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			err := emit(many(30))
			time.Sleep(5 * time.Second)
			return errors.Join(err, emit(gauge("last", 1)))
		})}
		w := newWriter(t, r, c, remotewrite.Options{BatchSize: 10, KeepAtEnd: true})
		stop := running(t, w)
		time.Sleep(time.Second)
		if n := len(r.lines()); n != 30 {
			t.Errorf("%d samples were sent after a second, want 30", n)
		}
		time.Sleep(5 * time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestPushWhileRunning sends a collection of its own, in its turn.
func TestPushWhileRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(gauge("a", 1)), remotewrite.Options{Interval: 10 * time.Second, KeepAtEnd: true})
		stop := running(t, w)
		var pushes sync.WaitGroup
		for i := range 5 {
			pushes.Go(func() {
				time.Sleep(time.Duration(i+1) * time.Second)
				if err := w.Push(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		pushes.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		// One at the start, the five, and one at the end.
		if lines := r.lines(); len(lines) != 7 || !slices.IsSorted(lines) {
			t.Errorf("received %q", lines)
		}
	})
}

// TestPushesInTurn has pushes that wait long for each other: the time of their samples is
// that of their own collection.
func TestPushesInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			time.Sleep(5 * time.Second)
			return emit(gauge("a", 1))
		}), remotewrite.Options{})
		var pushes sync.WaitGroup
		for range 3 {
			pushes.Go(func() { push(t, w) })
		}
		pushes.Wait()
		wantLines(t, r.lines(), `
			{__name__=a} 1 @0 gauge
			{__name__=a} 1 @5000 gauge
			{__name__=a} 1 @10000 gauge
		`)
	})
}

// TestLog has each kind of message once a minute, however often it happens.
func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := newReceiver(repeat(500, status(503))...)
		c := &changing{families: []metric.Family{gauge("a", 1)}, err: errors.New("away")}
		w := newWriter(t, r, c, remotewrite.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Interval: time.Second, MaxBackoff: time.Second})
		stop := running(t, w)
		time.Sleep(150 * time.Second)
		if err := stop(); err == nil {
			t.Error("no error")
		}
		for _, message := range []string{"a request failed and will be repeated", "a collection is incomplete"} {
			if n := strings.Count(log.String(), message); n != 3 {
				t.Errorf("%q was logged %d times in 150 seconds, want 3", message, n)
			}
		}
		if !strings.Contains(log.String(), "answered 503 Service Unavailable") || !strings.Contains(log.String(), "away") {
			t.Errorf("the log does not say why:\n%s", log.String())
		}
	})
}
