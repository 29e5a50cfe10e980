package graphite_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// running starts Run, and returns what ends it and gives its error.
func running(t *testing.T, b *graphite.Bridge) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	return func() error {
		cancel()
		return <-done
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		b := newBridge(t, r, collecting(gauge("a", 1)), graphite.Options{})
		stop := running(t, b)
		time.Sleep(65 * time.Second)
		if err := b.Run(t.Context()); !errors.Is(err, graphite.ErrRunning) {
			t.Errorf("error of a second Run: %v", err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantLines(t, r.all(), `
			a 1 946684800
			a 1 946684830
			a 1 946684860
			a 1 946684865
		`)
		wantSelf(t, b, map[string]float64{
			`series{}`: 1, `waiting_samples{}`: 0, `written_total{}`: 4, `batches_total{outcome="succeeded"}`: 4,
			`last_success_timestamp_seconds{}`: 946684865,
		})
	})
}

// TestRunThroughAnOutage goes on collecting while the receiver is away, and sends all of
// it afterwards, in order.
func TestRunThroughAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(append(append(repeat(40, refused), repeat(5, hang)...), repeat(5, answers)...)...)
		b := newBridge(t, r, collecting(gauge("a", 1), gauge("b", 2)), graphite.Options{Interval: 10 * time.Second, Timeout: time.Second})
		stop := running(t, b)
		time.Sleep(2 * time.Minute)
		if len(r.all()) != 0 {
			t.Fatal("the outage did not last")
		}
		time.Sleep(18*time.Minute + time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if lines := r.all(); len(lines) != 2*122 || r.total() != len(lines) || r.replaced > 0 || r.repeated > 0 {
			t.Errorf("%d lines, %d points, %d repeated", len(lines), r.total(), r.repeated)
		}
		for i := 0; i+2 < len(r.lines); i++ {
			if r.lines[i][:1] == r.lines[i+1][:1] || r.lines[i] >= r.lines[i+2] {
				t.Errorf("%q comes before %q and %q", r.lines[i], r.lines[i+1], r.lines[i+2])
			}
		}
		wantSelf(t, b, map[string]float64{`batches_total{outcome="failed"}`: 50, `lost_total{reason="overflow"}`: 0, `written_total{}`: 244})
	})
}

// TestSlowCollector has intervals skipped, not made up for.
func TestSlowCollector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		n := 0
		b := newBridge(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			if n++; n == 1 {
				time.Sleep(35 * time.Second)
			}
			return emit(gauge("a", float64(n)))
		}), graphite.Options{Interval: 10 * time.Second})
		stop := running(t, b)
		time.Sleep(72 * time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		// The first was given up after an interval, and those until it ended found it
		// still running.
		wantLines(t, r.all(), `
			a 2 946684840
			a 3 946684850
			a 4 946684860
			a 5 946684870
			a 6 946684872
		`)
		wantSelf(t, b, map[string]float64{`incomplete_collections_total{}`: 4})
	})
}

// TestStopTimeout ends in time although the receiver is away, and keeps what is left.
func TestStopTimeout(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{"refusing": refused, "silent": hang, "deaf": deaf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(repeat(1000, f)...)
				b := newBridge(t, r, collecting(gauge("a", 1)), graphite.Options{StopTimeout: 5 * time.Second, Interval: 10 * time.Second})
				stop := running(t, b)
				time.Sleep(15 * time.Second)
				start := time.Now()
				err := stop()
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("took %v to stop", took)
				}
				if err == nil || !strings.Contains(err.Error(), "the time to stop was over") {
					t.Errorf("error %v", err)
				}
				wantSelf(t, b, map[string]float64{`waiting_samples{}`: 3, `written_total{}`: 0})
				r.mu.Lock()
				r.due = nil
				r.mu.Unlock()
				push(t, b)
				if r.total() != 4 || r.replaced > 0 {
					t.Errorf("%d points, %d replaced", r.total(), r.replaced)
				}
			})
		})
	}
}

// TestStopDuringACollection waits for the collector, and asks it once more.
func TestStopDuringACollection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		b := newBridge(t, r, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			time.Sleep(2 * time.Second)
			return emit(gauge("a", 1))
		}), graphite.Options{Interval: 10 * time.Second})
		stop := running(t, b)
		time.Sleep(11 * time.Second)
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantLines(t, r.all(), `
			a 1 946684800
			a 1 946684812
		`)
	})
}

// TestPushWhileRunning sends a collection of its own, in its turn.
func TestPushWhileRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		b := newBridge(t, r, collecting(gauge("a", 1)), graphite.Options{})
		stop := running(t, b)
		var pushes sync.WaitGroup
		for i := range 5 {
			pushes.Go(func() {
				time.Sleep(time.Duration(i+1) * time.Second)
				push(t, b)
			})
		}
		pushes.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		// The last push and the end have the same second.
		if lines := r.all(); len(lines) != 7 || r.total() != 6 {
			t.Errorf("received %q", lines)
		}
	})
}

// TestLog has each kind of message once a minute, however often it happens.
func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			return errors.Join(emit(gauge("a", 1)), errors.New("no database"))
		})
		b := newBridge(t, newReceiver(repeat(1000, answers)...), c, graphite.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)), Interval: time.Second, MaxBackoff: time.Second, QueueSize: 5,
		})
		stop := running(t, b)
		time.Sleep(150 * time.Second)
		if err := stop(); err == nil {
			t.Error("no error")
		}
		for message, why := range map[string]string{
			"sending failed and will be repeated": "something answers at the address", "a collection is incomplete": "no database", "samples were dropped": "the queue is full",
		} {
			if n := strings.Count(log.String(), `msg="graphite: `+message); n != 3 || !strings.Contains(log.String(), why) {
				t.Errorf("%q was logged %d times in 150 seconds, want 3, and %q", message, n, why)
			}
		}
	})
}
