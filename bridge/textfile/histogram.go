package textfile

import "polymeter.dev/metric"

// histogram is a family of histograms that can be read from text by the node exporter, which
// knows no gauge histograms and takes a count that is not there for 0.
type histogram struct {
	metric.Family
	desc *metric.Desc
}

// plain returns a family in that form if it is of histograms.
func plain(f metric.Family) metric.Family {
	d := *f.Desc()
	if d.Type != metric.TypeHistogram && d.Type != metric.TypeGaugeHistogram {
		return f
	}
	d.Type = metric.TypeHistogram
	return &histogram{new(metric.Composer).Compose(f, 0), &d}
}

// Desc implements [metric.Family].
func (h *histogram) Desc() *metric.Desc { return h.desc }

// Each implements [metric.Family].
func (h *histogram) Each(visit func(*metric.Sample) error) error {
	return h.Family.Each(func(s *metric.Sample) error {
		if s.Histogram == nil || !s.Histogram.NoSum {
			return visit(s)
		}
		counted, summed := *s, *s.Histogram
		summed.Sum, summed.NoSum = metric.NaN(), false
		counted.Histogram = &summed
		return visit(&counted)
	})
}
