package polymeter

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/metric"
)

// spread are observations that fill ever new buckets, on both sides.
func spread(n int) []float64 {
	values := []float64{0, math.NaN()}
	for i := range n {
		values = append(values, math.Exp2(float64(i)/20), -math.Exp2(float64(i)/7))
	}
	return values
}

func newNative(t *testing.T, o HistogramOpts) (*HistogramVec, *Histogram) {
	t.Helper()
	o.Name = "size"
	v, err := NewRegistry(nil).NewHistogramVec(o)
	if err != nil {
		t.Fatal(err)
	}
	return v, v.With()
}

// shown returns the histogram that a view has, or an empty one.
func shown(t *testing.T, f metric.Family) metric.Histogram {
	t.Helper()
	var got metric.Histogram
	err := f.Each(func(s *metric.Sample) error {
		got = *s.Histogram.Clone()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

// inHeap returns the native buckets that a page shows besides those in the store.
func inHeap(t *testing.T, v declared) *metric.NativeHistogram {
	t.Helper()
	f, any := v.viewHeap()
	if !any {
		return nil
	}
	return shown(t, f).Native
}

// wantNative compares native buckets with those of the same observations in a
// histogram that never moved, at the resolution of the former.
func wantNative(t *testing.T, got *metric.NativeHistogram, values []float64, times float64) {
	t.Helper()
	_, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: metric.MaxBuckets}})
	for _, v := range values {
		h.ObserveN(v, uint64(times))
	}
	want := shown(t, h.family.registry.entries[0].declared.view()).Native
	if err := want.ReduceTo(got.Schema); err != nil {
		t.Fatal(err)
	}
	want.Sum, got.Sum = 0, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("native buckets (-want +got):\n%s", diff)
	}
}

// TestNativeBucketsLiveInTheStore moves them there and back, with resolutions
// halved before, meanwhile and after.
func TestNativeBucketsLiveInTheStore(t *testing.T) {
	t.Parallel()
	for name, buckets := range map[string][]float64{"with classic ones": {1, 2}, "alone": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := celltest.New(celltest.Native())
			v, h := newNative(t, HistogramOpts{Buckets: buckets, Native: &NativeOpts{MaxBuckets: 20}})
			observe := func() {
				for _, x := range spread(100) {
					h.Observe(x)
				}
			}
			h.Observe(1)
			v.openAll(store)
			observe()
			series := onlySeries(t, store)
			if schemas := series.Schemas(); schemas[0] == schemas[len(schemas)-1] {
				t.Errorf("all chunks are of schema %d: nothing was halved", schemas[0])
			}
			all := append(spread(100), 1)
			got := series.Native()
			if n := len(got.PositiveCounts) + len(got.NegativeCounts); n > 20 {
				t.Errorf("%d buckets are filled, more than 20", n)
			}
			wantNative(t, got, all, 1)
			wantNative(t, shown(t, v.view()).Native, all, 1)
			if extra := inHeap(t, v); extra != nil {
				t.Errorf("%v observations are in the heap", extra.Count)
			}
			if series.Retired() {
				t.Error("a word in the store is retired")
			}
			v.detach(false)
			for _, word := range series.Place.Words {
				word.Store(1 << 40) // must have no effect any more
			}
			wantNative(t, shown(t, v.view()).Native, all, 1)
			observe()
			again := celltest.New(celltest.Native())
			v.openAll(again)
			wantNative(t, onlySeries(t, again).Native(), append(all, spread(100)...), 1)
		})
	}
}

// TestHalvingLeavesTheStoreAlone has other processes read all the time: what is in
// a chunk stays there.
func TestHalvingLeavesTheStoreAlone(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	v, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: 4}})
	v.openAll(store)
	series := onlySeries(t, store)
	var done atomic.Bool
	var reader sync.WaitGroup
	reader.Go(func() {
		for last := 0.0; !done.Load(); {
			now := series.Native().Count
			if now < last {
				t.Errorf("the count went down from %v to %v", last, now)
				return
			}
			last = now
			runtime.Gosched()
		}
	})
	for _, x := range spread(300) {
		h.Observe(x)
	}
	done.Store(true)
	reader.Wait()
	wantNative(t, series.Native(), spread(300), 1)
}

