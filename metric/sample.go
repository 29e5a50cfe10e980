package metric

import "slices"

// Sample is one point of one series. In simple form Value holds the value; in
// composite form Histogram or Summary does, and Value is unused.
//
// A Sample passed to a visit function, and all it points to except its Labels,
// is valid only until that function returns; [Sample.Clone] keeps it.
type Sample struct {
	// Name is the whole sample name, such as app_requests_total; for a
	// composite sample it is the name of the family.
	Name string
	// Labels are the labels of the series. The le of a bucket and the
	// quantile of a summary are among them only in expanded form.
	Labels Labels
	// Value is the value of a simple sample.
	Value float64
	// Timestamp is when the value was taken; usually absent, since the
	// scraper knows when it asked.
	Timestamp Timestamp
	// Start is when the value was last zero: the created timestamp of
	// OpenMetrics 1.0, the start timestamp of 2.0. It has a meaning for
	// counters, histograms and summaries only; on a _created line of an
	// expanded family it is the exact time of which Value is the nearest
	// float64.
	Start Timestamp
	// Exemplars belong to a counter or to a histogram; the bucket of an
	// exemplar follows from its value.
	Exemplars []Exemplar
	// Histogram is the composite value of a histogram or gauge histogram.
	Histogram *Histogram
	// Summary is the composite value of a summary.
	Summary *Summary
}

// Composite reports whether the sample carries a Histogram or a Summary.
func (s *Sample) Composite() bool { return s.Histogram != nil || s.Summary != nil }

// Exemplar returns the most recent exemplar of the sample, or nil.
func (s *Sample) Exemplar() *Exemplar {
	var newest *Exemplar
	for i := range s.Exemplars {
		if e := &s.Exemplars[i]; newest == nil || !e.Timestamp.Before(newest.Timestamp) {
			newest = e
		}
	}
	return newest
}

// Clone returns a copy that shares nothing with s but immutable strings.
func (s *Sample) Clone() *Sample {
	c := *s
	c.Exemplars = slices.Clone(s.Exemplars)
	c.Histogram = s.Histogram.Clone()
	c.Summary = s.Summary.Clone()
	return &c
}
