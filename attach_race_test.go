package polymeter_test

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// totals sums up what is on a page, by family, and says which were there twice.
func totals(c metric.Collector) (sums map[string]float64, twice []string, err error) {
	sums = map[string]float64{}
	err = c.Collect(context.Background(), func(f metric.Family) error {
		name := f.Desc().Name
		if _, found := sums[name]; found {
			twice = append(twice, name)
		}
		sums[name] += 0
		return f.Each(func(s *metric.Sample) error {
			sums[name] += s.Value
			if s.Histogram != nil {
				sums[name] += s.Histogram.Count
			}
			if s.Summary != nil {
				sums[name] += s.Summary.Count
			}
			return nil
		})
	})
	return sums, twice, err
}

// TestScrapeWhileMoving scrapes while nothing is counted but a store is attached
// and closed: every page must show every value, once.
func TestScrapeWhileMoving(t *testing.T) {
	t.Parallel()
	const series, rounds = 200, 25
	for range rounds {
		store := openStore(t, t.TempDir(), "one")
		r := polymeter.NewRegistry(nil)
		c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"l"}}))
		g := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "g", Labels: []string{"l"}, Mode: metric.GaugeSum}))
		h := polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{Name: "h", Labels: []string{"l"}, Buckets: []float64{1}}))
		s := polymeter.Must(r.NewSummaryVec(polymeter.SummaryOpts{Name: "s", Labels: []string{"l"}}))
		i := polymeter.Must(r.NewInfo(polymeter.InfoOpts{Name: "i"}))
		i.Set(map[string]string{"a": "b"})
		for n := range series {
			l := strconv.Itoa(n)
			c.With(l).Add(1.5)
			c.With(l).Add(.5)
			g.With(l).Set(2)
			h.With(l).ObserveN(1, 2)
			s.With(l).Observe(1)
			s.With(l).Observe(1)
		}
		var done atomic.Bool
		var scrapes sync.WaitGroup
		for range 2 {
			scrapes.Go(func() {
				for !done.Load() {
					sums, twice, err := totals(r)
					if err != nil || len(twice) > 0 {
						t.Errorf("twice: %q, error %v", twice, err)
					}
					for name, want := range map[string]float64{"c": 2 * series, "g": 2 * series, "h": 2 * series, "s": 2 * series, "i": 1} {
						if sums[name] != want {
							t.Errorf("%s = %v, want %v", name, sums[name], want)
						}
					}
					if t.Failed() {
						return
					}
				}
			})
		}
		runtime.Gosched()
		if err := r.Attach(store); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		done.Store(true)
		scrapes.Wait()
		if t.Failed() {
			return
		}
	}
}

// TestAttachingWhatIsOver refuses what would count twice or nowhere.
func TestAttachingWhatIsOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openStore(t, dir, "one")
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"})).Inc()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	other := polymeter.NewRegistry(nil)
	if other.Attach(store) == nil {
		t.Error("a closed store was attached")
	}
	if r.Attach(openStore(t, dir, "one")) == nil {
		t.Error("what is in a directory was put there again")
	}
	wantSampleValue(t, r, "c_total", 1)
	if err := other.Attach(openStore(t, dir, "one")); err != nil {
		t.Errorf("a registry whose first store was closed cannot have another: %v", err)
	}
}

// TestRegistriesShareAStore counts the same series in two registries.
func TestRegistriesShareAStore(t *testing.T) {
	t.Parallel()
	o := &polymeter.RegistryOptions{Store: openStore(t, t.TempDir(), "one")}
	first, second := polymeter.NewRegistry(o), polymeter.NewRegistry(o)
	for i, r := range []*polymeter.Registry{first, second} {
		polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "both"})).Inc()
		polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "own" + strconv.Itoa(i)})).Inc()
	}
	wantLines(t, first, "both_total 2", "own0_total 1", "own1_total 1")
	wantLines(t, second, "both_total 2", "own0_total 1", "own1_total 1")
}

// countingHandler counts log lines by their level, as programs do.
type countingHandler struct {
	slog.Handler
	lines *polymeter.CounterVec
}

func (h countingHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h countingHandler) Handle(_ context.Context, r slog.Record) error {
	h.lines.With(r.Level.String()).Inc()
	return nil
}

// TestLoggerThatCounts has the logger of a store that fails come back for the
// very vector whose series could not be opened.
func TestLoggerThatCounts(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	logged := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "log_lines", Labels: []string{"level"}}))
	dir := t.TempDir()
	store, err := multiprocess.Open(dir, &multiprocess.Options{Logger: slog.New(countingHandler{lines: logged})})
	if err != nil {
		t.Skip(err)
	}
	defer store.Close()
	if err := r.Attach(store); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	logged.With("INFO").Inc()
	for {
		if value, found := r.SampleValue("log_lines_total", map[string]string{"level": "ERROR"}); found && value == 1 {
			break
		}
		runtime.Gosched()
	}
}

// TestEverythingAtOnceWithAStore attaches, declares, makes, deletes, scrapes,
// unregisters and closes, all at the same time.
func TestEverythingAtOnceWithAStore(t *testing.T) {
	t.Parallel()
	const workers, rounds = 3, 1500
	r := polymeter.NewRegistry(nil)
	stable := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "stable", Labels: []string{"l"}}))
	volatile := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "volatile", Labels: []string{"l"}}))
	store := openStore(t, t.TempDir(), "one")
	var counting, others sync.WaitGroup
	for w := range workers {
		counting.Go(func() {
			for i := range rounds {
				l := strconv.Itoa(i % 100)
				stable.With(l).Inc()
				volatile.With(l).Set(float64(i))
				if i%50 == w {
					volatile.Delete(l)
				}
				if w == 0 && i == rounds/3 {
					if err := r.Attach(store); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	var done atomic.Bool
	others.Go(func() {
		for last := 0.0; !done.Load(); {
			sums, twice, err := totals(r)
			if err != nil || len(twice) > 0 || sums["stable"] < last || sums["stable"] > workers*rounds {
				t.Errorf("%v after %v, twice: %q, error %v", sums["stable"], last, twice, err)
				return
			}
			last = sums["stable"]
		}
	})
	others.Go(func() {
		for i := 0; !done.Load(); i++ {
			name := "passing" + strings.Repeat("x", i%3)
			h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: name}))
			h.Observe(1)
			if !r.Unregister(h) {
				t.Error("not unregistered")
			}
		}
	})
	counting.Wait()
	var closing sync.WaitGroup
	for range 2 {
		closing.Go(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closing.Wait()
	done.Store(true)
	others.Wait()
	if sums, _, _ := totals(r); sums["stable"] != workers*rounds {
		t.Errorf("counted %v, want %v", sums["stable"], workers*rounds)
	}
}
