package metric_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func merged(t testing.TB, histograms ...*metric.NativeHistogram) *metric.NativeHistogram {
	t.Helper()
	sum := histograms[0].Clone()
	for _, h := range histograms[1:] {
		before := h.Clone()
		if err := sum.Merge(h); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, h); diff != "" {
			t.Fatalf("Merge changed its argument (-before +after):\n%s", diff)
		}
	}
	return sum
}

func TestMergeAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawHistogram(rt), drawHistogram(rt)
		got := merged(t, a, b)
		if diff := cmp.Diff(mergeModels(modelOf(a), modelOf(b)), modelOf(got), models); diff != "" {
			rt.Fatalf("merge (-model +got):\n%s", diff)
		}
		if err := got.Validate(); err != nil {
			rt.Fatal(err)
		}
		if total := observed(got); total != a.Count+b.Count {
			rt.Fatalf("buckets add up to %v, want %v", total, a.Count+b.Count)
		}
	})
}

// exactCounts is the part of a model that does not depend on the order of
// merging. The threshold may: a bucket that has moved to the zero bucket under
// a fine schema no longer raises it under a coarser one.
func exactCounts(h *metric.NativeHistogram) model {
	m := modelOf(h)
	m.threshold = 0
	return m
}

func TestMergeIsCommutativeAndAssociative(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b, c := drawHistogram(rt), drawHistogram(rt), drawHistogram(rt)
		if diff := cmp.Diff(modelOf(merged(t, a, b)), modelOf(merged(t, b, a)), models); diff != "" {
			rt.Fatalf("not commutative:\n%s", diff)
		}
		left, right := merged(t, merged(t, a, b), c), merged(t, a, merged(t, b, c))
		if diff := cmp.Diff(exactCounts(left), exactCounts(right), models); diff != "" {
			rt.Fatalf("not associative:\n%s", diff)
		}
	})
}

