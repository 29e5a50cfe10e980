package exposition

import (
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// readMetric reads a metric into the sample.
func (d *ProtobufDecoder) readMetric() {
	start, wanted := d.start, protoTypes[d.typ].field
	found := false
	d.sample = metric.Sample{Name: d.family, Exemplars: d.sample.Exemplars[:0]}
	d.labels.reset()
	c := d.enter(protoMetric)
	for d.next(&c) {
		switch d.field {
		case metricLabel:
			d.readLabel(&d.labels)
		case metricTimestamp:
			d.sample.Timestamp = d.millis()
		case wanted:
			found = true
			d.readValue()
		default:
			d.fail("this is not the value of a metric of type %s", d.typ)
		}
	}
	if !found {
		d.failAt(start, nil, "field %q is missing", protoMetric[wanted].name)
	}
	d.sample.Labels = d.labelSet(&d.labels, start)
}

// readValue reads the field of the metric that has its value.
func (d *ProtobufDecoder) readValue() {
	switch d.field {
	case metricCounter:
		d.readCounter()
	case metricSummary:
		d.readSummary()
	case metricHistogram:
		d.readHistogram()
	default:
		c := d.enter(protoSimple)
		for d.next(&c) {
			d.sample.Value = d.double()
		}
	}
}

func (d *ProtobufDecoder) readCounter() {
	c := d.enter(protoCounter)
	for d.next(&c) {
		switch d.field {
		case simpleValue:
			d.sample.Value = d.double()
		case counterExemplar:
			d.sample.Exemplars = append(d.sample.Exemplars, d.exemplar())
		case counterCreated:
			d.sample.Start = d.timestamp()
		}
	}
}

func (d *ProtobufDecoder) readSummary() {
	start := d.start
	d.summary = metric.Summary{Quantiles: d.summary.Quantiles[:0]}
	d.sample.Summary = &d.summary
	c := d.enter(protoSummary)
	for d.next(&c) {
		switch d.field {
		case summaryCount:
			d.summary.Count = float64(d.varint())
		case summarySum:
			d.summary.Sum = d.double()
		case summaryQuantile:
			d.summary.Quantiles = append(d.summary.Quantiles, d.quantile())
		case summaryCreated:
			d.sample.Start = d.timestamp()
		}
	}
	if d.err != nil {
		return
	}
	if err := d.summary.Validate(); err != nil {
		d.failAt(start, nil, "%s", withoutPrefix(err))
	}
}

func (d *ProtobufDecoder) quantile() (q metric.Quantile) {
	c := d.enter(protoQuantile)
	for d.next(&c) {
		switch d.field {
		case quantileQuantile:
			if q.Quantile = d.double(); !(q.Quantile >= 0 && q.Quantile <= 1) {
				d.fail("%v is not between 0 and 1", q.Quantile)
			}
		case quantileValue:
			q.Value = d.double()
		}
	}
	return q
}

// exemplar reads an exemplar.
func (d *ProtobufDecoder) exemplar() (e metric.Exemplar) {
	start := d.start
	d.others.reset()
	c := d.enter(protoExemplar)
	for d.next(&c) {
		switch d.field {
		case exemplarLabel:
			d.readLabel(&d.others)
		case exemplarValue:
			e.Value = d.double()
		case exemplarTimestamp:
			e.Timestamp = d.timestamp()
		}
	}
	e.Labels = d.labelSet(&d.others, start)
	return e
}

func (l *labelReader) reset() { l.names, l.values = l.names[:0], l.values[:0] }

// readLabel reads a name and a value, which are parts of the message.
func (d *ProtobufDecoder) readLabel(l *labelReader) {
	start := d.start
	name, value := "", ""
	c := d.enter(protoLabel)
	for d.next(&c) {
		switch d.field {
		case labelName:
			name = d.string()
		case labelValue:
			value = d.string()
		}
	}
	if name == "" {
		d.failAt(start, nil, "the label has no name")
	}
	l.names, l.values = append(l.names, name), append(l.values, value)
}

// labelSet returns the labels that were read, of what begins at the position.
func (d *ProtobufDecoder) labelSet(l *labelReader, start int) metric.Labels {
	if d.err != nil || len(l.names) == 0 {
		return metric.Labels{}
	}
	if l.schema == nil || !slices.Equal(l.schema.Names(), l.names) {
		for i, name := range l.names {
			l.names[i] = strings.Clone(name) // it is kept, the message is not
		}
	}
	labels, err := l.make()
	if err != nil {
		d.failAt(start, nil, "%s", withoutPrefix(err))
	}
	return labels
}

// millis reads a time in milliseconds, within what is written again.
func (d *ProtobufDecoder) millis() metric.Timestamp {
	const most = maxMillisSeconds * 1000
	return metric.TimestampMilli(d.within(-most, most, "time in milliseconds"))
}

// timestamp reads a google.protobuf.Timestamp.
func (d *ProtobufDecoder) timestamp() metric.Timestamp {
	seconds, nanos := int64(0), int64(0)
	c := d.enter(protoTimestamp)
	for d.next(&c) {
		switch d.field {
		case timestampSeconds:
			seconds = d.within(minProtoSeconds, maxProtoSeconds, "second of the years 1 to 9999")
		case timestampNanos:
			nanos = d.within(0, 999_999_999, "nanosecond of a second")
		}
	}
	return metric.NewTimestamp(seconds, nanos)
}
