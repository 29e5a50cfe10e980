package exposition

import (
	"math"
	"slices"

	"polymeter.dev/metric"
)

// protoHistogram is what is read of a histogram, before its parts are checked
// against each other.
type protoHistogram struct {
	value     metric.Histogram
	native    metric.NativeHistogram
	count     protoCount
	zeroCount protoCount
	schemaAt  int // where the schema is, or the histogram
	positive  protoBuckets
	negative  protoBuckets
	// exemplars are those of native buckets.
	exemplars []metric.Exemplar
}

// protoCount is a count that has two fields. The one for any number counts when
// it is above 0.
type protoCount struct{ whole, float float64 }

func (c protoCount) value() float64 {
	if c.float > 0 {
		return c.float
	}
	return c.whole
}

// reset forgets the histogram and keeps its memory.
func (h *protoHistogram) reset() {
	*h = protoHistogram{
		value:     metric.Histogram{Buckets: h.value.Buckets[:0]},
		positive:  h.positive.empty(),
		negative:  h.negative.empty(),
		exemplars: h.exemplars[:0],
	}
}

func (d *ProtobufDecoder) readHistogram() {
	start, h := d.start, &d.histogram
	h.reset()
	h.schemaAt = start
	c := d.enter(protoHistogramFields)
	for d.next(&c) {
		switch d.field {
		case histogramCount:
			h.count.whole = float64(d.varint())
		case histogramCountFloat:
			h.count.float = d.count()
		case histogramSum:
			h.value.Sum = d.double()
		case histogramBucket:
			d.readBucket()
		case histogramCreated:
			d.sample.Start = d.timestamp()
		case histogramExemplars:
			h.exemplars = append(h.exemplars, d.exemplar())
		default:
			d.readNative()
		}
	}
	if d.err != nil {
		return
	}
	if !hasStart(d.typ) {
		d.sample.Start = metric.Timestamp{}
	}
	h.value.Count = h.count.value()
	native := d.finishNative(start)
	d.finishBuckets(start, native)
	d.sample.Exemplars = h.allExemplars(d.sample.Exemplars)
	d.sample.Histogram = &h.value
}

// count reads a count that need not be whole.
func (d *ProtobufDecoder) count() float64 {
	v := d.double()
	if !(v >= 0) {
		d.fail("%v is no count", v)
	}
	return v
}

// readBucket reads a classic bucket, which must come in order.
func (d *ProtobufDecoder) readBucket() {
	var b metric.Bucket
	var count protoCount
	boundAt, countAt := d.start, d.start
	c := d.enter(protoBucket)
	for d.next(&c) {
		switch d.field {
		case bucketUpperBound:
			boundAt, b.UpperBound = d.start, d.double()
		case bucketCount:
			countAt, count.whole = d.start, float64(d.varint())
		case bucketCountFloat:
			countAt, count.float = d.start, d.count()
		case bucketExemplar:
			d.sample.Exemplars = append(d.sample.Exemplars, d.exemplar())
		}
	}
	b.Count = count.value()
	h := &d.histogram.value
	previous := metric.Bucket{UpperBound: math.Inf(-1)}
	if n := len(h.Buckets); n > 0 {
		previous = h.Buckets[n-1]
	}
	switch {
	case math.IsNaN(b.UpperBound) || len(h.Buckets) > 0 && b.UpperBound <= previous.UpperBound:
		d.failAt(boundAt, nil, "%v does not ascend from %v", b.UpperBound, previous.UpperBound)
	case b.Count < previous.Count:
		d.failAt(countAt, nil, "the count is %v, that of the bucket before %v", b.Count, previous.Count)
	}
	h.Buckets = append(h.Buckets, b)
}

// finishBuckets adds the bucket for +Inf, unless it is there or there need not be
// one, and checks it against the count.
func (d *ProtobufDecoder) finishBuckets(start int, native bool) {
	h := &d.histogram.value
	last := metric.Bucket{UpperBound: math.Inf(-1)}
	n := len(h.Buckets)
	if n > 0 {
		last = h.Buckets[n-1]
	}
	complete := math.IsInf(last.UpperBound, 1) || n == 0 && native
	switch {
	case complete && n > 0 && last.Count != h.Count, last.Count > h.Count:
		d.failAt(start, nil, "the count is %v, that of the bucket for %v is %v", h.Count, last.UpperBound, last.Count)
	case !complete:
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: math.Inf(1), Count: h.Count})
	}
}

// allExemplars joins the exemplars of classic buckets with those of native ones,
// which come first. A histogram with both kinds of buckets has some exemplars
// twice; these stay where the native ones are, all of which are in the order of
// whoever wrote them. The result has the memory of classic.
func (h *protoHistogram) allExemplars(classic []metric.Exemplar) []metric.Exemplar {
	if len(h.exemplars) == 0 || len(classic) == 0 {
		return append(classic, h.exemplars...)
	}
	all, here := h.exemplars, exemplarFinder(h.exemplars)
	for _, e := range classic {
		if !here(e) {
			all = append(all, e)
		}
	}
	h.exemplars = all
	return append(classic[:0], all...)
}

// exemplarFinder returns a function that reports whether an exemplar is one of
// these.
func exemplarFinder(exemplars []metric.Exemplar) func(metric.Exemplar) bool {
	const few = 16
	if len(exemplars) <= few {
		return func(e metric.Exemplar) bool { return slices.Contains(exemplars, e) }
	}
	set := make(map[metric.Exemplar]struct{}, len(exemplars))
	for _, e := range exemplars {
		set[e] = struct{}{}
	}
	return func(e metric.Exemplar) bool {
		_, found := set[e]
		return found
	}
}
