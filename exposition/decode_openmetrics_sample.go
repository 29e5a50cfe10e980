package exposition

import (
	"fmt"

	"polymeter.dev/metric"
)

// omSample reads a line with a sample.
func (d *OpenMetricsDecoder) omSample() (other bool) {
	s := metric.Sample{Labels: d.series()}
	if d.err != nil {
		return false
	}
	i, belongs := d.suffix()
	if !belongs {
		if d.family != nil {
			return true
		}
		d.beginOpenMetrics()
		i = 0
	}
	s.Name = d.sampleName(i)
	suffix := d.suffixes(d.desc.Type)[i]
	if !d.expect(' ', "a blank") {
		return false
	}
	d.omValue(&s, suffix)
	d.omRest(&s)
	if d.err != nil {
		return false
	}
	d.omCheck(&s, suffix)
	return false
}

// omValue reads the value. That of a _created line is a time.
func (d *OpenMetricsDecoder) omValue(s *metric.Sample, suffix string) {
	if suffix == createdSuffix {
		s.Start = d.seconds("the time of the start")
		s.Value = s.Start.Float()
		return
	}
	s.Value = d.value("the value of the sample")
}

// omRest reads what may stand behind the value: a timestamp and an exemplar.
func (d *OpenMetricsDecoder) omRest(s *metric.Sample) {
	if d.err != nil || d.at == len(d.line) || !d.expect(' ', "a blank") {
		return
	}
	if d.peek() != '#' {
		s.Timestamp = d.seconds("the timestamp")
		if d.err != nil || d.at == len(d.line) || !d.expect(' ', "a blank") {
			return
		}
	}
	d.exemplars = append(d.exemplars[:0], d.exemplar())
	s.Exemplars = d.exemplars
	if d.err == nil && d.at < len(d.line) {
		d.unexpected("the end of the line")
	}
}

// exemplar reads an exemplar from its # on.
func (d *OpenMetricsDecoder) exemplar() (e metric.Exemplar) {
	d.exemplarAt = d.at
	if !d.expect('#', "the # of an exemplar") || !d.expect(' ', "a blank") {
		return e
	}
	if d.peek() != '{' {
		d.unexpected("the labels of the exemplar")
		return e
	}
	e.Labels = d.braces(false)
	if d.err != nil || !d.expect(' ', "a blank") {
		return e
	}
	e.Value = d.value("the value of the exemplar")
	if d.err == nil && d.at < len(d.line) && d.expect(' ', "a blank") {
		e.Timestamp = d.seconds("the timestamp of the exemplar")
	}
	return e
}

// omCheck holds a sample against the rules of its type, and adds it.
func (d *OpenMetricsDecoder) omCheck(s *metric.Sample, suffix string) {
	first := true
	var err error
	switch t := d.desc.Type; t {
	case metric.TypeHistogram, metric.TypeGaugeHistogram, metric.TypeSummary:
		first, err = d.omPoint(s, suffix)
	case metric.TypeStateSet:
		first, err = d.omState(s)
	default:
		if suffix != createdSuffix {
			err = checkValue(t, s.Value)
		}
		if err == nil {
			first, err = d.order.add(s, suffix)
		}
	}
	if err != nil {
		d.failAt(0, "%s", err)
	}
	if len(s.Exemplars) > 0 && d.err == nil {
		d.omExemplar(&s.Exemplars[0], suffix)
	}
	if first && d.err == nil {
		d.add(s)
	}
}

// omPoint checks a line of a histogram or summary, and reports whether it is the
// first of its point and series.
func (d *OpenMetricsDecoder) omPoint(s *metric.Sample, suffix string) (first bool, err error) {
	name, most := "le", metric.Inf()
	if d.desc.Type == metric.TypeSummary {
		name, most = "quantile", 1
	}
	line := pointLine{suffix: suffix}
	text, series, found := cutLabel(s.Labels.Text(), name)
	if suffix == "_bucket" || suffix == "" {
		line.bound, err = boundOf(s.Labels, name, most)
	} else if found {
		err = fmt.Errorf("the label %q, which the metrics of a %s do not have", name, d.desc.Type)
	}
	if err != nil {
		return false, err
	}
	if first, err = d.lines.add(line, series, text, s.Timestamp); first {
		err = d.points.add(suffix, series, text, s)
	}
	return first, err
}

// omState checks a line of a state set, and reports whether it is the first of its
// point and state.
func (d *OpenMetricsDecoder) omState(s *metric.Sample) (first bool, err error) {
	if err := checkValue(metric.TypeStateSet, s.Value); err != nil {
		return false, err
	}
	return d.order.state(s, d.base)
}

// omExemplar checks an exemplar.
func (d *OpenMetricsDecoder) omExemplar(e *metric.Exemplar, suffix string) {
	p := &d.points.point
	switch {
	case suffix != "_total" && suffix != "_bucket" || d.desc.Type == metric.TypeUnknown:
		d.failAt(d.exemplarAt, "an exemplar, which only the total of a counter and buckets have")
	case labelRunes(e.Labels.Text()) > metric.MaxExemplarRunes:
		d.failAt(d.exemplarAt, "the labels of the exemplar have more than %d characters", metric.MaxExemplarRunes)
	case suffix == "_bucket" && !(e.Value <= p.bound):
		d.failAt(d.exemplarAt, "the exemplar %v is not in its bucket, which ends at %v", e.Value, p.bound)
	}
}

// wasSeries reports whether a sample of the series was read before.
func (d *OpenMetricsDecoder) wasSeries(series string) (found bool) {
	_ = d.family.Each(func(s *metric.Sample) error { // which returns what this does
		labels := s.Labels
		if d.desc.Type == metric.TypeStateSet {
			labels = labels.Without(d.base)
		}
		found = found || labels.Text() == series
		return nil
	})
	return found
}
