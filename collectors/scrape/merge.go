package scrape

import (
	"polymeter.dev/internal/exact"
	"polymeter.dev/metric"
)

// seriesKey is what series of several targets have in common that become one.
type seriesKey struct {
	name   string
	labels metric.Labels
}

// merged shows series that are the sum, or another summary, of those of all targets.
type merged struct {
	desc   *metric.Desc
	series []*total
}

// Desc implements [metric.Family].
func (m *merged) Desc() *metric.Desc { return m.desc }

// Each implements [metric.Family].
func (m *merged) Each(visit func(*metric.Sample) error) error {
	for _, t := range m.series {
		if err := visit(t.sample(m.desc)); err != nil {
			return err
		}
	}
	return nil
}

// merge merges the parts of a family, which cannot fail: they are valid, and what does
// not fit together is shown without its native buckets.
func (s *selection) merge(j *joined) metric.Family {
	m := &merged{desc: &j.desc}
	mode := s.options.merging(&j.desc)
	byKey := make(map[seriesKey]*total)
	for _, p := range j.parts {
		repeated := j.repeated(p)
		_ = j.each(p, func(sample *metric.Sample) error { // a snapshot has no errors of its own
			key := seriesKey{sample.Name, sample.Labels}
			if repeated[key] > 0 {
				repeated[key]--
				return nil
			}
			t := byKey[key]
			if t == nil {
				t = &total{key: key}
				byKey[key] = t
				m.series = append(m.series, t)
			}
			t.take(sample, mode)
			return nil
		})
	}
	return m
}

// repeated returns how many points each series of a part has before its last one, which
// is the newest and counts. Hardly any page has several.
func (j *joined) repeated(p part) map[seriesKey]int {
	var points map[seriesKey]int
	var before seriesKey
	_ = j.each(p, func(s *metric.Sample) error {
		key := seriesKey{s.Name, s.Labels}
		if !s.Timestamp.IsZero() && key == before {
			if points == nil {
				points = make(map[seriesKey]int)
			}
			points[key]++
		}
		before = key
		return nil
	})
	return points
}

// total is a series, summed up over all targets that have it.
type total struct {
	key       seriesKey
	value     float64 // of the modes min and max
	sum       exact.Sum
	mode      metric.GaugeMode
	begun     bool
	timestamp metric.Timestamp
	start     metric.Timestamp
	exemplars []metric.Exemplar
	histogram *histogramTotal
	summary   *metric.Summary // its count
}

// take adds the series of a target.
func (t *total) take(s *metric.Sample, mode metric.GaugeMode) {
	switch {
	case s.Histogram != nil:
		if t.histogram == nil {
			t.histogram = new(histogramTotal)
		}
		t.histogram.add(s.Histogram)
	case s.Summary != nil:
		if t.summary == nil {
			t.summary = new(metric.Summary)
		}
		t.summary.Count += s.Summary.Count
		t.sum.Add(s.Summary.Sum)
	case mode == metric.GaugeSum:
		t.sum.Add(s.Value)
	case !t.begun, mode == metric.GaugeMin && s.Value < t.value, mode == metric.GaugeMax && s.Value > t.value, t.value != t.value:
		t.value = s.Value
	}
	if !t.begun || s.Start.Before(t.start) {
		t.start = s.Start // without one of all, the sum has none
	}
	if s.Timestamp.After(t.timestamp) {
		t.timestamp = s.Timestamp
	}
	t.exemplars = append(t.exemplars, s.Exemplars...)
	t.mode, t.begun = mode, true
}

// sample returns the sum as a sample.
func (t *total) sample(d *metric.Desc) *metric.Sample {
	s := &metric.Sample{
		Name: t.key.name, Labels: t.key.labels, Value: t.value,
		Timestamp: t.timestamp, Start: t.start, Exemplars: t.exemplars,
	}
	switch {
	case t.histogram != nil:
		s.Histogram = t.histogram.histogram()
	case t.summary != nil:
		s.Summary = &metric.Summary{Count: t.summary.Count, Sum: t.sum.Value()}
	case t.mode == metric.GaugeSum:
		s.Value = t.sum.Value()
	}
	if e := s.Exemplar(); e != nil && d.Type == metric.TypeCounter {
		s.Exemplars = []metric.Exemplar{*e}
	}
	return s
}
