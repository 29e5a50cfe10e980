package metric

import "fmt"

// Merge adds other to h in place, as described under "Zero bucket" and
// "Compatibility between histograms" in
// https://prometheus.io/docs/specs/native_histograms/. Both must be valid
// ([NativeHistogram.Validate]); other is not changed, and nil adds nothing.
//
// The result has the smaller of the two schemas and the greater zero threshold.
// If on the grid of that schema the threshold is inside a populated bucket of
// either, it is raised to the outer bound of that bucket, and what it covers
// moves to the zero bucket. Histograms of [CustomBoundsSchema] keep the bounds
// that they have in common, possibly none. The two kinds do not mix: that is an
// error, and h is unchanged.
//
// Merge is commutative and associative in what it counts where, as far as the
// addition of the counts is: whole counts up to 2^53 are exact.
func (h *NativeHistogram) Merge(other *NativeHistogram) error {
	switch {
	case other == nil:
		return nil
	case h.Schema == CustomBoundsSchema && other.Schema == CustomBoundsSchema:
		h.mergeCustom(other)
	case exponential(h.Schema) && exponential(other.Schema):
		h.mergeExponential(other)
	default:
		return fmt.Errorf("metric: native histograms of schemas %d and %d cannot be merged", h.Schema, other.Schema)
	}
	h.Count += other.Count
	h.Sum += other.Sum
	return nil
}

// mergeExponential merges the buckets. Everything is brought to the common
// schema before the thresholds are reconciled: a threshold between two bounds
// of the coarser grid would cover the inner part of a bucket that then comes
// back as a whole, and count it twice.
func (h *NativeHistogram) mergeExponential(other *NativeHistogram) {
	schema := min(h.Schema, other.Schema)
	threshold := commonThreshold(h, other, schema)
	positive := exponentialStream(h.PositiveSpans, h.PositiveCounts, h.Schema, schema, threshold)
	otherPositive := exponentialStream(other.PositiveSpans, other.PositiveCounts, other.Schema, schema, threshold)
	negative := exponentialStream(h.NegativeSpans, h.NegativeCounts, h.Schema, schema, threshold)
	otherNegative := exponentialStream(other.NegativeSpans, other.NegativeCounts, other.Schema, schema, threshold)

	zero := h.ZeroCount + other.ZeroCount
	var folded float64
	h.PositiveSpans, h.PositiveCounts, folded = mergeSide(h.PositiveSpans, h.PositiveCounts, positive, otherPositive)
	zero += folded
	h.NegativeSpans, h.NegativeCounts, folded = mergeSide(h.NegativeSpans, h.NegativeCounts, negative, otherNegative)
	zero += folded
	h.Schema, h.ZeroThreshold, h.ZeroCount = schema, threshold, zero
}

// commonThreshold returns the threshold that a merge of a and b needs. One step
// is enough to leave the populated bucket it falls in, since on a common grid
// the outer bound of a bucket is inside no other.
func commonThreshold(a, b *NativeHistogram, schema int32) float64 {
	threshold := max(a.ZeroThreshold, b.ZeroThreshold)
	if !(threshold > 0) {
		return threshold
	}
	index := BucketIndex(schema, threshold)
	bound := BucketBound(schema, index)
	if bound > threshold && (a.populated(schema, index) || b.populated(schema, index)) {
		return bound
	}
	return threshold
}

// populated reports whether the positive or the negative bucket with the index
// is populated on the grid of the given schema.
func (h *NativeHistogram) populated(schema, index int32) bool {
	positive := exponentialStream(h.PositiveSpans, h.PositiveCounts, h.Schema, schema, 0)
	negative := exponentialStream(h.NegativeSpans, h.NegativeCounts, h.Schema, schema, 0)
	return positive.has(index) || negative.has(index)
}

// mergeSide adds up two streams, of which the first one reads spans and counts,
// and returns what the zero bucket took, which streams know from their first
// bucket on. It works in place when the first has
// all buckets of the second, as a running total soon does.
func mergeSide(spans []BucketSpan, counts []float64, a, b bucketStream) ([]BucketSpan, []float64, float64) {
	if a.keepsGrid() && addWithin(spans, counts, b, false) {
		addWithin(spans, counts, b, true)
		return spans, counts, b.folded
	}
	merged := NativeBuckets{ // b has read one of each already
		Spans:  make([]BucketSpan, 0, len(spans)+len(b.cursor.spans)+1),
		Counts: make([]float64, 0, len(counts)+len(b.cursor.counts)+1),
	}
	for a.ok || b.ok {
		s := &a
		if !a.ok || (b.ok && b.index < a.index) {
			s = &b
		}
		merged.Append(s.index, s.count)
		s.advance()
	}
	return merged.Spans, merged.Counts, a.folded + b.folded
}

// keepsGrid reports whether the stream has come, on its first bucket, without
// change, and the rest will too.
func (s *bucketStream) keepsGrid() bool {
	return s.steps == 0 && s.custom == nil && s.folded == 0
}

// addWithin reports whether the side has all buckets that b has, and if apply
// is set adds them up to where it has not.
func addWithin(spans []BucketSpan, counts []float64, b bucketStream, apply bool) bool {
	c := bucketCursor{spans: spans, counts: counts}
	index, _, ok := c.next()
	for ; b.ok; b.advance() {
		for ok && index < b.index {
			index, _, ok = c.next()
		}
		if !ok || index != b.index {
			return false
		}
		if apply {
			counts[len(counts)-len(c.counts)-1] += b.count
		}
	}
	return true
}
