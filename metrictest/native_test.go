package metrictest_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

// TestNativeOf holds an instrument, which has its own resolution and zero bucket,
// against the observations that it was given.
func TestNativeOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		observations := rapid.SliceOfN(rapid.OneOf(
			rapid.Float64Range(-1e3, 1e3), rapid.Float64(), rapid.SampledFrom([]float64{0, 1e-50, -1e-50, 1, 0.5, math.Inf(1), math.Inf(-1), math.NaN()}),
		), 0, 200).Draw(rt, "observations")
		r := polymeter.NewRegistry(nil)
		h, err := r.NewHistogram(polymeter.HistogramOpts{Name: "h", Native: &polymeter.NativeOpts{}})
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range observations {
			h.Observe(v)
		}
		got := metrictest.Histogram(t, r, "h").Native
		want := metrictest.NativeOf(observations...)
		if err := want.Validate(); err != nil {
			rt.Fatal(err)
		}
		// Adding up in another order may lose all digits of a sum.
		want.Sum = got.Sum
		var f fake
		metrictest.CompareNative(&f, got, want)
		metrictest.CompareNative(&f, want, got)
		if len(f.errors) > 0 {
			rt.Fatalf("%s", f.text())
		}
	})
}

func TestCompareNative(t *testing.T) {
	t.Parallel()
	custom := &metric.NativeHistogram{
		Count: 2, Sum: 3, Schema: metric.CustomBoundsSchema, CustomBounds: []float64{1, 2},
		PositiveSpans: []metric.BucketSpan{{Length: 2}}, PositiveCounts: []float64{1, 1},
	}
	last := custom.Clone()
	last.PositiveSpans = []metric.BucketSpan{{Length: 1}, {Offset: 1, Length: 1}}
	bounds := custom.Clone()
	bounds.CustomBounds = []float64{1, 3}
	broken := metrictest.NativeOf(1)
	broken.Count = 5
	coarse := metrictest.NativeOf(1, 3, -2)
	if err := coarse.ReduceTo(0); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		got, want *metric.NativeHistogram
		report    string
	}{
		{"none", nil, nil, ""},
		{"equal", metrictest.NativeOf(1, 2, -3, 0), metrictest.NativeOf(0, 2, 1, -3), ""},
		{"coarser", coarse, metrictest.NativeOf(1, 3, -2), ""},
		{"same bucket", coarse, metrictest.NativeOf(1, 2.5, -1.5), ""},
		{"custom", custom, custom, ""},
		{"custom buckets", custom, last, `metrictest.CompareNative: the histogram is not what is expected:
	bucket 1 (1, 2]: got 1, want 0
	bucket 2 (2, +Inf]: got 0, want 1`},
		{"custom bounds", custom, bounds, `metrictest.CompareNative: the histogram is not what is expected:
	custom bounds: got [1 2], want [1 3]`},
		{"custom and not", custom, coarse, `metrictest.CompareNative: the histogram is not what is expected:
	count: got 2, want 3
	sum: got 3, want 2
	schema: got -53, want 0`},
		{"missing", nil, coarse, "metrictest.CompareNative: there are no native buckets"},
		{"not expected", coarse, nil, "metrictest.CompareNative: there are native buckets, and none are expected"},
		{"other buckets", coarse, metrictest.NativeOf(1, 5, -4, 0), `metrictest.CompareNative: the histogram is not what is expected:
	count: got 3, want 4
	zero bucket: got 0, want 1
	negative bucket 1 [-2, -1): got 1, want 0
	negative bucket 2 [-4, -2): got 0, want 1
	bucket 2 (2, 4]: got 1, want 0
	bucket 3 (4, 8]: got 0, want 1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.CompareNative(&f, test.got, test.want)
			f.says(t, test.report)
		})
	}
	var f fake
	metrictest.CompareNative(&f, broken, coarse)
	metrictest.CompareNative(&f, coarse, broken)
	f.fails(t, "what is there is no valid histogram: ", "what is expected is no valid histogram: ")
}
