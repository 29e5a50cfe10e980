package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// protoBuckets are the native buckets of one sign.
type protoBuckets struct {
	spans  []metric.BucketSpan
	counts []float64
	last   int64 // the last count given by a delta
	// deltas and floats say how counts were given.
	deltas, floats bool
}

func (b *protoBuckets) empty() protoBuckets {
	return protoBuckets{spans: b.spans[:0], counts: b.counts[:0]}
}

// readNative reads a field that concerns native buckets.
func (d *ProtobufDecoder) readNative() {
	h := &d.histogram
	switch d.field {
	case histogramSchema:
		h.schemaAt, h.native.Schema = d.start, d.sint32()
	case histogramZeroThreshold:
		if h.native.ZeroThreshold = d.double(); !(h.native.ZeroThreshold >= 0 && h.native.ZeroThreshold <= math.MaxFloat64) {
			d.fail("%v is no zero threshold", h.native.ZeroThreshold)
		}
	case histogramZeroCount:
		h.zeroCount.whole = float64(d.varint())
	case histogramZeroCountFloat:
		h.zeroCount.float = d.count()
	case histogramNegativeSpan:
		h.negative.spans = append(h.negative.spans, d.span())
	case histogramNegativeDelta:
		d.each(func() { d.readDelta(&h.negative) })
	case histogramNegative:
		d.each(func() { d.readCount(&h.negative) })
	case histogramPositiveSpan:
		h.positive.spans = append(h.positive.spans, d.span())
	case histogramPositiveDelta:
		d.each(func() { d.readDelta(&h.positive) })
	case histogramPositive:
		d.each(func() { d.readCount(&h.positive) })
	}
}

func (d *ProtobufDecoder) span() (s metric.BucketSpan) {
	c := d.enter(protoSpan)
	for d.next(&c) {
		switch d.field {
		case spanOffset:
			s.Offset = d.sint32()
		case spanLength:
			s.Length = uint32(d.within(0, math.MaxUint32, "length of a span"))
		}
	}
	return s
}

// readDelta reads a count that is given by its difference from the one before.
func (d *ProtobufDecoder) readDelta(b *protoBuckets) {
	delta := d.sint64()
	b.last += delta // beyond the range of int64 it wraps to below 0
	if b.last < 0 {
		d.fail("the delta %d takes the count below 0 or out of range", delta)
	}
	b.counts = append(b.counts, float64(b.last))
	b.deltas = true
}

func (d *ProtobufDecoder) readCount(b *protoBuckets) {
	b.counts = append(b.counts, d.count())
	b.floats = true
}

// finishNative completes the native buckets, and reports whether there are any:
// Prometheus asks for a span, a zero threshold or a zero count.
func (d *ProtobufDecoder) finishNative(start int) bool {
	h, n := &d.histogram, &d.histogram.native
	deltas := h.positive.deltas || h.negative.deltas
	floats := h.positive.floats || h.negative.floats
	n.ZeroCount = h.zeroCount.value()
	native := len(h.positive.spans) > 0 || len(h.negative.spans) > 0 || n.ZeroThreshold > 0 || n.ZeroCount > 0
	switch {
	case deltas && floats:
		d.failAt(start, nil, "native buckets have both deltas and counts")
	case deltas && (h.count.float > 0 || h.zeroCount.float > 0):
		d.failAt(start, nil, "native buckets have deltas beside a count that need not be whole")
	case !native && (deltas || floats):
		d.failAt(start, nil, "there are counts of native buckets, but no spans")
	case native && (n.Schema < metric.MinSchema || n.Schema > metric.MaxSchema):
		d.failAt(h.schemaAt, nil, "the schema %d is not between %d and %d", n.Schema, metric.MinSchema, metric.MaxSchema)
	}
	if d.err != nil || !native {
		return native
	}
	if h.isMarked() {
		h.positive.spans = h.positive.spans[:0]
	}
	n.Count, n.Sum = h.value.Count, h.value.Sum
	n.PositiveSpans, n.PositiveCounts = h.positive.spans, h.positive.counts
	n.NegativeSpans, n.NegativeCounts = h.negative.spans, h.negative.counts
	h.value.Native = n
	if err := n.Validate(); err != nil {
		d.failAt(start, nil, "%s", withoutPrefix(err))
	}
	return true
}

// isMarked reports whether the only span is the empty one by which a histogram
// says that it is native when nothing else does.
func (h *protoHistogram) isMarked() bool {
	return len(h.positive.spans) == 1 && h.positive.spans[0] == (metric.BucketSpan{}) &&
		len(h.negative.spans) == 0 && h.native.ZeroThreshold == 0 && h.native.ZeroCount == 0
}
