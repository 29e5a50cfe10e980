package polymeter_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func counterFamily(name string, v float64) metric.Family {
	f := metric.NewCounterFamily(name, "")
	f.Add(v)
	return f
}

// TestPublishedProcessesShareAPage has two registries stand for two processes,
// which show what only the other one can compute.
func TestPublishedProcessesShareAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var registries []*polymeter.Registry
	var values []*atomic.Int64
	for _, id := range []string{"one", "two"} {
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, id)})
		value := new(atomic.Int64)
		value.Store(int64(len(registries) + 1))
		get := func() float64 { return float64(value.Load()) }
		for _, err := range []error{
			r.NewGaugeFunc(polymeter.GaugeOpts{Name: "all"}, get),
			r.NewGaugeFunc(polymeter.GaugeOpts{Name: "sum", Mode: metric.GaugeSum}, get),
			r.NewCounterFunc(polymeter.CounterOpts{Name: "calls"}, get),
			r.Publish(gauges(gauge("max", get()), counterFamily("jobs", get())), &multiprocess.PublishOptions{Mode: metric.GaugeMax}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		vec := polymeter.Must(r.NewGaugeFuncVec(polymeter.GaugeOpts{Name: "vec", Labels: []string{"l"}, Mode: metric.GaugeMin}))
		if err := vec.Set(get, "x"); err != nil {
			t.Fatal(err)
		}
		r.MustRegister(gauges(gauge("own", get())))
		registries, values = append(registries, r), append(values, value)
	}
	show := func(first, second int) []string {
		a, b, sum := strconv.Itoa(first), strconv.Itoa(second), strconv.Itoa(first+second)
		return []string{
			`all{pid="one"} ` + a, `all{pid="two"} ` + b, "calls_total " + sum, "jobs_total 3", "max 2", "sum " + sum,
			`vec{l="x"} ` + strconv.Itoa(min(first, second)),
		}
	}
	wantLines(t, registries[0], `all{pid="one"} 1`, "calls_total 1", "jobs_total 1", "max 1", "sum 1", `vec{l="x"} 1`, "own 1")
	wantLines(t, registries[1], append(show(1, 2), "own 2")...)
	wantLines(t, registries[0], append(show(1, 2), "own 1")...)
	values[0].Store(10) // which is on its own page at once
	values[1].Store(20)
	wantLines(t, registries[0], append(show(10, 2), "own 1")...)
	wantLines(t, registries[1], append(show(10, 20), "own 2")...)
}

// TestPublishLikeRegister has no store that could show anything to others.
func TestPublishLikeRegister(t *testing.T) {
	t.Parallel()
	python, err := multiprocess.Open(t.TempDir(), &multiprocess.Options{Format: multiprocess.FormatPython, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Skip(err)
	}
	defer python.Close()
	for name, store := range map[string]*multiprocess.Store{"none": nil, "python": python} {
		t.Run(name, func(t *testing.T) {
			r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
			d := &described{name: "d"}
			if err := r.Publish(d, nil); err != nil {
				t.Fatal(err)
			}
			if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: "g"}, func() float64 { return 2 }); err != nil {
				t.Fatal(err)
			}
			wantLines(t, r, "d 1", "g 2")
			for name, err := range map[string]error{
				"nil":       r.Publish(nil, nil),
				"again":     r.Publish(d, nil),
				"itself":    r.Publish(r, nil),
				"name":      r.Publish(&described{name: "d"}, nil),
				"mode":      r.Publish(gauges(), &multiprocess.PublishOptions{Mode: 99}),
				"mode of":   r.Publish(gauges(), &multiprocess.PublishOptions{Modes: map[string]metric.GaugeMode{"x": 99}}),
				"func mode": r.NewGaugeFunc(polymeter.GaugeOpts{Name: "f", Mode: 99}, func() float64 { return 1 }),
			} {
				if err == nil {
					t.Errorf("%s: no error", name)
				}
			}
			if !r.Unregister(d) {
				t.Error("not registered")
			}
			wantLines(t, r, "g 2")
		})
	}
}

// TestPublishedGatherer publishes what another library has, as one line does in a
// program.
func TestPublishedGatherer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var registries []*polymeter.Registry
	for _, id := range []string{"one", "two"} {
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, id)})
		theirs := polymeter.NewRegistry(nil) // shown as their own handlers would
		polymeter.Must(theirs.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Add(2)
		polymeter.Must(theirs.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1}})).Observe(0.5)
		if err := r.Publish(collectors.FromGatherer(collectors.AsGatherer(theirs)), nil); err != nil {
			t.Fatal(err)
		}
		wantSampleValue(t, r, "jobs_total", float64(2*len(registries)+2))
		registries = append(registries, r)
	}
	wantLines(t, registries[0], `h_bucket{le="1.0"} 2`, `h_bucket{le="+Inf"} 2`, "h_count 2", "h_sum 1", "jobs_total 4")
}

// TestPublishedComesAndGoes attaches and closes stores, and unregisters.
func TestPublishedComesAndGoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(r.NewGaugeFuncVec(polymeter.GaugeOpts{Name: "g", Mode: metric.GaugeSum}))
	if err := v.Set(func() float64 { return 1 }); err != nil {
		t.Fatal(err)
	}
	others := polymeter.Must(multiprocess.NewCollector(dir, nil))
	wantLines(t, r, "g 1")
	store := openStore(t, dir, "one")
	if err := r.Attach(store); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "g 1")
	wantLines(t, others, "g 1")
	if err := r.NewCounterFunc(polymeter.CounterOpts{Name: "c"}, func() float64 { return 2 }); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "c_total 2", "g 1")
	if !r.Unregister(v) {
		t.Error("not registered")
	}
	wantLines(t, others, "c_total 2")
	wantLines(t, r, "c_total 2")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "c_total 2")
	wantLines(t, others, "c_total 2")
	if err := r.Attach(openStore(t, t.TempDir(), "two")); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "c_total 2")
}

