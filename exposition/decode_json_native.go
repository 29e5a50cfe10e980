package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// Positions in nativeFields.
const (
	nativeCount = iota
	nativeSum
	nativeSchema
	nativeZeroThreshold
	nativeZeroCount
	nativePosSpans
	nativeNegSpans
	nativePosDeltas
	nativeNegDeltas
	nativePosCounts
	nativeNegCounts
)

// nativeFields are the fields of a native histogram. Its buckets are given
// either by deltas or, where these could not be exact, by counts.
var nativeFields = []string{
	"count_value", "sum_value", "schema", "zero_threshold", "zero_count",
	"pos_spans", "neg_spans", "pos_deltas", "neg_deltas", "pos_counts", "neg_counts",
}

// neededNative is how many of nativeFields must be there.
const neededNative = nativeZeroCount + 1

// nativeReader is a native histogram as it is written.
type nativeReader struct {
	metric.NativeDeltas
	positive, negative []float64 // counts
}

func (d *JSONDecoder) nativeHistogram() *metric.Histogram {
	d.peek()
	start := d.start
	var n nativeReader
	present := d.object(neededNative, nativeFields, func(field int) { d.nativeField(&n, field) })
	const deltas, counts = 1<<nativePosDeltas | 1<<nativeNegDeltas, 1<<nativePosCounts | 1<<nativeNegCounts
	if present&deltas != 0 && present&counts != 0 {
		d.failAt(start, nil, "there are both deltas and counts")
	}
	if d.err != nil {
		return nil
	}
	native, err := n.histogram(present&counts != 0)
	if err != nil {
		d.failAt(start, nil, "%s", withoutPrefix(err))
		return nil
	}
	return &metric.Histogram{Count: native.Count, Sum: native.Sum, Native: native}
}

func (d *JSONDecoder) nativeField(n *nativeReader, field int) {
	switch field {
	case nativeCount:
		n.CountValue = d.float()
	case nativeSum:
		n.SumValue = d.float()
	case nativeSchema:
		n.Schema = int32(d.integer(math.MinInt32, math.MaxInt32))
	case nativeZeroThreshold:
		n.ZeroThreshold = d.float()
	case nativeZeroCount:
		n.ZeroCount = d.float()
	case nativePosSpans:
		n.PosSpans = d.spans()
	case nativeNegSpans:
		n.NegSpans = d.spans()
	case nativePosDeltas:
		n.PosDeltas = d.deltas()
	case nativeNegDeltas:
		n.NegDeltas = d.deltas()
	case nativePosCounts:
		n.positive = d.counts()
	case nativeNegCounts:
		n.negative = d.counts()
	}
}

// histogram returns the histogram, or the error of [metric.NativeHistogram.Validate].
func (n *nativeReader) histogram(byCounts bool) (*metric.NativeHistogram, error) {
	if !byCounts {
		return metric.NewNativeHistogram(n.NativeDeltas)
	}
	h := &metric.NativeHistogram{
		Count: n.CountValue, Sum: n.SumValue, Schema: n.Schema,
		ZeroThreshold: n.ZeroThreshold, ZeroCount: n.ZeroCount,
		PositiveSpans: n.PosSpans, PositiveCounts: n.positive,
		NegativeSpans: n.NegSpans, NegativeCounts: n.negative,
	}
	return h, h.Validate()
}

// spans reads a list of pairs of offset and length.
func (d *JSONDecoder) spans() []metric.BucketSpan {
	var spans []metric.BucketSpan
	d.list(func(int) {
		d.peek()
		start, pair, numbers := d.start, [2]int64{}, 0
		d.list(func(i int) {
			if numbers++; i < len(pair) {
				pair[i] = d.integer(math.MinInt32, math.MaxUint32)
			} else {
				d.integer(math.MinInt64, math.MaxInt64)
			}
		})
		if numbers != len(pair) || pair[0] > math.MaxInt32 || pair[1] < 0 {
			d.failAt(start, nil, "a span is a list of an offset and a length")
		}
		spans = append(spans, metric.BucketSpan{Offset: int32(pair[0]), Length: uint32(pair[1])})
	})
	return spans
}

func (d *JSONDecoder) deltas() []int64 {
	var deltas []int64
	d.list(func(int) { deltas = append(deltas, d.integer(math.MinInt64, math.MaxInt64)) })
	return deltas
}

func (d *JSONDecoder) counts() []float64 {
	var counts []float64
	d.list(func(int) { counts = append(counts, d.float()) })
	return counts
}
