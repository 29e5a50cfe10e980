package metric_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func TestHistogramValidate(t *testing.T) {
	t.Parallel()
	type buckets = []metric.Bucket
	nan := math.NaN()
	native := &metric.NativeHistogram{Count: 2, ZeroCount: 2}
	tests := []struct {
		name string
		h    metric.Histogram
		want string
	}{
		{"classic", metric.Histogram{Count: 2, Buckets: buckets{{-1, 0}, {0.5, 2}, {inf, 2}}}, ""},
		{"only +Inf", metric.Histogram{Buckets: buckets{{inf, 0}}}, ""},
		{"lowest bound -Inf", metric.Histogram{Buckets: buckets{{-inf, 0}, {inf, 0}}}, ""},
		{"fractional counts", metric.Histogram{Count: 1.5, Buckets: buckets{{1, 0.5}, {inf, 1.5}}}, ""},
		{"native", metric.Histogram{Count: 2, Native: native}, ""},
		{"both", metric.Histogram{Count: 2, Buckets: buckets{{inf, 2}}, Native: native}, ""},
		{"neither", metric.Histogram{}, "metric: histogram has no buckets"},
		{"negative count", metric.Histogram{Count: -1, Buckets: buckets{{inf, -1}}}, "metric: histogram count -1 is negative or NaN"},
		{"count NaN", metric.Histogram{Count: nan, Buckets: buckets{{inf, nan}}}, "metric: histogram count NaN is negative or NaN"},
		{"bucket negative", metric.Histogram{Buckets: buckets{{1, -1}, {inf, 0}}}, "metric: bucket le=1 has count -1, less than 0 before it"},
		{"bucket NaN", metric.Histogram{Buckets: buckets{{1, nan}, {inf, 0}}}, "metric: bucket le=1 has count NaN, less than 0 before it"},
		{"bound NaN", metric.Histogram{Buckets: buckets{{nan, 0}, {inf, 0}}}, "metric: bucket bound NaN does not ascend from -Inf"},
		{"bound twice", metric.Histogram{Buckets: buckets{{1, 0}, {1, 0}, {inf, 0}}}, "metric: bucket bound 1 does not ascend from 1"},
		{"+Inf twice", metric.Histogram{Buckets: buckets{{inf, 0}, {inf, 0}}}, "metric: bucket bound +Inf does not ascend from +Inf"},
		{"not cumulative", metric.Histogram{Count: 1, Buckets: buckets{{1, 2}, {inf, 1}}}, "metric: bucket le=+Inf has count 1, less than 2 before it"},
		{"no +Inf", metric.Histogram{Count: 2, Buckets: buckets{{1, 2}}}, "metric: the last bucket is le=1, not +Inf"},
		{"count differs", metric.Histogram{Count: 3, Buckets: buckets{{inf, 2}}}, "metric: the +Inf bucket has 2, the count is 3"},
		{"native count differs", metric.Histogram{Count: 3, Native: native}, "metric: native count 2 differs from the histogram's count 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkError(t, tt.h.Validate(), tt.want)
		})
	}
}

func TestSummaryValidate(t *testing.T) {
	t.Parallel()
	type quantiles = []metric.Quantile
	nan := math.NaN()
	tests := []struct {
		name string
		s    metric.Summary
		want string
	}{
		{"no quantiles", metric.Summary{Count: 1, Sum: -1}, ""},
		{"ascending", metric.Summary{Quantiles: quantiles{{0, 1}, {0.5, nan}, {1, 3}}}, ""},
		{"any order", metric.Summary{Quantiles: quantiles{{0.9, 1}, {0.5, 2}}}, ""},
		{"negative count", metric.Summary{Count: -1}, "metric: summary count -1 is negative or NaN"},
		{"count NaN", metric.Summary{Count: nan}, "metric: summary count NaN is negative or NaN"},
		{"quantile NaN", metric.Summary{Quantiles: quantiles{{nan, 1}}}, "metric: quantile NaN is not between 0 and 1"},
		{"quantile below 0", metric.Summary{Quantiles: quantiles{{-0.1, 1}}}, "metric: quantile -0.1 is not between 0 and 1"},
		{"quantile above 1", metric.Summary{Quantiles: quantiles{{1.1, 1}}}, "metric: quantile 1.1 is not between 0 and 1"},
		{"twice in a row", metric.Summary{Quantiles: quantiles{{0.5, 1}, {0.5, 2}}}, "metric: quantile 0.5 occurs twice"},
		{"twice apart", metric.Summary{Quantiles: quantiles{{0.5, 1}, {0.9, 1}, {0.5, 2}}}, "metric: quantile 0.5 occurs twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkError(t, tt.s.Validate(), tt.want)
		})
	}
}

func TestSampleClone(t *testing.T) {
	t.Parallel()
	full := fullSample(t)
	kept := full.Clone()
	if diff := cmp.Diff(&full, kept, equal); diff != "" {
		t.Errorf("the clone differs (-want +got):\n%s", diff)
	}
	spoil(&full)
	want := fullSample(t)
	if diff := cmp.Diff(&want, kept, equal); diff != "" {
		t.Errorf("the clone shares memory (-want +got):\n%s", diff)
	}
	empty := (&metric.Sample{Name: "x"}).Clone()
	if empty.Histogram != nil || empty.Summary != nil || empty.Exemplars != nil || empty.Composite() {
		t.Errorf("the clone of a simple sample is %+v", empty)
	}
	if !want.Composite() {
		t.Error("a sample with a histogram is not composite")
	}
}