// TestPublishedRestrict asks published collectors only for what they may have.
func TestPublishedRestrict(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one")})
	d := &described{name: "d"}
	if err := r.Publish(d, &multiprocess.PublishOptions{Mode: metric.GaugeSum}); err != nil {
		t.Fatal(err)
	}
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Inc()
	wantLines(t, r.Restrict([]string{"jobs"}), "jobs_total 1")
	if n := d.calls.Load(); n != 0 {
		t.Errorf("it was collected %d times", n)
	}
	wantLines(t, r.Restrict([]string{"d"}), "d 1")
	if err := r.Publish(gauges(gauge("x", 1)), &multiprocess.PublishOptions{Mode: metric.GaugeSum}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r.Restrict([]string{"x"}), "x 1")
}

// TestPublishedThatFails names what was lost, and shows what there was before.
func TestPublishedThatFails(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one")})
	fails := false
	if err := r.NewCounterFunc(polymeter.CounterOpts{Name: "c"}, func() float64 {
		if fails {
			panic("no")
		}
		return 1
	}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "c_total 1")
	fails = true
	got, err := collect(r)
	if diff := cmp.Diff([]string{"c_total 1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lost := losses(t, err); !slices.Equal(lost, []string{"*polymeter.FuncVec/c"}) {
		t.Errorf("lost %q", lost)
	}
	if got := selfMetric(t, r, `polymeter_collect_errors_total{collector="*polymeter.FuncVec"}`); got != "1" {
		t.Errorf("polymeter_collect_errors_total = %s", got)
	}
}

// TestPublishedThatHangs takes half of the time of one scrape, and none of the
// next.
func TestPublishedThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one"), CollectTimeout: 10 * time.Second})
		var hangs atomic.Bool
		if err := r.NewCounterFunc(polymeter.CounterOpts{Name: "c"}, func() float64 {
			if hangs.Load() {
				time.Sleep(time.Hour)
			}
			return 1
		}); err != nil {
			t.Fatal(err)
		}
		r.MustRegister(gauges(gauge("own", 1)))
		wantLines(t, r, "c_total 1", "own 1")
		hangs.Store(true)
		for _, want := range []time.Duration{5 * time.Second, 5 * time.Second, 0} {
			begun := time.Now()
			got, _ := collect(r)
			if diff := cmp.Diff([]string{"c_total 1", "own 1"}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if took := time.Since(begun); took != want {
				t.Errorf("a scrape took %v, want %v", took, want)
			}
		}
		hangs.Store(false)
		time.Sleep(2 * time.Hour)
	})
}

// TestPublishingARegistryInACircle publishes a registry of the same store, whose
// page has what is published.
func TestPublishingARegistryInACircle(t *testing.T) {
	t.Parallel()
	store := openStore(t, t.TempDir(), "one")
	inner := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	polymeter.Must(inner.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Inc()
	inner.MustRegister(gauges(gauge("own", 1)))
	outer := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	if err := outer.Publish(inner, &multiprocess.PublishOptions{Mode: metric.GaugeSum}); err != nil {
		t.Fatal(err)
	}
	if err := outer.Publish(metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return outer.Collect(ctx, emit)
	}), nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := collect(outer)
		if diff := cmp.Diff([]string{"jobs_total 1", "own 1"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err == nil {
			t.Error("nothing was reported")
		}
	}
}

// TestPublishedWithoutRoom shows what could not be written from memory.
func TestPublishedWithoutRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, "one")})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []metric.GaugeMode{metric.GaugeAll, metric.GaugeMostRecent} {
		if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: mode.String(), Mode: mode}, func() float64 { return 3 }); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{`all{pid="one"} 3`, "mostrecent 3"}
	wantLines(t, r, want...)
	if got := selfMetric(t, r, "polymeter_store_publish_failures_total"); got != "1" {
		t.Errorf("polymeter_store_publish_failures_total = %s", got)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, want...)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, want...)
}

// TestScrapeWhilePublishing attaches and closes stores while a page is made again
// and again: a callback is on it once, be it published or not.
func TestScrapeWhilePublishing(t *testing.T) {
	t.Parallel()
	for range 10 {
		r := polymeter.NewRegistry(nil)
		if err := r.NewCounterFunc(polymeter.CounterOpts{Name: "c"}, func() float64 { return 7 }); err != nil {
			t.Fatal(err)
		}
		store := openStore(t, t.TempDir(), "one")
		var done atomic.Bool
		var scrapes sync.WaitGroup
		for range 2 {
			scrapes.Go(func() {
				for !done.Load() {
					sums, twice, err := totals(r)
					if sums["c"] != 7 || len(twice) > 0 || err != nil {
						t.Errorf("%v, twice %q, error %v", sums, twice, err)
						return
					}
				}
			})
		}
		if err := errors.Join(r.Attach(store), store.Close()); err != nil {
			t.Error(err)
		}
		done.Store(true)
		scrapes.Wait()
	}
}
