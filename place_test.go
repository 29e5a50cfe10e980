package polymeter

import (
	"maps"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/metric"
)

// attached returns a registry whose new series live in the store.
func attached(store cell.Backend) *Registry {
	r := NewRegistry(nil)
	r.link.Store(&storeLink{backend: store})
	return r
}

// startOf returns the start of the only series that a view shows.
func startOf(t *testing.T, v declared) (start metric.Timestamp) {
	t.Helper()
	_ = v.view().Each(func(s *metric.Sample) error {
		start = s.Start
		return nil
	})
	return start
}

func TestStartMovesAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(nil)
		c, _ := r.NewCounterVec(CounterOpts{Name: "c"})
		h, _ := r.NewHistogramVec(HistogramOpts{Name: "h"})
		s, _ := r.NewSummaryVec(SummaryOpts{Name: "s"})
		c.With()
		h.With()
		s.With()
		begun := time.Now()
		time.Sleep(time.Minute)
		store := celltest.New(celltest.Native())
		for _, v := range []interface {
			declared
			openAll(cell.Backend)
		}{c, h, s} {
			name := v.shared().spec.Name
			check := func() {
				t.Helper()
				if got := startOf(t, v); got != metric.TimestampOf(begun) {
					t.Errorf("%s began at %v, want %v", name, got, begun)
				}
			}
			v.openAll(store)
			if got := int64(store.Find(name).Place.Start.Load()); got != begun.UnixNano() {
				t.Errorf("%s began at %v in the store, want %v", name, got, begun.UnixNano())
			}
			check()
			v.detach(false)
			check()
		}
		// Another registry that counts in the same place later, and one earlier.
		later, _ := NewRegistry(nil).NewCounterVec(CounterOpts{Name: "c"})
		later.With()
		later.openAll(store)
		if got := startOf(t, later); got != metric.TimestampOf(begun) {
			t.Errorf("the counter that came second began at %v, want %v", got, begun)
		}
		earlier, _ := NewRegistry(nil).NewCounterVec(CounterOpts{Name: "c"})
		earlier.With().begun.Store(1000)
		earlier.openAll(store)
		if got := store.Find("c").Place.Start.Load(); got != 1000 {
			t.Errorf("the place began at %d, want 1000", got)
		}
	})
}

func TestResetInAStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := celltest.New(celltest.Native())
		r := attached(store)
		v, _ := r.NewCounterVec(CounterOpts{Name: "c"})
		c := v.With()
		c.Add(1.5)
		c.AddWithExemplar(2, metric.MustLabels("id", "a"))
		time.Sleep(time.Minute)
		c.Reset()
		series := onlySeries(t, store)
		if series.Count(0) != 0 || series.Float(1) != 0 || len(series.Exemplars()) != 0 {
			t.Errorf("the store has %v and %v", series.Count(0), series.Float(1))
		}
		start := time.Now().UnixNano()
		if got := int64(series.Place.Start.Load()); got != start || series.Resets() != 1 {
			t.Errorf("the series starts at %d after %d resets, want %d after 1", got, series.Resets(), start)
		}
		v.detach(false)
		c.Reset()
		if series.Resets() != 1 {
			t.Error("a counter in the heap reset what is in the store")
		}
	})
}

// TestRecentGaugesInNanoseconds keeps the time of a gauge as the store's format
// has it, and brings it back.
func TestRecentGaugesInNanoseconds(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]celltest.Format{"native": celltest.Native(), "floats": celltest.Floats()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := celltest.New(format)
				v, _ := NewRegistry(nil).NewGaugeVec(GaugeOpts{Name: "g", Mode: metric.GaugeMostRecent})
				g := v.With()
				v.openAll(store)
				series := onlySeries(t, store)
				if got := series.Place.Words[1].Load(); got != 0 {
					t.Errorf("a gauge that was never set has the time %d", got)
				}
				check := func() {
					t.Helper()
					want := float64(time.Now().Unix())
					got := series.Float(1)
					if format.Nanoseconds {
						got, want = float64(series.Place.Words[1].Load()), float64(time.Now().UnixNano())
					}
					if got != want {
						t.Errorf("the gauge was set at %v, want %v", got, want)
					}
				}
				g.Set(1)
				check()
				time.Sleep(time.Minute)
				v.detach(false)
				g.Add(1)
				v.openAll(store)
				check()
				v.detach(false)
				var times []metric.Timestamp
				f := &vecFamily[Gauge]{vec: v, series: v.table.snapshot(), merges: true}
				_ = f.Each(func(s *metric.Sample) error {
					times = append(times, s.Timestamp)
					return nil
				})
				if want := []metric.Timestamp{metric.TimestampOf(time.Now())}; !slices.Equal(times, want) {
					t.Errorf("the gauge was set at %v, want %v", times, want)
				}
			})
		})
	}
}

