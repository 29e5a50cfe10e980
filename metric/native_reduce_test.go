package metric_test

import (
	"maps"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestReduceTo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHistogram(rt)
		schema := rapid.Int32Range(metric.MinSchema, h.Schema).Draw(rt, "target")
		want := modelOf(h).reduced(schema)
		if err := h.ReduceTo(schema); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, modelOf(h), models); diff != "" {
			rt.Fatalf("reduced (-want +got):\n%s", diff)
		}
		if err := h.Validate(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestReduceToErrors(t *testing.T) {
	t.Parallel()
	for _, schemas := range [][2]int32{{0, 1}, {0, -5}, {-53, -53}, {-53, -4}, {0, -53}, {9, 8}, {math.MaxInt32, math.MinInt32}} {
		h := histogramOf(side{0: 1}, nil)
		h.Schema = schemas[0]
		if err := h.ReduceTo(schemas[1]); err == nil || h.Schema != schemas[0] {
			t.Errorf("ReduceTo from %d to %d: %v, schema is %d", schemas[0], schemas[1], err, h.Schema)
		}
	}
}

func TestCompact(t *testing.T) {
	t.Parallel()
	h := &metric.NativeHistogram{
		PositiveSpans:  []metric.BucketSpan{{0, 4}, {0, 1}, {1, 0}, {1, 1}, {3, 1}},
		PositiveCounts: []float64{0, 1, 0, 2, 3, 4, 0},
		NegativeSpans:  []metric.BucketSpan{{7, 2}},
		NegativeCounts: []float64{0, 0},
	}
	h.Compact()
	want := &metric.NativeHistogram{
		PositiveSpans:  []metric.BucketSpan{{1, 1}, {1, 2}, {2, 1}},
		PositiveCounts: []float64{1, 2, 3, 4},
		NegativeSpans:  []metric.BucketSpan{},
		NegativeCounts: []float64{},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("compacted (-want +got):\n%s", diff)
	}
	rapid.Check(t, func(rt *rapid.T) {
		h := drawHistogram(rt)
		before := modelOf(h)
		h.Compact()
		if diff := cmp.Diff(before, modelOf(h), models); diff != "" {
			rt.Fatalf("compacting changed counts:\n%s", diff)
		}
		spans, counts := side(maps.Collect(h.PositiveBuckets())).encode()
		if len(spans) != len(h.PositiveSpans) || len(counts) != len(h.PositiveCounts) {
			rt.Fatalf("not compact: %v %v", h.PositiveSpans, h.PositiveCounts)
		}
	})
}
