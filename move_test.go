package polymeter

import (
	"math"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/metric"
)

// onlySeries returns the only series that is in the store.
func onlySeries(t *testing.T, store *celltest.Store) *celltest.Series {
	t.Helper()
	all := store.All()
	if len(all) != 1 {
		t.Fatalf("%d series are in the store, want 1", len(all))
	}
	return all[0]
}

// formats are the ways in which stores keep numbers.
var formats = map[string]celltest.Format{
	"native": celltest.Native(), "float": celltest.Floats(), "whole": {Whole: true},
}

const (
	movers = 2
	rounds = 2000 // since what could go wrong takes nanoseconds
)

// whileMoving runs update again and again in several goroutines, in the midst
// of it moves the family to the store, and returns how many updates there were.
func whileMoving(family declared, store cell.Backend, update func()) float64 {
	return during(func() { family.(interface{ openAll(cell.Backend) }).openAll(store) }, update)
}

func during(move, update func()) float64 {
	var wg sync.WaitGroup
	var moved atomic.Bool
	var underway, total atomic.Int64
	for range movers {
		wg.Go(func() {
			underway.Add(1)
			for n := int64(1); ; n++ {
				last := moved.Load()
				update()
				if n%32 == 0 {
					runtime.Gosched() // else the mover waits for a processor
				}
				if last {
					total.Add(n)
					return
				}
			}
		})
	}
	for underway.Load() < movers {
		runtime.Gosched()
	}
	move()
	moved.Store(true)
	wg.Wait()
	return float64(total.Load())
}

// repeatedly runs a test many times, until it fails.
func repeatedly(t *testing.T, test func(t *testing.T)) {
	for range rounds {
		if test(t); t.Failed() {
			return
		}
	}
}

func TestMovingLosesNoUpdateOfCounters(t *testing.T) {
	for name, format := range formats {
		for _, step := range []float64{1, 3, 0.5} {
			t.Run(name+" "+strconv.FormatFloat(step, 'g', -1, 64), func(t *testing.T) {
				repeatedly(t, func(t *testing.T) {
					store := celltest.New(format)
					v, err := NewRegistry(nil).NewCounterVec(CounterOpts{Name: "jobs"})
					if err != nil {
						t.Fatal(err)
					}
					c := v.With()
					n := whileMoving(v, store, func() {
						c.Inc()
						c.Add(step)
					})
					want := n * (1 + step)
					if got := c.Value(); got != want {
						t.Errorf("value = %v, want %v", got, want)
					}
					total, series := 0.0, onlySeries(t, store)
					if total = series.Count(0); format.Whole {
						total += series.Float(1)
					}
					if total != want {
						t.Errorf("the store has %v, want %v", total, want)
					}
				})
			})
		}
	}
}

func TestMovingLosesNoUpdateOfGauges(t *testing.T) {
	for name, mode := range map[string]metric.GaugeMode{"all": metric.GaugeAll, "mostrecent": metric.GaugeMostRecent} {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				store := celltest.New(celltest.Native())
				v, err := NewRegistry(nil).NewGaugeVec(GaugeOpts{Name: "depth", Mode: mode})
				if err != nil {
					t.Fatal(err)
				}
				g := v.With()
				n := whileMoving(v, store, func() {
					g.Add(3)
					g.Dec()
				})
				series := onlySeries(t, store)
				if got, want := series.Float(0), 2*n; got != want {
					t.Errorf("the store has %v, want %v", got, want)
				}
				stamped := series.Place.Words[1].Load() != 0
				if stamped != (mode == metric.GaugeMostRecent) {
					t.Errorf("stamped = %t in mode %v", stamped, mode)
				}
			})
		})
	}
}

func TestMovingLosesNoUpdateOfHistograms(t *testing.T) {
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				store := celltest.New(format)
				v, err := NewRegistry(nil).NewHistogramVec(HistogramOpts{Name: "size", Buckets: []float64{1, 2}})
				if err != nil {
					t.Fatal(err)
				}
				h := v.With()
				n := whileMoving(v, store, func() {
					h.Observe(1)
					h.ObserveN(2, 3)
					h.Observe(5)
				})
				series := onlySeries(t, store)
				for i, want := range []float64{n, 3 * n, n} {
					if got := series.Count(i); got != want {
						t.Errorf("bucket %d has %v, want %v", i, got, want)
					}
				}
				if got, want := series.Float(3), 12*n; got != want {
					t.Errorf("sum = %v, want %v", got, want)
				}
			})
		})
	}
}