// TestOldBucketsAreNotNew fills buckets of the lower resolution that what was
// counted before fills already: they do not come closer to the limit.
func TestOldBucketsAreNotNew(t *testing.T) {
	t.Parallel()
	schemas := map[bool]int32{}
	for _, stored := range []bool{false, true} {
		v, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: 20}})
		if stored {
			v.openAll(celltest.New(celltest.Native()))
		}
		for range 3 {
			for i := range 21 {
				h.Observe(metric.BucketBound(3, int32(i)))
			}
		}
		schemas[stored] = h.native.state.Load().schema
	}
	if schemas[false] != 2 || schemas[true] != 2 {
		t.Errorf("the schemas in the heap and in the store are %v, want 2", schemas)
	}
}

func TestMovingLosesNoNativeBucket(t *testing.T) {
	values := spread(6)
	for name, classic := range map[string][]float64{"with classic ones": {1, 2}, "alone": nil} {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				store := celltest.New(celltest.Native())
				v, h := newNative(t, HistogramOpts{Buckets: classic, Native: &NativeOpts{MaxBuckets: 3}})
				n := whileMoving(v, store, func() {
					for _, x := range values {
						h.Observe(x)
					}
				})
				series := onlySeries(t, store)
				wantNative(t, series.Native(), values, n)
				if series.Retired() {
					t.Error("a word in the store is retired")
				}
				v.detach(false)
				wantNative(t, shown(t, v.view()).Native, values, n)
			})
		})
	}
}

// TestNativeBucketsWithoutRoom fills the store: what does not fit is shown by its
// own process, and moves over later.
func TestNativeBucketsWithoutRoom(t *testing.T) {
	t.Parallel()
	for name, classic := range map[string][]float64{"with classic ones": {1, 2}, "alone": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := celltest.New(celltest.Native())
			v, h := newNative(t, HistogramOpts{Buckets: classic, Native: &NativeOpts{MaxBuckets: 20}})
			h.Observe(1)
			h.Observe(-1)
			store.Limit(2) // the series, and one of two chunks
			v.openAll(store)
			series := onlySeries(t, store)
			values := []float64{1, -1}
			for room := range 4 {
				for _, x := range spread(40 * room) {
					h.Observe(x)
				}
				values = append(values, spread(40*room)...)
				extra := inHeap(t, v)
				if extra == nil || !v.waits() {
					t.Fatal("nothing is in the heap")
				}
				page := series.Native()
				if err := page.Merge(extra); err != nil {
					t.Fatal(err)
				}
				wantNative(t, page, values, 1)
				f, _ := v.viewHeap()
				sample, want := shown(t, f), extra.Count
				if classic != nil {
					want = 0 // the classic buckets in the store have these
				}
				if sample.Count != want || len(sample.Buckets) > 0 || sample.Sum != 0 {
					t.Errorf("what strays adds %+v, not %v", sample, want)
				}
				store.Limit(1)
				v.openAll(store)
			}
			store.Unlimit()
			v.openAll(store)
			if extra := inHeap(t, v); extra != nil || v.waits() || v.strays.Load() != 0 {
				t.Errorf("%v are still in the heap", extra)
			}
			wantNative(t, series.Native(), values, 1)
		})
	}
}

// TestStraysMoveWhileCounting makes room and takes it away again under concurrent
// observations: no page shows less than the one before, and none is lost.
func TestStraysMoveWhileCounting(t *testing.T) {
	t.Parallel()
	values := spread(60)
	for range 100 {
		store := celltest.New(celltest.Native())
		v, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: 8}})
		store.Limit(1)
		v.openAll(store)
		series := onlySeries(t, store)
		var counting sync.WaitGroup
		for range movers {
			counting.Go(func() {
				for _, x := range values {
					h.Observe(x)
					runtime.Gosched()
				}
			})
		}
		last := 0.0
		for i := range 50 {
			store.Limit(i % 3)
			v.openAll(store)
			now := series.Native().Count
			if extra := inHeap(t, v); extra != nil {
				now += extra.Count
			}
			if now < last || now > float64(movers*len(values)) {
				t.Fatalf("%v observations after %v", now, last)
			}
			last = now
			runtime.Gosched()
		}
		counting.Wait()
		store.Unlimit()
		v.openAll(store)
		if wantNative(t, series.Native(), values, movers); t.Failed() || series.Retired() || v.strays.Load() != 0 {
			t.Fatalf("%d pieces are in the heap; retired: %t", v.strays.Load(), series.Retired())
		}
	}
}

