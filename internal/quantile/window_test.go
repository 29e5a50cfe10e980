package quantile_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polymeter.dev/internal/quantile"
	"polymeter.dev/metric"
)

var start = time.Unix(1_000_000, 0)

// TestQuantilesAreNear compares estimates with the exact observation of the rank.
func TestQuantilesAreNear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := quantile.NewWindow(time.Minute)
		value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10), rapid.Just(0.0),
			rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64}))
		values := rapid.SliceOfN(value, 1, 50).Draw(t, "values")
		for i, v := range values {
			w.Observe(v, start.Add(time.Duration(i)*time.Second/2))
		}
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		got := w.AppendQuantiles(nil, []float64{q}, start.Add(25*time.Second))[0].Value
		slices.Sort(values)
		want := values[max(int(math.Ceil(q*float64(len(values)))), 1)-1]
		if math.Abs(want) <= 0x1p-128 {
			want = 0
		}
		if got != want && !(math.Abs(got/want-1) <= 0.011) {
			t.Errorf("quantile %v of %v = %v, want %v ± 1.1 %%", q, values, got, want)
		}
	})
}

func TestWindowForgets(t *testing.T) {
	t.Parallel()
	w := quantile.NewWindow(10 * time.Second)
	median := func(at time.Duration) float64 {
		return w.AppendQuantiles(nil, []float64{0.5}, start.Add(at))[0].Value
	}
	if !math.IsNaN(median(0)) {
		t.Error("an empty window has a median")
	}
	w.Observe(math.NaN(), start)
	if !math.IsNaN(median(0)) {
		t.Error("NaN was counted")
	}
	w.Observe(-1, start)
	w.Observe(0, start)
	w.Observe(1, start)
	if got := median(7 * time.Second); got != 0 {
		t.Errorf("median = %v, want 0", got)
	}
	w.Observe(100, start.Add(9*time.Second))
	if got := median(10 * time.Second); math.Abs(got-100) > 1.1 {
		t.Errorf("median = %v, want only the 100 that is not too old", got)
	}
	if got := median(24 * time.Hour); !math.IsNaN(got) {
		t.Errorf("median after a day = %v", got)
	}
	w.Observe(5, start.Add(25*time.Hour))
	if got := median(25*time.Hour + time.Second); math.Abs(got-5) > 0.06 {
		t.Errorf("median = %v, want 5", got)
	}
	if got := median(0); math.Abs(got-5) > 0.06 { // a clock that went back
		t.Errorf("median = %v, want 5", got)
	}
}

// TestWindowAddsUp has observations of each sign in each part of the window.
func TestWindowAddsUp(t *testing.T) {
	t.Parallel()
	w := quantile.NewWindow(10 * time.Second)
	for part := range 5 {
		for _, v := range []float64{-2, 0, 3} {
			w.Observe(v, start.Add(time.Duration(part)*2*time.Second))
		}
	}
	got := w.AppendQuantiles(nil, []float64{0.3, 0.4, 0.6, 0.7}, start.Add(9*time.Second))
	for i, want := range []float64{-2, 0, 0, 3} {
		if v := got[i].Value; v != want && math.Abs(v/want-1) > 0.011 {
			t.Errorf("quantile %v = %v, want %v", got[i].Quantile, v, want)
		}
	}
}

func TestAppendQuantilesAppends(t *testing.T) {
	t.Parallel()
	w := quantile.NewWindow(0)
	w.Observe(1, start)
	got := w.AppendQuantiles([]metric.Quantile{{Quantile: 7}}, []float64{0, 1}, start)
	if len(got) != 3 || got[0].Quantile != 7 || got[2].Quantile != 1 {
		t.Errorf("got %v", got)
	}
}

func TestObserveSettlesWithoutAllocating(t *testing.T) {
	w := quantile.NewWindow(time.Hour)
	now := start
	if allocs := testing.AllocsPerRun(100, func() { w.Observe(3, now) }); allocs != 0 {
		t.Errorf("Observe allocates %v times", allocs)
	}
}
