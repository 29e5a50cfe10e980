package metric

import (
	"fmt"
	"math"
)

// MaxBuckets is the greatest number of buckets that a native histogram can have
// on one side: that many the finest schema has for all float64 values.
const MaxBuckets = 537_090

// Validate reports what contradicts the rules of
// https://prometheus.io/docs/specs/native_histograms/: an unknown schema, spans
// that do not fit the counts or leave the range of the schema, a negative or
// infinite count, a zero bucket or negative buckets beside custom bounds, or
// buckets that do not add up to the count. They may fall short of it only when
// the sum is NaN, as NaN observations are in no bucket. Whole counts below 2^53
// must add up exactly, others to nine digits.
//
// Its work is bounded by the lengths of the slices, not by what spans claim.
func (h *NativeHistogram) Validate() error {
	if err := h.validateSchema(); err != nil {
		return err
	}
	var total tally
	if !(h.ZeroThreshold >= 0 && h.ZeroThreshold <= math.MaxFloat64) {
		return fmt.Errorf("metric: native histogram has the zero threshold %v", h.ZeroThreshold)
	}
	if !total.add(h.ZeroCount) {
		return fmt.Errorf("metric: native histogram has the zero count %v", h.ZeroCount)
	}
	lowest, highest := h.indexRange()
	for _, side := range h.sides() {
		if err := side.validateSpans(lowest, highest); err != nil {
			return err
		}
		for _, count := range side.counts {
			if !total.add(count) {
				return fmt.Errorf("metric: native histogram has a %s bucket with the count %v", side.name, count)
			}
		}
	}
	return h.validateTotal(&total)
}

func (h *NativeHistogram) validateSchema() error {
	switch {
	case h.Schema == CustomBoundsSchema:
		return h.validateCustom()
	case !exponential(h.Schema):
		return fmt.Errorf("metric: native histogram has the unknown schema %d", h.Schema)
	case len(h.CustomBounds) > 0:
		return fmt.Errorf("metric: native histogram of schema %d has custom bounds", h.Schema)
	}
	return nil
}

func (h *NativeHistogram) validateCustom() error {
	switch {
	case h.ZeroThreshold != 0 || h.ZeroCount != 0:
		return fmt.Errorf("metric: native histogram with custom bounds has a zero bucket of threshold %v and count %v", h.ZeroThreshold, h.ZeroCount)
	case len(h.NegativeSpans) > 0 || len(h.NegativeCounts) > 0:
		return fmt.Errorf("metric: native histogram with custom bounds has negative buckets")
	case len(h.CustomBounds) >= MaxBuckets:
		return fmt.Errorf("metric: native histogram has %d custom bounds, more than %d", len(h.CustomBounds), MaxBuckets-1)
	}
	for i, bound := range h.CustomBounds {
		if math.IsNaN(bound) || math.IsInf(bound, 0) {
			return fmt.Errorf("metric: native histogram has the custom bound %v", bound)
		}
		if i > 0 && bound <= h.CustomBounds[i-1] {
			return fmt.Errorf("metric: native histogram's custom bound %v does not ascend from %v", bound, h.CustomBounds[i-1])
		}
	}
	return nil
}

// indexRange returns the lowest and highest index that a bucket may have: from
// the bucket of the smallest positive number to that of infinity, or of custom
// bounds from the first to the one above the last.
func (h *NativeHistogram) indexRange() (lowest, highest int64) {
	if h.Schema == CustomBoundsSchema {
		return 0, int64(len(h.CustomBounds))
	}
	lowest = int64(BucketIndex(h.Schema, math.SmallestNonzeroFloat64))
	return lowest, int64(BucketIndex(h.Schema, math.Inf(1)))
}

// bucketSide is the positive or the negative half of a histogram.
type bucketSide struct {
	name   string
	spans  []BucketSpan
	counts []float64
}

func (h *NativeHistogram) sides() [2]bucketSide {
	return [...]bucketSide{
		{"positive", h.PositiveSpans, h.PositiveCounts},
		{"negative", h.NegativeSpans, h.NegativeCounts},
	}
}

// validateSpans checks the spans against the counts and the range of indices. A
// span adds less than 2^33 to the index, so it cannot overflow.
func (s *bucketSide) validateSpans(lowest, highest int64) error {
	buckets, index := uint64(0), int64(0)
	for i, span := range s.spans {
		if i > 0 && span.Offset < 0 {
			return fmt.Errorf("metric: native histogram's %s span %d has the negative offset %d", s.name, i, span.Offset)
		}
		index += int64(span.Offset)
		if span.Length > 0 && index < lowest {
			return fmt.Errorf("metric: native histogram's %s bucket index %d is below %d", s.name, index, lowest)
		}
		index += int64(span.Length)
		if span.Length > 0 && index-1 > highest {
			return fmt.Errorf("metric: native histogram's %s bucket index %d is above %d", s.name, index-1, highest)
		}
		buckets += uint64(span.Length)
	}
	if buckets != uint64(len(s.counts)) {
		return fmt.Errorf("metric: native histogram's %s spans cover %d buckets, there are %d", s.name, buckets, len(s.counts))
	}
	return nil
}

func (h *NativeHistogram) validateTotal(total *tally) error {
	if !(h.Count >= 0 && h.Count <= math.MaxFloat64) {
		return fmt.Errorf("metric: native histogram has the count %v", h.Count)
	}
	if total.equals(h.Count) || (math.IsNaN(h.Sum) && total.sum < h.Count) {
		return nil
	}
	return fmt.Errorf("metric: native histogram has the count %v, its buckets add up to %v", h.Count, total.sum)
}

// maxExactCount is the greatest float64 up to which all whole numbers are
// float64 values too.
const maxExactCount = 1 << 53

// tally adds up counts and knows whether it could do so exactly.
type tally struct {
	sum     float64
	rounded bool
}

// add reports false for what is no count: a negative, infinite or NaN value.
func (t *tally) add(count float64) bool {
	if !(count >= 0 && count <= math.MaxFloat64) {
		return false
	}
	t.sum += count
	t.rounded = t.rounded || t.sum >= maxExactCount || count != math.Trunc(count)
	return true
}

func (t *tally) equals(count float64) bool {
	if !t.rounded {
		return t.sum == count
	}
	const tolerance = 1e-9
	return math.Abs(t.sum-count) <= tolerance*count
}
