package metric_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func TestAppendClassic(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	spans := func(spans ...metric.BucketSpan) []metric.BucketSpan { return spans }
	for _, test := range []struct {
		name string
		h    metric.NativeHistogram
		want []metric.Bucket
	}{
		{
			name: "gaps and the bucket above the last bound",
			h: metric.NativeHistogram{
				Schema: metric.CustomBoundsSchema, CustomBounds: []float64{-1, 0.5, 2},
				PositiveSpans: spans(metric.BucketSpan{Length: 1}, metric.BucketSpan{Offset: 1, Length: 2}), PositiveCounts: []float64{3, 1, 2},
				Count: 6,
			},
			want: []metric.Bucket{{UpperBound: -1, Count: 3}, {UpperBound: 0.5, Count: 3}, {UpperBound: 2, Count: 4}, {UpperBound: inf, Count: 6}},
		},
		{
			name: "observations that are NaN",
			h: metric.NativeHistogram{
				Schema: metric.CustomBoundsSchema, CustomBounds: []float64{1},
				PositiveSpans: spans(metric.BucketSpan{Length: 1}), PositiveCounts: []float64{2},
				Count: 5, Sum: math.NaN(),
			},
			want: []metric.Bucket{{UpperBound: 1, Count: 2}, {UpperBound: inf, Count: 5}},
		},
		{
			name: "exponential",
			h:    metric.NativeHistogram{Schema: 0, PositiveSpans: spans(metric.BucketSpan{Length: 1}), PositiveCounts: []float64{4}, Count: 4},
			want: []metric.Bucket{{UpperBound: inf, Count: 4}},
		},
		{
			name: "spans beyond the bounds, which are not valid",
			h: metric.NativeHistogram{
				Schema: metric.CustomBoundsSchema, CustomBounds: []float64{1},
				PositiveSpans: spans(metric.BucketSpan{Offset: -2, Length: 4}), PositiveCounts: []float64{1, 1, 1, 1},
				Count: 4,
			},
			want: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 4}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			first := metric.Bucket{UpperBound: 9, Count: 9}
			got := test.h.AppendClassic([]metric.Bucket{first})
			if diff := cmp.Diff(append([]metric.Bucket{first}, test.want...), got); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
		})
	}
}
