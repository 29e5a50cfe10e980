package gather_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

func gauge(name string) metric.Family {
	f := metric.NewGaugeFamily(name, "")
	f.Add(1)
	return f
}

func names(families []*metric.Snapshot) []string {
	var names []string
	for _, f := range families {
		names = append(names, f.Desc().Name)
	}
	return names
}

func emitAll(families ...string) metric.CollectorFunc {
	return func(_ context.Context, emit func(metric.Family) error) error {
		for _, name := range families {
			if err := emit(gauge(name)); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	s := gather.NewSource(emitAll("a", "b", "c"))
	if s.Name() != "metric.CollectorFunc" {
		t.Errorf("name = %q", s.Name())
	}
	for range 3 { // memory is reused
		run := s.Start(t.Context(), gather.Options{Names: []string{"c", "a"}})
		families, errs := run.Wait(t.Context())
		if got := names(families); !slices.Equal(got, []string{"a", "c"}) || len(errs) != 0 {
			t.Errorf("got %q, %v", got, errs)
		}
		run.Release()
	}
}

// restricting notes that it was asked to restrict itself.
type restricting struct {
	metric.CollectorFunc
	asked []string
}

func (r *restricting) Restrict(names []string) metric.Collector {
	r.asked = names
	return emitAll(names...)
}

func TestRunRestricts(t *testing.T) {
	t.Parallel()
	c := &restricting{CollectorFunc: emitAll("all")}
	run := gather.NewSource(c).Start(t.Context(), gather.Options{Names: []string{"x"}})
	defer run.Release()
	if families, _ := run.Wait(t.Context()); !slices.Equal(names(families), []string{"x"}) || !slices.Equal(c.asked, []string{"x"}) {
		t.Errorf("got %q, asked for %q", names(families), c.asked)
	}
}

// TestLateFamiliesAreRefused has a collector that goes on after its time: what
// was complete is served, and the rest neither arrives nor spoils anything.
func TestLateFamiliesAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var late error
		s := gather.NewSource(metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
			_ = emit(gauge("early"))
			time.Sleep(time.Minute)
			late = emit(gauge("late"))
			return late
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		run := s.Start(ctx, gather.Options{})
		families, errs := run.Wait(ctx)
		if got := names(families); !slices.Equal(got, []string{"early"}) {
			t.Errorf("got %q", got)
		}
		if len(errs) != 1 || !errors.Is(errs[0], context.DeadlineExceeded) {
			t.Errorf("errors %v", errs)
		}
		again := s.Start(t.Context(), gather.Options{})
		if _, errs := again.Wait(t.Context()); len(errs) != 1 || !errors.Is(errs[0], gather.ErrStillRunning) {
			t.Errorf("errors of the next run: %v", errs)
		}
		again.Release()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if late == nil {
			t.Error("a late family was accepted")
		}
		if got := names(families); !slices.Equal(got, []string{"early"}) || len(errs) != 1 {
			t.Errorf("late events changed the result: %q, %v", got, errs)
		}
		run.Release()
		third := s.Start(t.Context(), gather.Options{})
		defer third.Release()
		if families, errs := third.Wait(t.Context()); len(families) != 2 || len(errs) != 0 {
			t.Errorf("a collector that has returned is not run again: %q, %v", names(families), errs)
		}
	})
}

func TestReleaseEndsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := gather.NewSource(metric.CollectorFunc(func(context.Context, func(metric.Family) error) error {
			time.Sleep(time.Hour)
			return nil
		}))
		s.Start(t.Context(), gather.Options{}).Release()
		run := s.Start(t.Context(), gather.Options{})
		if _, errs := run.Wait(t.Context()); len(errs) != 1 || !errors.Is(errs[0], gather.ErrStillRunning) {
			t.Errorf("errors %v", errs)
		}
		run.Release()
		run.Release()
		time.Sleep(2 * time.Hour)
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	counter := &metric.Desc{Name: "x", Type: metric.TypeCounter}
	total := &metric.Desc{Name: "x_total", Type: metric.TypeGauge}
	other := &metric.Desc{Name: "y", Type: metric.TypeGauge}
	var c gather.Claims
	if err := c.Add("a", counter); err != nil {
		t.Fatal(err)
	}
	if err := c.Add("a", counter); err != nil {
		t.Errorf("the owner cannot claim again: %v", err)
	}
	if c.Add("b", counter) == nil || c.Check("a", total) == nil || c.Add("b", total) == nil {
		t.Error("a clash was not found")
	}
	if err := c.Add("b", other); err != nil {
		t.Error(err)
	}
	c.Remove("a")
	if err := c.Add("c", total); err != nil {
		t.Errorf("a name that was given up is taken: %v", err)
	}
	if c.Check("c", other) == nil {
		t.Error("removing one owner removed another")
	}
}

func TestCollectorThatAsksItself(t *testing.T) {
	t.Parallel()
	var s *gather.Source
	depth := 0
	s = gather.NewSource(metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		depth++
		run := s.Start(ctx, gather.Options{})
		defer run.Release()
		if _, errs := run.Wait(ctx); len(errs) > 0 && !errors.Is(errs[0], gather.ErrTooManyRuns) {
			return errs[0]
		}
		return emit(gauge("derived"))
	}))
	for range 2 { // the runs of the first time are no burden for the second
		depth = 0
		run := s.Start(t.Context(), gather.Options{})
		families, errs := run.Wait(t.Context())
		if got := names(families); !slices.Equal(got, []string{"derived"}) || len(errs) != 0 || depth > 100 {
			t.Errorf("got %q, %v at depth %d", got, errs, depth)
		}
		run.Release()
	}
}

func TestCollectorThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	s := gather.NewSource(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		if err := emit(gauge("before")); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	}))
	run := s.Start(t.Context(), gather.Options{})
	defer run.Release()
	families, errs := run.Wait(t.Context())
	if got := names(families); !slices.Equal(got, []string{"before"}) || len(errs) != 1 {
		t.Errorf("got %q, %v", got, errs)
	}
}
