package metric

import (
	"iter"
	"math"
)

// bucketCursor walks over the buckets of one side, empty ones included. What
// it does is bounded by the lengths of the slices, whatever the spans claim.
type bucketCursor struct {
	spans  []BucketSpan
	counts []float64
	index  int64  // of the next bucket, when left > 0
	left   uint32 // buckets still to come in the current span
}

// next returns the next bucket; ok is false at the end, which is also where
// spans promise more than there is or leave the range of indices.
func (c *bucketCursor) next() (index int32, count float64, ok bool) {
	for c.left == 0 {
		if len(c.spans) == 0 {
			return 0, 0, false
		}
		c.index += int64(c.spans[0].Offset)
		c.left = c.spans[0].Length
		c.spans = c.spans[1:]
	}
	if len(c.counts) == 0 || c.index < math.MinInt32 || c.index > math.MaxInt32 {
		return 0, 0, false
	}
	index, count = int32(c.index), c.counts[0]
	c.counts = c.counts[1:]
	c.index++
	c.left--
	return index, count, true
}

// PositiveBuckets returns the indices and counts of the positive buckets, or
// of all buckets for CustomBoundsSchema, in ascending order of index. Empty
// buckets are among them where the spans cover them.
func (h *NativeHistogram) PositiveBuckets() iter.Seq2[int32, float64] {
	return eachBucket(h.PositiveSpans, h.PositiveCounts)
}

// NegativeBuckets returns the indices and counts of the negative buckets in
// ascending order of index, that is from zero downwards.
func (h *NativeHistogram) NegativeBuckets() iter.Seq2[int32, float64] {
	return eachBucket(h.NegativeSpans, h.NegativeCounts)
}

func eachBucket(spans []BucketSpan, counts []float64) iter.Seq2[int32, float64] {
	return func(yield func(int32, float64) bool) {
		c := bucketCursor{spans: spans, counts: counts}
		for {
			index, count, ok := c.next()
			if !ok || !yield(index, count) {
				return
			}
		}
	}
}
