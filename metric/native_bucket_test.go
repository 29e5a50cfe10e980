package metric_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	overflow := metric.BucketIndex(0, inf)
	tests := []struct {
		name string
		h    metric.NativeHistogram
		want []metric.NativeBucket
	}{
		{"empty", metric.NativeHistogram{}, nil},
		{
			"both sides",
			metric.NativeHistogram{
				ZeroThreshold: 0.5, ZeroCount: 1,
				PositiveSpans: []metric.BucketSpan{{0, 3}}, PositiveCounts: []float64{2, 0, 3},
				NegativeSpans: []metric.BucketSpan{{1, 2}}, NegativeCounts: []float64{4, 5},
			},
			[]metric.NativeBucket{
				{Lower: -4, Upper: -2, LowerClosed: true, Count: 5},
				{Lower: -2, Upper: -1, LowerClosed: true, Count: 4},
				{Lower: -0.5, Upper: 0.5, LowerClosed: true, UpperClosed: true, Count: 1},
				{Lower: 0.5, Upper: 1, UpperClosed: true, Count: 2},
				{Lower: 2, Upper: 4, UpperClosed: true, Count: 3},
			},
		},
		{
			"overlap with the zero bucket",
			metric.NativeHistogram{
				ZeroThreshold: 0.75,
				PositiveSpans: []metric.BucketSpan{{0, 1}}, PositiveCounts: []float64{2},
				NegativeSpans: []metric.BucketSpan{{0, 1}}, NegativeCounts: []float64{2},
			},
			[]metric.NativeBucket{
				{Lower: -1, Upper: -0.75, LowerClosed: true, Count: 2},
				{Lower: 0.75, Upper: 1, UpperClosed: true, Count: 2},
			},
		},
		{
			"infinite",
			metric.NativeHistogram{
				PositiveSpans: []metric.BucketSpan{{overflow, 1}}, PositiveCounts: []float64{1},
				NegativeSpans: []metric.BucketSpan{{overflow, 1}}, NegativeCounts: []float64{2},
			},
			[]metric.NativeBucket{
				{Lower: -inf, Upper: -math.MaxFloat64, LowerClosed: true, Count: 2},
				{Lower: math.MaxFloat64, Upper: inf, UpperClosed: true, Count: 1},
			},
		},
		{
			"custom",
			metric.NativeHistogram{
				Schema: metric.CustomBoundsSchema, CustomBounds: []float64{-1, 5},
				PositiveSpans: []metric.BucketSpan{{0, 3}}, PositiveCounts: []float64{1, 2, 3},
			},
			[]metric.NativeBucket{
				{Lower: -inf, Upper: -1, LowerClosed: true, UpperClosed: true, Count: 1},
				{Lower: -1, Upper: 5, UpperClosed: true, Count: 2},
				{Lower: 5, Upper: inf, UpperClosed: true, Count: 3},
			},
		},
		{
			"custom without bounds",
			metric.NativeHistogram{
				Schema:        metric.CustomBoundsSchema,
				PositiveSpans: []metric.BucketSpan{{0, 1}}, PositiveCounts: []float64{1},
			},
			[]metric.NativeBucket{{Lower: -inf, Upper: inf, LowerClosed: true, UpperClosed: true, Count: 1}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := slices.Collect(test.h.Buckets())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
			for i := range got { // stopping early must be possible anywhere
				n := 0
				for range test.h.Buckets() {
					if n++; n > i {
						break
					}
				}
				if n != i+1 {
					t.Errorf("stopped after %d buckets, want %d", n, i+1)
				}
			}
		})
	}
}

func ExampleNativeHistogram_Buckets() {
	h := metric.NativeHistogram{
		Count:          8,
		PositiveSpans:  []metric.BucketSpan{{Offset: -1, Length: 2}, {Offset: 2, Length: 1}},
		PositiveCounts: []float64{2, 5, 1},
	}
	for b := range h.Buckets() {
		fmt.Printf("(%v, %v] %v\n", b.Lower, b.Upper, b.Count)
	}
	// Output:
	// (0.25, 0.5] 2
	// (0.5, 1] 5
	// (4, 8] 1
}
