package polymeter_test

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func openStore(t *testing.T, dir, identifier string) *multiprocess.Store {
	t.Helper()
	s, err := multiprocess.Open(dir, &multiprocess.Options{
		Identifier: func() string { return identifier }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Skip(err) // this platform has no shared files
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestAttachWhileCounting attaches a store while series are counted, made and
// scraped: no total is ever lost or goes down.
func TestAttachWhileCounting(t *testing.T) {
	t.Parallel()
	const workers, rounds = 4, 3000
	r := polymeter.NewRegistry(nil)
	c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"l"}}))
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1}}))
	g := polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g", Mode: metric.GaugeSum}))
	var wg sync.WaitGroup
	halfway := make(chan struct{})
	for w := range workers {
		wg.Go(func() {
			for i := range rounds {
				if w == 0 && i == rounds/2 {
					close(halfway)
				}
				c.With(string(rune('a' + i%20))).Inc()
				h.Observe(2)
				g.Inc()
			}
		})
	}
	<-halfway
	if err := r.Attach(openStore(t, t.TempDir(), "one")); err != nil {
		t.Fatal(err)
	}
	last := 0.0
	for range 20 {
		now, _ := r.SampleValue("h_count", nil)
		if now < last {
			t.Errorf("the count went down from %v to %v", last, now)
		}
		last = now
	}
	wg.Wait()
	const want = workers * rounds
	wantSampleValue(t, r, "h_count", want)
	wantSampleValue(t, r, "h_sum", 2*want)
	wantSampleValue(t, r, "g", want)
	total := 0.0
	for _, s := range gather(t, r) {
		if s.Name == "c_total" {
			total += s.Value
		}
	}
	if total != want {
		t.Errorf("c_total = %v, want %v", total, want)
	}
}

func wantSampleValue(t *testing.T, r *polymeter.Registry, name string, want float64) {
	t.Helper()
	if got, found := r.SampleValue(name, nil); !found || got != want {
		t.Errorf("%s = %v, %t, want %v", name, got, found, want)
	}
}

// TestProcessesShareAPage has two registries stand for two processes.
func TestProcessesShareAPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var registries []*polymeter.Registry
	for _, identifier := range []string{"one", "two"} {
		r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, identifier)})
		polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Add(2)
		polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "size", Mode: metric.GaugeMax})).Set(float64(len(registries)))
		r.MustRegister(gauges(gauge("own", float64(len(registries)))))
		registries = append(registries, r)
	}
	for i, r := range registries {
		got := lines(t, r)
		for _, want := range []string{"jobs_total 4", "size 1", "own " + string(rune('0'+i))} {
			if !slices.Contains(got, want) {
				t.Errorf("registry %d shows %q, not %q", i, got, want)
			}
		}
	}
	same := polymeter.Must(multiprocess.NewCollector(dir, nil))
	if registries[0].Register(same) == nil {
		t.Error("the directory is shown twice")
	}
	other := polymeter.NewRegistry(nil)
	other.MustRegister(same)
	if other.Attach(openStore(t, dir, "three")) == nil {
		t.Error("a directory that is collected already was attached")
	}
	if registries[0].Attach(openStore(t, t.TempDir(), "four")) == nil {
		t.Error("a second store was attached")
	}
}

// TestClosedStore goes back to the heap and goes on.
func TestClosedStore(t *testing.T) {
	t.Parallel()
	store := openStore(t, t.TempDir(), "one")
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	c := polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"}))
	c.Add(2)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	c.Inc()
	wantLines(t, r, "c_total 3")
	if err := r.Attach(openStore(t, t.TempDir(), "two")); err != nil {
		t.Errorf("another store cannot be attached: %v", err)
	}
	c.Inc()
	wantSampleValue(t, r, "c_total", 4)
}

// TestUnregisteringLeavesThePage takes a gauge and its later updates away from
// what other processes show.
func TestUnregisteringLeavesThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, "one")})
	v := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: []string{"l"}, Mode: metric.GaugeSum}))
	kept := v.With("a")
	kept.Set(3)
	page := polymeter.Must(multiprocess.NewCollector(dir, nil))
	wantLines(t, page, `g{l="a"} 3`)
	if !r.Unregister(v) {
		t.Fatal("not registered")
	}
	kept.Set(4)
	v.With("b").Set(5)
	wantLines(t, page)
	again := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: []string{"l"}, Mode: metric.GaugeSum}))
	again.With("a").Set(6)
	wantLines(t, page, `g{l="a"} 6`)
}

// TestDeletingWithAStore starts a gauge again from zero.
func TestDeletingWithAStore(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one")})
	v := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: []string{"l"}, Mode: metric.GaugeSum}))
	held := v.With("a")
	held.Set(3)
	v.Delete("a")
	held.Set(9)
	v.With("a").Inc()
	held.Set(9)
	wantLines(t, r, `g{l="a"} 1`)
}

// TestMergeOptions has a registry show a gauge in another mode than the files say.
func TestMergeOptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opts := polymeter.GaugeOpts{Name: "g"}
	other := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, "one")})
	polymeter.Must(other.NewGauge(opts)).Set(2)
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{
		Store: openStore(t, dir, "two"),
		Merge: &multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"g": metric.GaugeSum}},
	})
	polymeter.Must(r.NewGauge(opts)).Set(3)
	wantLines(t, r, "g 5")
	wantLines(t, other, `g{pid="one"} 2`, `g{pid="two"} 3`)
}

// TestStoreThatCannotBeAttached leaves everything in the heap, and says so.
func TestStoreThatCannotBeAttached(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{
		Store: openStore(t, dir, "one"),
		Merge: &multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"g": 99}},
	})
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs"})).Inc()
	wantLines(t, r, "jobs_total 1")
	wantLines(t, polymeter.Must(multiprocess.NewCollector(dir, nil)))
	if got := selfMetric(t, r, "polymeter_store_open_errors_total"); got != "1" {
		t.Errorf("polymeter_store_open_errors_total is %s", got)
	}
}

// TestMostRecentWithoutRoom shows a gauge that is in the heap for want of room,
// as if it were in a file: only once it was set.
func TestMostRecentWithoutRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, "one")})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	v := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: []string{"l"}, Mode: metric.GaugeMostRecent}))
	v.With("zero").Set(0)
	v.With("two").Set(2)
	v.With("unset")
	wantLines(t, r, `g{l="two"} 2`, `g{l="zero"} 0`)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, `g{l="two"} 2`, `g{l="zero"} 0`)
	wantLines(t, polymeter.Must(multiprocess.NewCollector(dir, nil)), `g{l="two"} 2`, `g{l="zero"} 0`)
}
