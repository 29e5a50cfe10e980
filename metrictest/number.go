package metrictest

import (
	"fmt"
	"math"

	"polymeter.dev/metric"
)

// rounding is how far sums of the same fractions, added in different orders, may
// differ in proportion.
const rounding = 1e-12

// same reports whether two values are equal but for rounding. Whole numbers have
// to be exactly equal; NaN is equal to NaN.
func same(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	if math.IsInf(a, 0) || math.IsInf(b, 0) || a == math.Trunc(a) && b == math.Trunc(b) {
		return false
	}
	return math.Abs(a-b) <= rounding*max(math.Abs(a), math.Abs(b))
}

func number(f float64) string { return string(metric.AppendValue(nil, f)) }

// brief shows a sample in a few words.
func brief(s *metric.Sample) string {
	switch {
	case s.Histogram != nil && s.Histogram.NoSum:
		return fmt.Sprintf("count %s", number(s.Histogram.Count))
	case s.Histogram != nil:
		return fmt.Sprintf("count %s, sum %s", number(s.Histogram.Count), number(s.Histogram.Sum))
	case s.Summary != nil:
		return fmt.Sprintf("count %s, sum %s", number(s.Summary.Count), number(s.Summary.Sum))
	}
	return number(s.Value)
}
