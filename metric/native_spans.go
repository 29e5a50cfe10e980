package metric

import "math"

// NativeBuckets builds one side of a [NativeHistogram] from buckets in
// ascending order. It appends to its slices, so to reuse memory start it as
//
//	NativeBuckets{Spans: spans[:0], Counts: counts[:0]}
//
// The result has one form only: it leaves out empty buckets, however few, and
// starts a new span after each gap. Equal contents are thus equal slices.
type NativeBuckets struct {
	Spans  []BucketSpan
	Counts []float64

	next int64 // the index after the last bucket
}

// Append adds count to the bucket with the index, which is either that of the
// last call or a greater one. It reports false, and changes nothing, when the
// index descends or is too far from the last for the offset of a span. A count
// of 0 changes nothing.
func (b *NativeBuckets) Append(index int32, count float64) bool {
	if count == 0 {
		return true
	}
	if len(b.Spans) == 0 {
		b.Spans = append(b.Spans, BucketSpan{Offset: index, Length: 1})
		b.Counts = append(b.Counts, count)
		b.next = int64(index) + 1
		return true
	}
	gap := int64(index) - b.next
	switch {
	case gap == -1:
		b.Counts[len(b.Counts)-1] += count
		return true
	case gap < 0 || gap > math.MaxInt32:
		return false
	case gap == 0:
		b.Spans[len(b.Spans)-1].Length++
	default:
		b.Spans = append(b.Spans, BucketSpan{Offset: int32(gap), Length: 1})
	}
	b.Counts = append(b.Counts, count)
	b.next = int64(index) + 1
	return true
}