func TestMovingLosesNoUpdateOfSummaries(t *testing.T) {
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				store := celltest.New(format)
				v, err := NewRegistry(nil).NewSummaryVec(SummaryOpts{Name: "size"})
				if err != nil {
					t.Fatal(err)
				}
				s := v.With()
				n := whileMoving(v, store, func() { s.Observe(2) })
				series := onlySeries(t, store)
				if count, sum := series.Count(0), series.Float(1); count != n || sum != 2*n {
					t.Errorf("count, sum = %v, %v, want %v, %v", count, sum, n, 2*n)
				}
			})
		})
	}
}

// TestMovingBack closes the store: values come back to the heap and count on.
func TestMovingBack(t *testing.T) {
	t.Parallel()
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := celltest.New(format)
			r := NewRegistry(nil)
			c, _ := r.NewCounterVec(CounterOpts{Name: "jobs"})
			g, _ := r.NewGaugeVec(GaugeOpts{Name: "depth"})
			h, _ := r.NewHistogramVec(HistogramOpts{Name: "size", Buckets: []float64{1}, Native: &NativeOpts{}})
			s, _ := r.NewSummaryVec(SummaryOpts{Name: "wait"})
			update := func() {
				c.With().Add(1.5)
				g.With().Add(2)
				h.With().Observe(3)
				s.With().Observe(4)
			}
			update()
			for _, v := range []interface{ openAll(cell.Backend) }{c, g, h, s} {
				v.openAll(store)
			}
			update()
			if n := len(store.All()); n != 4 {
				t.Fatalf("%d series are in the store, want 4", n)
			}
			for _, v := range []declared{c, g, h, s} {
				if _, any := v.viewHeap(); any {
					t.Errorf("%s is shown as in the heap", v.shared().spec.Name)
				}
				v.detach(false)
			}
			update()
			for _, series := range store.All() {
				for _, word := range series.Place.Words {
					word.Store(math.Float64bits(1e6)) // must have no effect any more
				}
				if series.Removed() {
					t.Errorf("%s was removed from the closed store", series.Spec.Name)
				}
			}
			wantSamples(t, r, map[string]float64{
				"jobs_total": 4.5, "depth": 6, "size_count": 3, "size_sum": 9, "wait_count": 3, "wait_sum": 12,
			})
		})
	}
}

func wantSamples(t *testing.T, r *Registry, want map[string]float64) {
	t.Helper()
	for name, value := range want {
		if got, found := r.SampleValue(name, nil); !found || got != value {
			t.Errorf("%s = %v, %t, want %v", name, got, found, value)
		}
	}
}

// TestMovingToDamage gives instruments places whose words look retired, which
// must not make updates wait for a move that never comes.
func TestMovingToDamage(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	r := NewRegistry(nil)
	c, _ := r.NewCounterVec(CounterOpts{Name: "jobs"})
	g, _ := r.NewGaugeVec(GaugeOpts{Name: "depth", Mode: metric.GaugeMostRecent})
	h, _ := r.NewHistogramVec(HistogramOpts{Name: "size"})
	s, _ := r.NewSummaryVec(SummaryOpts{Name: "wait"})
	c.With()
	g.With()
	h.With()
	s.With()
	vectors := []interface{ openAll(cell.Backend) }{c, g, h, s}
	for _, v := range vectors {
		v.openAll(store)
	}
	retired := new(atomic.Uint64)
	for _, series := range store.All() {
		for i, word := range series.Place.Words {
			cell.WholeAt(retired).Retire()
			if i == len(series.Place.Words)-1 || series.Place.Stamped && i == 0 {
				cell.FloatAt(retired).Retire()
			}
			word.Store(retired.Load())
		}
	}
	for _, v := range []declared{c, g, h, s} {
		v.detach(false)
	}
	for _, v := range vectors {
		v.openAll(store)
	}
	c.With().Add(0.5)
	c.With().Inc()
	g.With().Add(1)
	h.With().Observe(1)
	s.With().Observe(1)
}

