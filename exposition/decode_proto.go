package exposition

import (
	"bufio"
	"io"

	"polymeter.dev/metric"
)

// ProtobufDecoder reads the delimited protobuf format: messages
// io.prometheus.client.MetricFamily, each behind its length
// (https://prometheus.io/docs/instrumenting/exposition_formats/, section
// "Protobuf format"). It reads both definitions of them, that of client_model in
// proto2 and that of Prometheus in proto3, in which zeros are left out and lists
// of numbers are packed. It must not be used concurrently.
//
// It is strict: besides what protocol buffers do not allow, errors are a family
// without a name, a metric without the value of its type or with another, a
// field that is there twice but is no list, text that is not UTF-8, numbers and
// times out of range, and histograms and summaries that are not consistent.
// Fields that the definitions do not have are skipped, except groups, which no
// writer has used for long. Whether names, units and series are valid is left to
// who gets the family.
//
// Histograms and summaries come in composite form, all else in simple form. The
// format has no info and no state set: these come as the gauges that they were
// written as. A histogram has native buckets if Prometheus would say so: it has
// a span, a zero threshold or a zero count. A +Inf bucket that was left out is
// added, and the exemplars of classic and native buckets become one list. Counts
// above 2^53 are rounded to a float64. A timestamp of 0 that is written is the
// epoch. The start timestamp of a gauge histogram has no meaning and is not kept.
type ProtobufDecoder struct {
	protoScanner
	reader     *bufio.Reader
	limit      int // bytes of a message
	maxSamples int
	offset     int64 // how many bytes of the page were read
	buf        []byte

	// The rest concerns the current family, and is reused.

	help, unit string
	typ        metric.Type
	sample     metric.Sample
	labels     labelReader // of metrics
	others     labelReader // of exemplars
	summary    metric.Summary
	histogram  protoHistogram
}

var _ Decoder = (*ProtobufDecoder)(nil)

// NewProtobufDecoder returns a decoder that reads from r, with a buffer. A nil o
// means the defaults.
func NewProtobufDecoder(r io.Reader, o *DecodeOptions) *ProtobufDecoder {
	const bufferSize = 64 << 10
	return &ProtobufDecoder{
		reader:     bufio.NewReaderSize(o.page(r), bufferSize),
		limit:      o.maxLineBytes(),
		maxSamples: o.maxSamples(),
	}
}

// Next implements [Decoder].
func (d *ProtobufDecoder) Next() (metric.Family, error) {
	if d.err != nil {
		return nil, d.err
	}
	if !d.nextMessage() {
		return nil, d.err
	}
	f := d.readFamily()
	if d.err != nil {
		return nil, d.err
	}
	return f, nil
}

// readFamily reads the message twice: what it says of all metrics may stand
// behind them.
func (d *ProtobufDecoder) readFamily() metric.Family {
	d.describe()
	if d.err != nil {
		return nil
	}
	f := metric.NewRawFamily(d.family, d.help, d.typ)
	if f.Desc().SampleName() != d.family {
		f.Desc().Written = d.family // nobody else has the Desc yet
	}
	if d.unit != "" {
		f.SetUnit(d.unit)
	}
	c := d.enterMessage()
	for d.next(&c) {
		if d.field != familyMetric {
			d.skip()
			continue
		}
		d.readMetric()
		f.Add(d.sample)
	}
	return f
}