// TestMergeReducesBeforeReconciling has thresholds that are bounds of the finer
// schema but not of the coarser one. Reconciling them first would leave the
// coarse bucket half covered, and can count observations in two places.
func TestMergeReducesBeforeReconciling(t *testing.T) {
	t.Parallel()
	between := metric.BucketBound(1, -1) // 0.707, inside (0.5, 1]
	tests := []struct {
		name                            string
		fine, coarse                    side
		fineThreshold, coarseThreshold  float64
		wantThreshold, wantZero, wantIn float64
	}{
		{"coarse threshold, fine buckets around it", side{-1: 4, 0: 2}, side{2: 3}, 0, between, 1, 6, 3},
		{"fine threshold, coarse bucket around it", side{4: 3}, side{0: 6}, between, 0, 1, 6, 3},
		{"fine threshold, both beyond it", side{0: 4, 4: 2}, side{0: 2, 2: 1}, between, 0.25, 1, 6, 3},
		{"fine threshold, own bucket beyond it", side{0: 4, 4: 5}, nil, between, 0.25, 1, 4, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fine, coarse := histogramOf(test.fine, nil), histogramOf(test.coarse, nil)
			fine.Schema, fine.ZeroThreshold, coarse.ZeroThreshold = 1, test.fineThreshold, test.coarseThreshold
			want := model{0, test.wantThreshold, test.wantZero, side{2: test.wantIn}, side{}, 9}
			for _, got := range []*metric.NativeHistogram{merged(t, fine, coarse), merged(t, coarse, fine)} {
				if diff := cmp.Diff(want, modelOf(got), models); diff != "" {
					t.Errorf("merge (-want +got):\n%s", diff)
				}
				if err := got.Validate(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	with := func(h *metric.NativeHistogram, schema int32, threshold, zero float64) *metric.NativeHistogram {
		h.Schema, h.ZeroThreshold, h.ZeroCount = schema, threshold, zero
		h.Count += zero
		return h
	}
	tests := []struct {
		name string
		a, b *metric.NativeHistogram
		want model
	}{
		{
			"disjoint",
			histogramOf(side{0: 1, 9: 2}, nil), histogramOf(side{4: 3}, side{-2: 1}),
			model{0, 0, 0, side{0: 1, 4: 3, 9: 2}, side{-2: 1}, 7},
		},
		{
			"both empty",
			histogramOf(nil, nil), with(histogramOf(nil, nil), 3, 0x1p-128, 0),
			model{0, 0x1p-128, 0, side{}, side{}, 0},
		},
		{
			"lower schema, negative indices",
			with(histogramOf(side{-8: 1, -7: 2, 0: 4, 1: 8}, side{-1: 1}), 3, 0, 0), histogramOf(side{0: 1}, nil),
			model{0, 0, 0, side{-1: 1, 0: 7, 1: 8}, side{0: 1}, 17},
		},
		{
			"threshold on the grid covers",
			with(histogramOf(side{1: 1}, nil), 0, 1, 5), histogramOf(side{-3: 1, 0: 2, 1: 3}, side{0: 1}),
			model{0, 1, 9, side{1: 4}, side{}, 13},
		},
		{
			"threshold in an empty bucket stays",
			with(histogramOf(side{2: 1}, nil), 0, 0.75, 5), histogramOf(side{-1: 1, 1: 1}, nil),
			model{0, 0.75, 6, side{1: 1, 2: 1}, side{}, 8},
		},
		{
			"threshold in a populated negative bucket",
			with(histogramOf(side{0: 1}, nil), 0, 0.75, 5), histogramOf(side{1: 1}, side{0: 2}),
			model{0, 1, 8, side{1: 1}, side{}, 9},
		},
		{
			"threshold in the last finite bucket",
			with(histogramOf(nil, nil), 0, 1e308, 1), histogramOf(side{1024: 2, 1025: 4}, nil),
			model{0, math.MaxFloat64, 3, side{1025: 4}, side{}, 7},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, got := range []*metric.NativeHistogram{merged(t, test.a, test.b), merged(t, test.b, test.a)} {
				if diff := cmp.Diff(test.want, modelOf(got), models); diff != "" {
					t.Errorf("merge (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestMergeCountsAndSums(t *testing.T) {
	t.Parallel()
	a, b := histogramOf(side{0: 1}, nil), histogramOf(side{0: 2}, nil)
	a.Sum, b.Sum = 0.5, 1.25
	if got := merged(t, a, b); got.Count != 3 || got.Sum != 1.75 {
		t.Errorf("count %v, sum %v", got.Count, got.Sum)
	}
	b.Sum, b.Count = math.NaN(), 3 // an observation of NaN
	got := a.Clone()
	if err := got.Merge(b); err != nil || got.Count != 4 || !math.IsNaN(got.Sum) || got.Validate() != nil {
		t.Errorf("count %v, sum %v, Merge: %v, Validate: %v", got.Count, got.Sum, err, got.Validate())
	}
	if err := a.Merge(nil); err != nil || a.Count != 1 {
		t.Errorf("merging nil: count %v, %v", a.Count, err)
	}
	if err := a.Merge(a); err != nil || a.Count != 2 || a.PositiveCounts[0] != 2 {
		t.Errorf("merging with itself: count %v, bucket %v, %v", a.Count, a.PositiveCounts, err)
	}
}

func TestMergeErrors(t *testing.T) {
	t.Parallel()
	for _, schemas := range [][2]int32{{0, -53}, {-53, 8}, {9, 0}, {0, -5}, {9, 9}, {math.MinInt32, math.MaxInt32}} {
		a, b := histogramOf(side{0: 1}, nil), histogramOf(side{0: 1}, nil)
		a.Schema, b.Schema = schemas[0], schemas[1]
		before := a.Clone()
		if err := a.Merge(b); err == nil {
			t.Errorf("schemas %v merged", schemas)
		}
		if diff := cmp.Diff(before, a); diff != "" {
			t.Errorf("a failed merge changed the histogram:\n%s", diff)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	positive := side{}
	for i := range int32(100) {
		positive[i] = float64(i + 1)
	}
	total, other := histogramOf(positive, nil), histogramOf(positive, nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := total.Merge(other); err != nil {
			b.Fatal(err)
		}
	}
}
