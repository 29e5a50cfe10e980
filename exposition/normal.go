package exposition

import (
	"cmp"
	"slices"

	"polymeter.dev/metric"
)

// normalizer gives composite values the one form that the formats write.
type normalizer struct {
	sample    metric.Sample
	histogram metric.Histogram
	buckets   []metric.Bucket
	summary   metric.Summary
	quantiles []metric.Quantile
}

// form returns s, or a sample in its place that is valid until the next call.
func (n *normalizer) form(s *metric.Sample) *metric.Sample {
	switch {
	case s.Histogram != nil && s.Histogram.Native != nil && s.Histogram.Native.Schema == metric.CustomBoundsSchema:
		return n.classic(s)
	case s.Summary != nil && !slices.IsSortedFunc(s.Summary.Quantiles, byQuantile):
		return n.sorted(s)
	}
	return s
}

// classic turns native buckets with custom bounds into classic ones, which they
// are by nature, and which is the only way to say them in any format.
func (n *normalizer) classic(s *metric.Sample) *metric.Sample {
	n.sample, n.histogram = *s, *s.Histogram
	n.sample.Histogram = &n.histogram
	n.histogram.Native = nil
	if len(s.Histogram.Buckets) == 0 {
		n.buckets = s.Histogram.Native.AppendClassic(n.buckets[:0])
		n.histogram.Buckets = n.buckets
	}
	return &n.sample
}

// sorted puts quantiles in ascending order, as OpenMetrics 2.0 wants them.
func (n *normalizer) sorted(s *metric.Sample) *metric.Sample {
	n.sample, n.summary = *s, *s.Summary
	n.sample.Summary = &n.summary
	n.quantiles = append(n.quantiles[:0], s.Summary.Quantiles...)
	slices.SortFunc(n.quantiles, byQuantile)
	n.summary.Quantiles = n.quantiles
	return &n.sample
}

func byQuantile(a, b metric.Quantile) int { return cmp.Compare(a.Quantile, b.Quantile) }

func (n *normalizer) reset() {
	n.sample, n.histogram, n.summary = metric.Sample{}, metric.Histogram{}, metric.Summary{}
}
