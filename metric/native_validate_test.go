package metric_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestNativeValidate(t *testing.T) {
	t.Parallel()
	type spans = []metric.BucketSpan
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name string
		h    metric.NativeHistogram
		want string // part of the error; "" when valid
	}{
		{"zero value", metric.NativeHistogram{}, ""},
		{"no-op span", metric.NativeHistogram{PositiveSpans: spans{{0, 0}}}, ""},
		{"one bucket", metric.NativeHistogram{Count: 2, PositiveSpans: spans{{-4, 1}}, PositiveCounts: []float64{2}}, ""},
		{"infinite observations", metric.NativeHistogram{Count: 2, Sum: inf, PositiveSpans: spans{{1025, 1}}, PositiveCounts: []float64{2}}, ""},
		{"smallest number", metric.NativeHistogram{Count: 2, NegativeSpans: spans{{-1074, 1}}, NegativeCounts: []float64{2}}, ""},
		{"NaN observation", metric.NativeHistogram{Count: 3, Sum: nan, ZeroCount: 2}, ""},
		{"fractional", metric.NativeHistogram{Count: 0.3, ZeroCount: 0.1, PositiveSpans: spans{{0, 1}}, PositiveCounts: []float64{0.2}}, ""},
		{"rounded", metric.NativeHistogram{Count: 1<<53 + 2, ZeroCount: 1 << 53, PositiveSpans: spans{{0, 2}}, PositiveCounts: []float64{1, 1}}, ""},
		{"custom", metric.NativeHistogram{Schema: -53, Count: 3, CustomBounds: []float64{-1, 0, 1}, PositiveSpans: spans{{0, 1}, {2, 1}}, PositiveCounts: []float64{1, 2}}, ""},
		{"custom without bounds", metric.NativeHistogram{Schema: -53, Count: 3, PositiveSpans: spans{{0, 1}}, PositiveCounts: []float64{3}}, ""},

		{"schema too low", metric.NativeHistogram{Schema: -5}, "schema -5"},
		{"schema too high", metric.NativeHistogram{Schema: 9}, "schema 9"},
		{"schema far off", metric.NativeHistogram{Schema: math.MinInt32}, "schema -2147483648"},
		{"threshold negative", metric.NativeHistogram{ZeroThreshold: -1}, "zero threshold -1"},
		{"threshold NaN", metric.NativeHistogram{ZeroThreshold: nan}, "zero threshold NaN"},
		{"threshold infinite", metric.NativeHistogram{ZeroThreshold: inf}, "zero threshold +Inf"},
		{"zero count negative", metric.NativeHistogram{ZeroCount: -1}, "zero count -1"},
		{"zero count NaN", metric.NativeHistogram{ZeroCount: nan}, "zero count NaN"},
		{"count negative", metric.NativeHistogram{Count: -1}, "count -1"},
		{"count NaN", metric.NativeHistogram{Count: nan}, "count NaN"},
		{"bucket negative", metric.NativeHistogram{PositiveSpans: spans{{0, 2}}, PositiveCounts: []float64{1, -1}}, "positive bucket with the count -1"},
		{"bucket NaN", metric.NativeHistogram{NegativeSpans: spans{{0, 1}}, NegativeCounts: []float64{nan}}, "negative bucket with the count NaN"},
		{"bucket infinite", metric.NativeHistogram{Count: inf, PositiveSpans: spans{{0, 1}}, PositiveCounts: []float64{inf}}, "count +Inf"},
		{"too few buckets", metric.NativeHistogram{Count: 1, PositiveSpans: spans{{0, 2}}, PositiveCounts: []float64{1}}, "cover 2 buckets, there are 1"},
		{"too many buckets", metric.NativeHistogram{Count: 2, PositiveSpans: spans{{0, 1}}, PositiveCounts: []float64{1, 1}}, "cover 1 buckets, there are 2"},
		{"no spans", metric.NativeHistogram{Count: 1, NegativeCounts: []float64{1}}, "negative spans cover 0 buckets"},
		{"second offset negative", metric.NativeHistogram{Count: 2, PositiveSpans: spans{{0, 1}, {-1, 1}}, PositiveCounts: []float64{1, 1}}, "span 1 has the negative offset -1"},
		{"beyond infinity", metric.NativeHistogram{Count: 1, PositiveSpans: spans{{1026, 1}}, PositiveCounts: []float64{1}}, "index 1026 is above 1025"},
		{"runs beyond infinity", metric.NativeHistogram{Count: 2, NegativeSpans: spans{{1025, 2}}, NegativeCounts: []float64{1, 1}}, "index 1026 is above 1025"},
		{"below all numbers", metric.NativeHistogram{Count: 1, PositiveSpans: spans{{-1075, 1}}, PositiveCounts: []float64{1}}, "index -1075 is below -1074"},
		{"hostile length", metric.NativeHistogram{PositiveSpans: spans{{0, math.MaxUint32}}}, "index 4294967294 is above"},
		{"lengths that wrap to 0", metric.NativeHistogram{PositiveSpans: spans{{math.MinInt32, math.MaxUint32}, {0, 1}}}, "is below"},
		{"hostile offsets", metric.NativeHistogram{Count: 1, PositiveSpans: spans{{math.MaxInt32, 0}, {math.MaxInt32, 0}, {2, 1}}, PositiveCounts: []float64{1}}, "index 4294967296 is above"},
		{"count too great", metric.NativeHistogram{Count: 3, ZeroCount: 2}, "count 3, its buckets add up to 2"},
		{"count too small", metric.NativeHistogram{Count: 1, ZeroCount: 2}, "count 1, its buckets add up to 2"},
		{"count too small with NaN", metric.NativeHistogram{Count: 1, Sum: nan, ZeroCount: 2}, "count 1, its buckets add up to 2"},
		{"off by one in 2^52", metric.NativeHistogram{Count: 1<<52 + 1, ZeroCount: 1 << 52}, "add up"},
		{"fractions too far off", metric.NativeHistogram{Count: 0.31, ZeroCount: 0.1, PositiveSpans: spans{{0, 1}}, PositiveCounts: []float64{0.2}}, "add up"},
		{"bounds beside a base", metric.NativeHistogram{CustomBounds: []float64{1}}, "schema 0 has custom bounds"},
		{"custom threshold", metric.NativeHistogram{Schema: -53, ZeroThreshold: 1}, "zero bucket of threshold 1"},
		{"custom zero count", metric.NativeHistogram{Schema: -53, ZeroCount: 1, Count: 1}, "count 1"},
		{"custom negative side", metric.NativeHistogram{Schema: -53, Count: 1, NegativeSpans: spans{{0, 1}}, NegativeCounts: []float64{1}}, "negative buckets"},
		{"custom bound infinite", metric.NativeHistogram{Schema: -53, CustomBounds: []float64{1, inf}}, "custom bound +Inf"},
		{"custom bound NaN", metric.NativeHistogram{Schema: -53, CustomBounds: []float64{nan}}, "custom bound NaN"},
		{"custom bounds equal", metric.NativeHistogram{Schema: -53, CustomBounds: []float64{1, 1}}, "1 does not ascend from 1"},
		{"custom index below", metric.NativeHistogram{Schema: -53, Count: 1, CustomBounds: []float64{1}, PositiveSpans: spans{{-1, 1}}, PositiveCounts: []float64{1}}, "index -1 is below 0"},
		{"custom index above", metric.NativeHistogram{Schema: -53, Count: 1, CustomBounds: []float64{1}, PositiveSpans: spans{{2, 1}}, PositiveCounts: []float64{1}}, "index 2 is above 1"},
		{"too many custom bounds", metric.NativeHistogram{Schema: -53, CustomBounds: make([]float64, metric.MaxBuckets)}, "more than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.h.Validate()
			switch {
			case test.want == "" && err != nil:
				t.Errorf("Validate() = %v, want nil", err)
			case test.want != "" && err == nil:
				t.Errorf("Validate() = nil, want %q", test.want)
			case err != nil && (!strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "metric: ")):
				t.Errorf("Validate() = %q, want %q in it", err, test.want)
			}
		})
	}
}

func TestNativeValidateAcceptsAllEncodings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if err := drawHistogram(t).Validate(); err != nil {
			t.Fatal(err)
		}
	})
}
