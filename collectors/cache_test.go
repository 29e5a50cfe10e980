package collectors_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/collectors"
	"polymeter.dev/metric"
)

// counting is a collector that emits how often it ran, after a while, and then fails
// if it is told to.
type counting struct {
	mu    sync.Mutex
	runs  float64
	takes time.Duration
	fails error
}

func (c *counting) Collect(_ context.Context, emit func(metric.Family) error) error {
	c.mu.Lock()
	defer c.mu.Unlock() // a second run at a time would wait, and be counted
	c.runs++
	time.Sleep(c.takes)
	runs := metric.NewGaugeFamily("runs", "How often it ran.")
	runs.Add(c.runs)
	if err := emit(runs); err != nil {
		return err
	}
	return c.fails
}

// shownRuns returns the value that a collector shows, and its error.
func shownRuns(t *testing.T, c metric.Collector) (runs float64, err error) {
	t.Helper()
	err = c.Collect(t.Context(), func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error { runs = s.Value; return nil })
	})
	return runs, err
}

func wantRuns(t *testing.T, c metric.Collector, want float64, wantErr error) {
	t.Helper()
	if runs, err := shownRuns(t, c); runs != want || !errors.Is(err, wantErr) {
		t.Errorf("shows %v, error %v, want %v, %v", runs, err, want, wantErr)
	}
}

func TestCachedRefreshesInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counting{takes: time.Second}
		cached := collectors.Cached(c, &collectors.CacheOptions{TTL: 10 * time.Second, MaxAge: time.Minute})
		begun := time.Now()
		wantRuns(t, cached, 1, nil)
		if took := time.Since(begun); took != time.Second {
			t.Errorf("the first took %v", took)
		}
		time.Sleep(8 * time.Second)
		wantRuns(t, cached, 1, nil)
		time.Sleep(2 * time.Second)
		begun = time.Now()
		wantRuns(t, cached, 1, nil) // which starts the second
		wantRuns(t, cached, 1, nil) // which does not start a third
		if took := time.Since(begun); took != 0 {
			t.Errorf("what is stale took %v", took)
		}
		time.Sleep(2 * time.Second)
		wantRuns(t, cached, 2, nil)
		time.Sleep(2 * time.Minute)
		wantRuns(t, cached, 3, nil) // too old to be shown
	})
}

func TestCachedIsCollectedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cached := collectors.Cached(&counting{takes: time.Second}, nil)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { wantRuns(t, cached, 1, nil) })
		}
		all.Wait()
	})
}

func TestCachedFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("it failed")
		c := &counting{fails: failure}
		cached := collectors.Cached(c, &collectors.CacheOptions{TTL: 10 * time.Second, MaxAge: 30 * time.Second})
		wantRuns(t, cached, 1, failure)
		wantRuns(t, cached, 1, failure) // for as long as the TTL
		c.fails = nil
		time.Sleep(11 * time.Second)
		wantRuns(t, cached, 2, nil) // nothing stale takes the place of a failure
		c.fails = failure
		time.Sleep(11 * time.Second)
		wantRuns(t, cached, 2, nil)
		synctest.Wait()
		wantRuns(t, cached, 2, nil) // the third has failed
		time.Sleep(20 * time.Second)
		if runs, err := shownRuns(t, cached); runs < 4 || !errors.Is(err, failure) {
			t.Errorf("shows %v, error %v after MaxAge", runs, err)
		}
	})
}

func TestCachedWaitsForAsLongAsTheScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cached := collectors.Cached(&counting{takes: time.Hour}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := cached.Collect(ctx, func(metric.Family) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing is cached yet") {
			t.Errorf("error %v", err)
		}
		// The one that took too long counts once it is there, for those who wait.
		wantRuns(t, cached, 1, nil)
	})
}

func TestCachedPanic(t *testing.T) {
	t.Parallel()
	cached := collectors.Cached(metric.CollectorFunc(func(context.Context, func(metric.Family) error) error { panic("no luck") }), nil)
	if _, err := shownRuns(t, cached); err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("error %v", err)
	}
}

func TestCachedDescribes(t *testing.T) {
	t.Parallel()
	if _, ok := collectors.Cached(&counting{}, nil).(metric.Describer); ok {
		t.Error("the cache of a collector that does not describe itself does")
	}
	if d, ok := collectors.Cached(collectors.NewBuildInfo(), nil).(metric.Describer); !ok || len(d.Describe()) != 1 {
		t.Error("the cache does not describe what its collector does")
	}
}
