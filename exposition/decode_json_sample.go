package exposition

import (
	"bytes"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// Positions in sampleFields.
const (
	fieldName = iota
	fieldLabels
	fieldValue
	fieldTimestamp
	fieldStart
	fieldExemplar
	fieldExemplars
	fieldNative
)

// sampleFields are the fields of a sample; only the first must be there.
var sampleFields = []string{"name", "labels", "value", "timestamp", "start", "exemplar", "exemplars", "native_histogram"}

func (d *JSONDecoder) sample(int) {
	if len(d.samples) >= d.maxSamples {
		d.peek()
		d.failAt(d.start, ErrTooLarge, "the family has more than %d samples", d.maxSamples)
		return
	}
	var s metric.Sample
	d.peek()
	start := d.start
	present := d.object(1, sampleFields, func(field int) { d.sampleField(&s, field) })
	has := func(field int) bool { return present&(1<<field) != 0 }
	switch {
	case !has(fieldValue) && !has(fieldNative):
		d.failAt(start, nil, "field %q is missing", "value")
	case has(fieldExemplar) && has(fieldExemplars):
		d.failAt(start, nil, "there are both exemplar and exemplars")
	}
	if d.err != nil {
		return
	}
	d.started = d.started || has(fieldStart) && !has(fieldNative)
	if has(fieldNative) {
		s.Value = 0
		d.native = true
	} else if strings.HasSuffix(s.Name, createdSuffix) {
		// An error means that the value is no time; the float64 says which.
		s.Start, _ = metric.ParseTimestamp(string(d.exactValue))
	}
	d.samples = append(d.samples, s)
}

func (d *JSONDecoder) sampleField(s *metric.Sample, field int) {
	switch field {
	case fieldName:
		s.Name = d.name()
	case fieldLabels:
		s.Labels = d.labelSet()
	case fieldValue:
		s.Value = d.float()
		d.exactValue = append(d.exactValue[:0], d.text...)
	case fieldTimestamp:
		s.Timestamp = d.timestamp()
	case fieldStart:
		s.Start = d.timestamp()
	case fieldExemplar:
		s.Exemplars = append(s.Exemplars, d.exemplar())
	case fieldExemplars:
		d.list(func(int) { s.Exemplars = append(s.Exemplars, d.exemplar()) })
	case fieldNative:
		s.Histogram = d.nativeHistogram()
	}
}

// timestamp reads decimal seconds in a string.
func (d *JSONDecoder) timestamp() metric.Timestamp {
	d.string("a string with decimal seconds")
	if d.err != nil {
		return metric.Timestamp{}
	}
	if !isJSONNumber(d.text) || bytes.ContainsAny(d.text, "eE") {
		d.fail("%q is not decimal seconds", d.shown())
		return metric.Timestamp{}
	}
	t, err := metric.ParseTimestamp(string(d.text))
	if err != nil {
		d.fail("%s", withoutPrefix(err))
	}
	return t
}

var exemplarFields = []string{"value", "labels", "timestamp"}

func (d *JSONDecoder) exemplar() metric.Exemplar {
	var e metric.Exemplar
	d.object(1, exemplarFields, func(field int) {
		switch exemplarFields[field] {
		case "value":
			e.Value = d.float()
		case "labels":
			e.Labels = d.labelSet()
		case "timestamp":
			e.Timestamp = d.timestamp()
		}
	})
	return e
}

// labelReader remembers the last label names: those of the next sample are
// usually the same.
type labelReader struct {
	names, values []string
	schema        *metric.LabelSchema
}

func (d *JSONDecoder) labelSet() metric.Labels {
	l := &d.labels
	l.names, l.values = l.names[:0], l.values[:0]
	d.peek()
	start := d.start
	d.members(func() {
		name := d.keep()
		l.names = append(l.names, name)
		d.value(name, func() {
			d.string("a string")
			l.values = append(l.values, string(d.text))
		})
	})
	if d.err != nil || len(l.names) == 0 {
		return metric.Labels{}
	}
	labels, err := l.make()
	if err != nil {
		d.failAt(start, nil, "%s", withoutPrefix(err))
	}
	return labels
}

func (l *labelReader) make() (metric.Labels, error) {
	if l.schema == nil || !slices.Equal(l.schema.Names(), l.names) {
		schema, err := metric.NewLabelSchema(l.names)
		if err != nil {
			return metric.Labels{}, err
		}
		l.schema = schema
	}
	return l.schema.Make(l.values)
}
