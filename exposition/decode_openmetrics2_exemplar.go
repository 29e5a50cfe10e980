package exposition

import (
	"bytes"

	"polymeter.dev/metric"
)

// readExemplars reads the exemplars at the end of a line; the # of the first is
// next. What is wrong with one concerns no other.
func (d *OpenMetrics2Decoder) readExemplars(s *metric.Sample) {
	may := s.Histogram != nil || d.desc.Type == metric.TypeCounter
	d.exemplars = d.exemplars[:0]
	for d.err == nil && d.at < len(d.line) {
		start := d.at
		e := d.exemplar()
		switch {
		case d.err != nil:
			d.skipExemplar(start)
			d.droppedExemplars++
		case may:
			d.exemplars = append(d.exemplars, e)
		default:
			d.droppedExemplars++
		}
	}
	s.Exemplars = d.exemplars
}

// exemplar reads an exemplar up to the end of the line or the # of the next one.
func (d *OpenMetrics2Decoder) exemplar() (e metric.Exemplar) {
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
	if d.err != nil || !d.expect(' ', "a blank") {
		return e
	}
	e.Timestamp = d.seconds("the timestamp of the exemplar")
	if d.goesOn() && d.peek() != '#' {
		d.unexpected("the # of an exemplar")
	}
	return e
}

var betweenExemplars = []byte(" # {")

// skipExemplar forgets what is wrong with the exemplar that begins at start, and
// goes on with the next one, or to the end of the line. Within quotes an exemplar
// cannot begin.
func (d *OpenMetrics2Decoder) skipExemplar(start int) {
	d.err = nil
	quoted := false
	for at := start + 1; at < len(d.line); at++ {
		switch c := d.line[at]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			at++
		case !quoted && bytes.HasPrefix(d.line[at:], betweenExemplars):
			d.at = at + 1
			return
		}
	}
	d.at = len(d.line)
}
