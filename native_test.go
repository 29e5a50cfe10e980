package polymeter

import (
	"sync/atomic"
	"testing"
)

// TestLateCountMeetsNewState has an update that began before the resolution was
// halved, and whose bucket did not exist then: it must not count where nobody
// looks any more.
func TestLateCountMeetsNewState(t *testing.T) {
	t.Parallel()
	c := newNativeCounts(&nativeShape{schema: 3, threshold: defaultZeroThreshold, maxBuckets: 1}, new(atomic.Int64))
	old := c.state.Load()
	c.observe(1, 1)
	c.observe(2, 1) // halves
	if c.state.Load() == old {
		t.Fatal("the state was not replaced")
	}
	for _, v := range []float64{1, 2, 1e6, -1} {
		if c.count(old, v, 1) {
			t.Errorf("%v was counted in a state that is gone", v)
		}
	}
	c.observe(1e6, 1)
	var w workspace
	c.fill(&w)
	if w.native.Count != 3 {
		t.Errorf("count = %v, want 3", w.native.Count)
	}
}

// TestNativeBehindClassic has fewer native than classic observations, as after a
// store that went on from the values of an earlier process.
func TestNativeBehindClassic(t *testing.T) {
	t.Parallel()
	c := newNativeCounts(&nativeShape{schema: 3, threshold: defaultZeroThreshold, maxBuckets: 1}, new(atomic.Int64))
	c.observe(1, 1)
	var w workspace
	w.histogram.Count = 2
	c.fill(&w)
	if w.histogram.Native != nil || w.histogram.Count != 2 {
		t.Errorf("got %+v, want the classic buckets alone", w.histogram)
	}
}