// TestLeavingWithStrays takes series back to the heap that have something there
// already.
func TestLeavingWithStrays(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*HistogramVec){
		"closed":       func(v *HistogramVec) { v.detach(false) },
		"taken out":    func(v *HistogramVec) { v.detach(true) },
		"unregistered": (*HistogramVec).release,
		"deleted":      (*HistogramVec).Clear,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := celltest.New(celltest.Native())
			store.Limit(2)
			v, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: 20}})
			v.openAll(store)
			for _, x := range spread(50) {
				h.Observe(x)
			}
			if inHeap(t, v) == nil {
				t.Fatal("nothing is in the heap")
			}
			leave(v)
			if v.strays.Load() != 0 {
				t.Errorf("%d pieces are left behind", v.strays.Load())
			}
			var w workspace
			h.native.fillNative(&w)
			wantNative(t, &w.native, spread(50), 1)
			if onlySeries(t, store).Retired() {
				t.Error("a word in the store is retired")
			}
		})
	}
}

// TestMovingLosesNoStray closes a store that never had room for a bucket, or gives
// it room: all buckets are in the heap before, and in one place afterwards.
func TestMovingLosesNoStray(t *testing.T) {
	values := spread(6)[2:]
	for name, makesRoom := range map[string]bool{"closed": false, "room": true} {
		t.Run(name, func(t *testing.T) {
			repeatedly(t, func(t *testing.T) {
				store := celltest.New(celltest.Native())
				store.Limit(1)
				v, h := newNative(t, HistogramOpts{Native: &NativeOpts{MaxBuckets: 3}})
				v.openAll(store)
				move := func() { v.detach(false) }
				if makesRoom {
					move = func() {
						store.Unlimit()
						v.openAll(store)
					}
				}
				n := during(move, func() {
					for _, x := range values {
						h.Observe(x)
					}
				})
				if makesRoom {
					v.openAll(store) // a chunk may have been refused before, but found its place in the heap after that
					wantNative(t, onlySeries(t, store).Native(), values, n)
				}
				wantNative(t, shown(t, v.view()).Native, values, n)
			})
		})
	}
}

// TestSettlingCountsBucketsOnce has an update be the first in the store's chunk
// while that takes the place of the one in the heap.
func TestSettlingCountsBucketsOnce(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	store.Limit(1)
	v, h := newNative(t, HistogramOpts{Native: &NativeOpts{}})
	v.openAll(store)
	h.Observe(1)
	store.Unlimit()
	words, err := onlySeries(t, store).Place.Annex.Chunk(3, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	state := h.native.state.Load()
	words[0].Add(1)
	h.native.fills(state, 1)
	v.openAll(store)
	if got := state.filled.Load(); got != 1 || words[0].Load() != 2 {
		t.Errorf("%d buckets are filled, want 1, with %d observations, want 2", got, words[0].Load())
	}
}

// TestNativeBucketsStayWithoutAnnex has a store that keeps classic buckets alone.
func TestNativeBucketsStayWithoutAnnex(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Floats())
	v, h := newNative(t, HistogramOpts{Buckets: []float64{1}, Native: &NativeOpts{}})
	h.Observe(2)
	v.openAll(store)
	h.Observe(2)
	if got := onlySeries(t, store).Count(1); got != 2 {
		t.Errorf("the store has %v, want 2", got)
	}
	v.detach(false)
	wantNative(t, shown(t, v.view()).Native, []float64{2}, 2)
	alone, _ := newNative(t, HistogramOpts{Native: &NativeOpts{}})
	if alone.openAll(store); !alone.unsupported.Load() {
		t.Error("a histogram without classic buckets went into a store of floats")
	}
}

// TestDamagedBuckets gives a histogram words that look retired.
func TestDamagedBuckets(t *testing.T) {
	t.Parallel()
	store := celltest.New(celltest.Native())
	v, h := newNative(t, HistogramOpts{Native: &NativeOpts{}})
	v.openAll(store)
	v.detach(false)
	place := onlySeries(t, store).Place
	words, err := place.Annex.Chunk(3, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []*atomic.Uint64{place.Words[1], place.Words[2], &words[0]} {
		cell.WholeAt(word).Retire()
	}
	v.openAll(store)
	for _, x := range []float64{0, math.NaN(), 1} {
		h.Observe(x) // must not wait for a move that never comes
	}
}