// TestExemplarsInAStore writes those that are there when the store comes, and
// every one that follows.
func TestExemplarsInAStore(t *testing.T) {
	t.Parallel()
	label := func(id int) metric.Labels { return metric.MustLabels("id", strconv.Itoa(id)) }
	store := celltest.New(celltest.Native())
	r := NewRegistry(nil)
	c, _ := r.NewCounterVec(CounterOpts{Name: "c"})
	h, _ := r.NewHistogramVec(HistogramOpts{Name: "h", Buckets: []float64{1, 2}})
	n, _ := r.NewHistogramVec(HistogramOpts{Name: "n", Native: &NativeOpts{}})
	check := func(name string, want map[int]int) {
		t.Helper()
		ids := map[int]string{}
		for slot, e := range store.Find(name).Exemplars() {
			ids[slot] = e.Labels.Get("id")
		}
		wantIDs := map[int]string{}
		for slot, id := range want {
			wantIDs[slot] = strconv.Itoa(id)
		}
		if !maps.Equal(ids, wantIDs) {
			t.Errorf("%s has the exemplars %v, want %v", name, ids, wantIDs)
		}
	}
	c.With().AddWithExemplar(1, label(1))
	h.With().ObserveWithExemplar(1.5, label(2))
	for i := range nativeExemplars + 2 {
		n.With().ObserveWithExemplar(1, label(i))
	}
	c.openAll(store)
	h.openAll(store)
	n.openAll(store)
	check("c", map[int]int{0: 1})
	check("h", map[int]int{1: 2})
	ring := map[int]int{0: 10, 1: 11, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9}
	check("n", ring)
	c.With().AddWithExemplar(1, label(3))
	h.With().ObserveWithExemplar(5, label(4))
	n.With().ObserveWithExemplar(1, label(99))
	check("c", map[int]int{0: 3})
	check("h", map[int]int{1: 2, 2: 4})
	ring[2] = 99
	check("n", ring)
	store.Limit(0)
	c.With().AddWithExemplar(1, label(5))
	check("c", map[int]int{0: 3}) // there is no room
	store.Unlimit()
	for _, v := range []declared{c, h, n} {
		v.detach(false)
	}
	h.With().ObserveWithExemplar(5, label(6))
	check("h", map[int]int{1: 2, 2: 4})
	count := 0
	_ = c.view().Each(func(s *metric.Sample) error {
		count += len(s.Exemplars)
		return nil
	})
	if count != 1 {
		t.Errorf("the counter shows %d exemplars in the heap, want 1", count)
	}
}

// lateAnnex is one for which a newer exemplar comes while it takes another.
type lateAnnex struct {
	cell.Annex
	slot  *atomic.Pointer[metric.Exemplar]
	newer *metric.Exemplar
}

func (a *lateAnnex) Exemplar(number int, e *metric.Exemplar) error {
	a.slot.Store(a.newer)
	return a.Annex.Exemplar(number, e)
}

func TestNewestExemplarIsShared(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	r := attached(store)
	Must(r.NewCounter(CounterOpts{Name: "c"}))
	var slot atomic.Pointer[metric.Exemplar]
	slot.Store(&metric.Exemplar{Value: 1})
	series := onlySeries(t, store)
	var annex cell.Annex = &lateAnnex{series.Place.Annex, &slot, &metric.Exemplar{Value: 2}}
	var pointer atomic.Pointer[cell.Annex]
	pointer.Store(&annex)
	shareExemplar(&pointer, &slot, 0)
	if got := series.Exemplars()[0].Value; got != 2 {
		t.Errorf("the store has the exemplar of %v, want that of 2", got)
	}
}

// TestLeavingTheStore lets series go in every way there is.
func TestLeavingTheStore(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*Registry, *CounterVec){
		"Delete":         func(_ *Registry, v *CounterVec) { v.Delete("a") },
		"DeleteMatching": func(_ *Registry, v *CounterVec) { v.DeleteMatching(map[string]string{"l": "a"}) },
		"Clear":          func(_ *Registry, v *CounterVec) { v.Clear() },
		"Unregister":     func(r *Registry, v *CounterVec) { r.Unregister(v) },
		"expiry": func(_ *Registry, v *CounterVec) {
			for i := range 3 {
				v.sweep(time.Now().Add(time.Duration(i+1) * time.Hour))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := celltest.New(celltest.Native())
			r := attached(store)
			v, err := r.NewCounterVec(CounterOpts{Name: "c", Labels: []string{"l"}, Series: SeriesOpts{IdleAfter: time.Minute}})
			if err != nil {
				t.Fatal(err)
			}
			held := v.With("a")
			held.Inc()
			leave(r, v)
			held.Inc()
			series := onlySeries(t, store)
			if !series.Removed() || series.Count(0) != 1 {
				t.Errorf("removed: %t, with %v", series.Removed(), series.Count(0))
			}
			if v.With("a").Inc(); v.released {
				return
			}
			if again := store.Find("c", "a"); again == nil || again.Count(0) != 1 {
				t.Error("the series that was made anew does not count from zero")
			}
		})
	}
}

// TestSpecs says of every kind what another process needs to know.
func TestSpecs(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	r := attached(store)
	Must(r.NewHistogram(HistogramOpts{Name: "h", Buckets: []float64{1}, Native: &NativeOpts{ZeroThreshold: 0.5}}))
	Must(r.NewStateSet(StateSetOpts{Name: "s", States: []string{"off", "on"}}))
	Must(r.NewSummary(SummaryOpts{Name: "q", Quantiles: []float64{0.5}})).Observe(3)
	if got := store.Find("h").Spec; got.ZeroThreshold != 0.5 || !got.Native || len(got.Bounds) != 2 {
		t.Errorf("the histogram is %+v", got)
	}
	if diff := cmp.Diff([]string{"off", "on"}, store.Find("s").Spec.States); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if q := store.Find("q"); !q.Spec.Quantiles || q.Count(0) != 1 || q.Float(1) != 3 {
		t.Errorf("the summary has count %v and sum %v, want 1 and 3", q.Count(0), q.Float(1))
	}
}
