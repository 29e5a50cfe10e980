package exposition

import (
	"bytes"
	"fmt"
	"strings"

	"polymeter.dev/metric"
)

// sampleLine reads a line with a sample.
func (d *OpenMetrics2Decoder) sampleLine() (other bool) {
	s := metric.Sample{Labels: d.series()}
	if d.err != nil {
		return false
	}
	if !d.isCurrent() {
		if d.family != nil {
			return true
		}
		d.beginFamily()
	}
	s.Name = d.base
	if !d.expect(' ', "a blank") {
		return false
	}
	d.sampleValue(&s)
	d.sampleTimes(&s)
	if d.err == nil {
		d.checkSample(&s)
		d.add(&s)
	}
	return false
}

// sampleValue reads the value, a number or what stands in braces.
func (d *OpenMetrics2Decoder) sampleValue(s *metric.Sample) {
	start, t := d.at, d.desc.Type
	switch composite := d.peek() == '{'; {
	case composite && (t.Composite() || t == metric.TypeUnknown):
		d.composite.read(t, s)
	case composite:
		d.unexpected(fmt.Sprintf("the number that a %s has for a value", t))
	case t.Composite():
		d.unexpected(fmt.Sprintf("the composite value of a %s", t))
	default:
		s.Value = d.value("the value of the sample")
		if err := checkValue(t, s.Value); err != nil {
			d.failAt(start, "%s", err)
		}
	}
}

// startMark stands before the time of the start.
const startMark = "st@"

// sampleTimes reads what may stand behind the value: a timestamp, the time of the
// start and exemplars, in this order.
func (d *OpenMetrics2Decoder) sampleTimes(s *metric.Sample) {
	if !d.goesOn() {
		return
	}
	if !d.isNext(startMark) && d.peek() != '#' {
		s.Timestamp = d.seconds("the timestamp")
		if !d.goesOn() {
			return
		}
	}
	if d.isNext(startMark) {
		if !hasStart(d.desc.Type) {
			d.fail("the time of a start, which the type %s has not", d.desc.Type)
		}
		d.at += len(startMark)
		s.Start = d.seconds("the time of the start")
		if !d.goesOn() {
			return
		}
	}
	if d.peek() != '#' {
		d.unexpected("the # of an exemplar")
		return
	}
	d.readExemplars(s)
}

// goesOn reports whether there is more on the line, and reads the blank before it.
func (d *OpenMetrics2Decoder) goesOn() bool {
	return d.err == nil && d.at < len(d.line) && d.expect(' ', "a blank")
}

// checkSample holds a sample against the other rules for its labels, and for its
// place among the others.
func (d *OpenMetrics2Decoder) checkSample(s *metric.Sample) {
	d.checkLabelNames(s)
	if d.desc.Type == metric.TypeStateSet && d.err == nil {
		d.checkState(s)
	}
	first, err := d.order.add(s, "")
	switch {
	case err != nil:
		d.failAt(0, "%s", err)
	case !first:
		d.failAt(0, "the series %s%s is there twice with the timestamp %v", s.Name, s.Labels, s.Timestamp)
	}
}

// checkLabelNames reports names that are reserved, or would stand for a bound in
// the formats that have a line for each.
func (d *OpenMetrics2Decoder) checkLabelNames(s *metric.Sample) {
	text := s.Labels.Text()
	if strings.Contains(text, "__") {
		for name := range s.Labels.All() {
			if strings.HasPrefix(name, "__") {
				d.failAt(d.openBrace(), "the label name %q is reserved, since it begins with two underscores", name)
			}
		}
	}
	bound := ""
	switch {
	case s.Histogram != nil && strings.Contains(text, "le="):
		bound = "le"
	case s.Summary != nil && strings.Contains(text, "quantile="):
		bound = "quantile"
	default:
		return
	}
	if hasLabel(s.Labels, bound) {
		d.failAt(d.openBrace(), "the label name %q is reserved, since other formats need it for the parts of the sample", bound)
	}
}

// openBrace returns where the labels of the current line begin.
func (d *OpenMetrics2Decoder) openBrace() int { return max(bytes.IndexByte(d.line, '{'), 0) }

// checkState reports a sample of a state set that has no state, or is apart from
// the others.
func (d *OpenMetrics2Decoder) checkState(s *metric.Sample) {
	if !hasLabel(s.Labels, d.base) {
		d.failAt(0, "the sample has no label %q with its state", d.base)
		return
	}
	// Each state is a series, which stands together at all times. So the times
	// of a set go back where its next state begins, and are left out here.
	if _, err := d.sets.enter(&metric.Sample{}, s.Labels.Without(d.base).Text()); err != nil {
		d.failAt(0, "%s", err)
	}
}

// wasSeries reports whether a sample of the series was read before.
func (d *OpenMetrics2Decoder) wasSeries(series string) bool {
	return d.was(func(l metric.Labels) bool { return l.Text() == series })
}

// wasSet reports whether a sample of the state set was read before.
func (d *OpenMetrics2Decoder) wasSet(series string) bool {
	return d.was(func(l metric.Labels) bool { return l.Without(d.base).Text() == series })
}

func (d *OpenMetrics2Decoder) was(is func(metric.Labels) bool) (found bool) {
	_ = d.family.Each(func(s *metric.Sample) error { // which returns what this does
		found = found || is(s.Labels)
		return nil
	})
	return found
}
