package collectors

import "polymeter.dev/metric"

// Layout joins the buckets of a runtime histogram of some unit, and returns
// them with the estimated sum.
func Layout(boundaries []float64, unit string, counts []uint64) ([]metric.Bucket, float64) {
	l := newBucketLayout(boundaries, unit)
	buckets := make([]metric.Bucket, len(l.bounds))
	sum := l.fill(buckets, counts)
	return buckets, sum
}

// RuntimeName derives a metric name.
var RuntimeName = runtimeName

// RaiseMark makes the greatest value shown so far of a counter at least v.
func RaiseMark(c metric.Collector, name string, v float64) {
	for _, s := range c.(*goRuntime).plan.scalars {
		if s.name == name {
			*s.mark = max(*s.mark, v)
		}
	}
}
