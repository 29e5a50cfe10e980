package collectors

import (
	"math"

	"polymeter.dev/metric"
)

// bucketScale says which buckets of the runtime's many are kept: the first at
// or above each power of factor, from first to last.
type bucketScale struct {
	first, last, factor float64
	// perUnit is how many of the indivisible things that are observed make
	// one of the unit.
	perUnit float64
}

// bucketScales has the units of which the runtime has fine buckets.
var bucketScales = map[string]bucketScale{
	"bytes":   {first: 1, last: math.Inf(1), factor: 2, perUnit: 1},
	"seconds": {first: 1.0 / (1 << 24), last: 16, factor: 4, perUnit: 1e9}, // from 60 ns
}

// bucketLayout joins the buckets of a runtime histogram to fewer ones.
type bucketLayout struct {
	bounds []float64 // upper and inclusive, the last +Inf
	joins  []int     // for each bucket of the runtime, its position in bounds
	values []float64 // for each bucket of the runtime, what it adds to the sum
}

// newBucketLayout takes the boundaries of a runtime histogram: one more than
// it has buckets, each the inclusive lower bound of the bucket after it.
func newBucketLayout(boundaries []float64, unit string) *bucketLayout {
	scale, ok := bucketScales[unit]
	l := &bucketLayout{}
	target := scale.first
	for i, upper := range boundaries[1:] {
		l.joins = append(l.joins, len(l.bounds))
		l.values = append(l.values, middle(boundaries[i], upper))
		bound := scale.below(upper)
		switch {
		case math.IsInf(upper, 1):
		case !ok:
			l.bounds = append(l.bounds, bound)
		case bound >= target && target <= scale.last:
			l.bounds = append(l.bounds, bound)
			for target <= bound {
				target *= scale.factor
			}
		}
	}
	l.bounds = append(l.bounds, math.Inf(1))
	return l
}

// below returns the greatest value that can be observed below an exclusive
// bound. Sizes are whole bytes and times whole nanoseconds, which makes for
// short numbers.
func (s bucketScale) below(bound float64) float64 {
	things := math.Round(bound * s.perUnit)
	if s.perUnit > 0 && things/s.perUnit == bound && things <= 1<<53 {
		return (things - 1) / s.perUnit
	}
	return math.Nextafter(bound, math.Inf(-1))
}

// middle returns the value that stands for those of a bucket.
func middle(lower, upper float64) float64 {
	switch {
	case math.IsInf(lower, -1) && math.IsInf(upper, 1):
		return 0
	case math.IsInf(lower, -1):
		return upper
	case math.IsInf(upper, 1):
		return lower
	}
	return lower + (upper-lower)/2
}

// runtimeHistogram is a histogram as its plan has it.
type runtimeHistogram struct {
	*metric.HistogramFamily
	plan    *histogramPlan
	buckets []metric.Bucket
}

func newRuntimeHistogram(plan *histogramPlan) *runtimeHistogram {
	f := metric.NewHistogramFamily(plan.name, plan.help)
	f.SetUnit(baseUnit(plan.name))
	return &runtimeHistogram{f, plan, make([]metric.Bucket, len(plan.layout.bounds))}
}

func (h *runtimeHistogram) update(r *runtimeReading) {
	counts := r.samples[h.plan.from].Value.Float64Histogram().Counts
	sum := h.plan.layout.fill(h.buckets, counts)
	if h.plan.sum >= 0 {
		sum = r.number(h.plan.sum)
	}
	h.Reset()
	h.AddRow(metric.HistogramRow{Buckets: h.buckets, Sum: sum})
}

// fill makes cumulative buckets out of the counts of the runtime's and returns
// the estimated sum of what they counted.
func (l *bucketLayout) fill(buckets []metric.Bucket, counts []uint64) float64 {
	for i, bound := range l.bounds {
		buckets[i] = metric.Bucket{UpperBound: bound}
	}
	var sum float64
	for i, n := range counts {
		buckets[l.joins[i]].Count += float64(n)
		sum += l.values[i] * float64(n)
	}
	for i := 1; i < len(buckets); i++ {
		buckets[i].Count += buckets[i-1].Count
	}
	return sum
}
