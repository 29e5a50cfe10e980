package sending

import "polymeter.dev/metric"

// plainHistogram is a family of histograms in a form that Prometheus' own programs read
// from text as it is meant: they know no gauge histograms there, and take a count that is
// not there for 0.
type plainHistogram struct {
	metric.Family
	desc *metric.Desc
}

// PlainHistogram returns a family in that form if it is of histograms, else itself.
func PlainHistogram(f metric.Family) metric.Family {
	d := *f.Desc()
	if d.Type != metric.TypeHistogram && d.Type != metric.TypeGaugeHistogram {
		return f
	}
	d.Type = metric.TypeHistogram
	return &plainHistogram{new(metric.Composer).Compose(f, 0), &d}
}

// Desc implements [metric.Family].
func (h *plainHistogram) Desc() *metric.Desc { return h.desc }

// Each implements [metric.Family].
func (h *plainHistogram) Each(visit func(*metric.Sample) error) error {
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