func TestUnregisteringLeavesTheStore(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Floats())
	r := NewRegistry(nil)
	g, _ := r.NewGaugeVec(GaugeOpts{Name: "depth", Labels: []string{"queue"}})
	kept := g.With("a")
	kept.Set(3)
	g.openAll(store)
	g.With("b")
	g.openAll(store)
	if !g.Delete("b") {
		t.Fatal("b is not there")
	}
	g.openAll(store)
	if n := len(store.All()); n != 2 {
		t.Errorf("a deleted series went to the store: %d series", n)
	}
	if !r.Unregister(g) {
		t.Fatal("the vector is not registered")
	}
	kept.Inc()
	if got := kept.Value(); got != 4 {
		t.Errorf("value = %v, want 4", got)
	}
	if got := store.Find("depth", "a").Float(0); got != 3 {
		t.Errorf("the store has %v, want 3, as when it was left", got)
	}
	if g.openAll(store); g.table.kept != 1 {
		t.Errorf("%d series are in the heap, want 1, for good", g.table.kept)
	}
}

func TestResettingWhileMoving(t *testing.T) {
	for name, format := range formats {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				v, err := NewRegistry(nil).NewCounterVec(CounterOpts{Name: "jobs"})
				if err != nil {
					t.Fatal(err)
				}
				c := v.With()
				c.Add(3)
				c.Add(0.5)
				var moving sync.WaitGroup
				moving.Go(func() { v.openAll(celltest.New(format)) })
				runtime.Gosched()
				c.Reset()
				moving.Wait()
				if got := c.Value(); got != 0 {
					t.Errorf("value = %v after Reset", got)
				}
			})
		})
	}
}

// TestReadingWhileMoving reads what nobody updates: it must never be seen
// halfway.
func TestReadingWhileMoving(t *testing.T) {
	repeatedly(t, func(t *testing.T) {
		r := NewRegistry(nil)
		c, _ := r.NewCounterVec(CounterOpts{Name: "jobs"})
		g, _ := r.NewGaugeVec(GaugeOpts{Name: "depth"})
		h, _ := r.NewHistogramVec(HistogramOpts{Name: "size", Buckets: []float64{1}})
		s, _ := r.NewSummaryVec(SummaryOpts{Name: "wait"})
		c.With().Add(2)
		g.With().Add(2)
		h.With().Observe(2)
		s.With().Observe(2)
		store := celltest.New(celltest.Floats())
		var moving sync.WaitGroup
		moving.Go(func() {
			for _, v := range []interface {
				declared
				openAll(cell.Backend)
			}{c, g, h, s} {
				v.openAll(store)
				v.detach(false)
			}
		})
		runtime.Gosched()
		for range 5 {
			if v := c.With().Value(); v != 2 {
				t.Errorf("counter = %v", v)
			}
			if v := g.With().Value(); v != 2 {
				t.Errorf("gauge = %v", v)
			}
			wantSamples(t, r, map[string]float64{"size_count": 1, "size_sum": 2, "wait_count": 1, "wait_sum": 2})
		}
		moving.Wait()
	})
}

// TestFullStoreIsAskedOnce has many series wait for room: that there is still
// none must not be found out for each of them at each scrape.
func TestFullStoreIsAskedOnce(t *testing.T) {
	t.Parallel()
	v, err := NewRegistry(nil).NewCounterVec(CounterOpts{Name: "jobs", Labels: []string{"l"}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		v.With(strconv.Itoa(i)).Inc()
	}
	store := celltest.New(celltest.Native())
	store.Limit(0)
	if v.openAll(store); store.Asked() != 1 {
		t.Errorf("the store was asked %d times, want 1", store.Asked())
	}
	store.Unlimit()
	if v.openAll(store); v.table.kept != 0 {
		t.Errorf("%d series are not in the store that has room", v.table.kept)
	}
}
