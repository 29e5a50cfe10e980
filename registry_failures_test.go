package polymeter_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/metric"
)

// TestOnlyTheBadIsLost has one collector for each way to fail, among good ones.
func TestOnlyTheBadIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "first"}))
		fails := map[string]func(emit func(metric.Family) error) error{
			"error": func(emit func(metric.Family) error) error { return errors.New("no") },
			"panic": func(emit func(metric.Family) error) error { panic("no") },
			"exit":  func(emit func(metric.Family) error) error { runtime.Goexit(); return nil },
			"hang":  func(emit func(metric.Family) error) error { time.Sleep(time.Hour); return emit(gauge("late", 1)) },
			"nil":   func(emit func(metric.Family) error) error { return emit(nil) },
			"empty": func(emit func(metric.Family) error) error { return emit((*metric.Snapshot)(nil)) },
			"invalid": func(emit func(metric.Family) error) error {
				return emit(gauge("\xff", 1))
			},
			"twice in family": func(emit func(metric.Family) error) error {
				f := gauge("same_series", 1)
				f.Add(2)
				return emit(f)
			},
			"panic in family": func(emit func(metric.Family) error) error { return emit(panicking{}) },
			"taken":           func(emit func(metric.Family) error) error { return emit(gauge("first", 2)) },
			"twice": func(emit func(metric.Family) error) error {
				f := gauge("second", 1)
				if err := emit(f); err != nil {
					return err
				}
				return emit(f)
			},
		}
		names := make([]string, 0, len(fails))
		for name := range fails {
			names = append(names, name)
		}
		slices.Sort(names)
		want := []string{"first 0"}
		for i, name := range names {
			fail := fails[name]
			before, after := "before_"+string(rune('a'+i)), "after_"+string(rune('a'+i))
			r.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
				if err := emit(gauge(before, 1)); err != nil {
					return err
				}
				if err := fail(emit); err != nil {
					return err
				}
				return emit(gauge(after, 1))
			}))
			want = append(want, before+" 1")
			if name == "twice" {
				want = append(want, "second 1")
			}
			if name != "error" && name != "panic" && name != "hang" && name != "exit" {
				want = append(want, after+" 1")
			}
		}
		got, err := collect(r)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		const collector = "metric.CollectorFunc/"
		wantLost := []string{
			collector, collector, collector, collector, collector, collector + "\xff", collector, collector + "panicking",
			collector + "first", collector + "second", collector + "same_series",
		}
		lost := losses(t, err)
		slices.Sort(lost)
		slices.Sort(wantLost)
		if diff := cmp.Diff(wantLost, lost); diff != "" {
			t.Errorf("losses (-want +got):\n%s\n%v", diff, err)
		}
		if got := selfMetric(t, r, `polymeter_collect_errors_total{collector="metric.CollectorFunc"}`); got != "11" {
			t.Errorf("polymeter_collect_errors_total = %s, want 11", got)
		}
		time.Sleep(2 * time.Hour) // the hanging one must return before the bubble ends
	})
}

type panicking struct{}

func (panicking) Desc() *metric.Desc { return &metric.Desc{Name: "panicking"} }

func (panicking) Each(func(*metric.Sample) error) error { panic("no") }

func TestHungCollectorIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{CollectTimeout: time.Second})
		release := make(chan struct{})
		d := &described{name: "slow"}
		d.collect = func(emit func(metric.Family) error) error {
			<-release
			return emit(gauge("slow", 1))
		}
		r.MustRegister(d)
		for range 3 {
			begun := time.Now()
			if _, err := collect(r); err == nil {
				t.Error("nothing was reported")
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("the scrape took %v", took)
			}
		}
		if n := d.calls.Load(); n != 1 {
			t.Errorf("the hung collector was started %d times", n)
		}
		close(release)
		synctest.Wait()
		wantLines(t, r, "slow 1")
	})
}

// TestReaderGone ends a collection from emit: collectors are told so, and one
// that takes no notice is not started again.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "a"}))
		stopped := false
		var started atomic.Int64
		r.MustRegister(metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error {
			<-ctx.Done()
			stopped = true
			return ctx.Err()
		}), metric.CollectorFunc(func(context.Context, func(metric.Family) error) error {
			started.Add(1)
			time.Sleep(time.Hour)
			return nil
		}))
		gone := errors.New("gone")
		for range 2 {
			if err := r.Collect(t.Context(), func(metric.Family) error { return gone }); !errors.Is(err, gone) {
				t.Errorf("Collect returned %v", err)
			}
			synctest.Wait()
		}
		if !stopped {
			t.Error("the context did not end")
		}
		if n := started.Load(); n != 1 {
			t.Errorf("a collector was started %d times", n)
		}
		time.Sleep(2 * time.Hour)
	})
}
