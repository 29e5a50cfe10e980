package metric

import (
	"iter"
	"math"
	"slices"
)

// NativeBucket is one bucket of a native histogram: Count observations were
// between Lower and Upper.
type NativeBucket struct {
	Lower, Upper float64
	// LowerClosed and UpperClosed say whether the bounds belong to the
	// bucket.
	LowerClosed, UpperClosed bool
	Count                    float64
}

// Buckets returns the populated buckets in ascending order of value, the zero
// bucket among them. A bucket that overlaps the zero bucket begins where that
// ends. The histogram must be valid ([NativeHistogram.Validate]).
func (h *NativeHistogram) Buckets() iter.Seq[NativeBucket] {
	return func(yield func(NativeBucket) bool) {
		if h.Schema == CustomBoundsSchema {
			h.yieldPositive(h.customBucket, yield)
			return
		}
		if !h.yieldNegative(yield) {
			return
		}
		if h.ZeroCount != 0 && !yield(h.zeroBucket()) {
			return
		}
		h.yieldPositive(h.positiveBucket, yield)
	}
}

func (h *NativeHistogram) yieldPositive(at func(int32, float64) NativeBucket, yield func(NativeBucket) bool) {
	for index, count := range h.PositiveBuckets() {
		if count != 0 && !yield(at(index, count)) {
			return
		}
	}
}

func (h *NativeHistogram) yieldNegative(yield func(NativeBucket) bool) bool {
	buckets := make([]NativeBucket, 0, len(h.NegativeCounts))
	for index, count := range h.NegativeBuckets() {
		if count != 0 {
			buckets = append(buckets, h.negativeBucket(index, count))
		}
	}
	for _, bucket := range slices.Backward(buckets) {
		if !yield(bucket) {
			return false
		}
	}
	return true
}

func (h *NativeHistogram) zeroBucket() NativeBucket {
	return NativeBucket{
		Lower:       0 - h.ZeroThreshold, // not -0 for the threshold 0
		Upper:       h.ZeroThreshold,
		LowerClosed: true,
		UpperClosed: true,
		Count:       h.ZeroCount,
	}
}

func (h *NativeHistogram) positiveBucket(index int32, count float64) NativeBucket {
	lower, upper := BucketBound(h.Schema, index-1), BucketBound(h.Schema, index)
	if lower < h.ZeroThreshold && h.ZeroThreshold < upper {
		lower = h.ZeroThreshold
	}
	return NativeBucket{Lower: lower, Upper: upper, UpperClosed: true, Count: count}
}

func (h *NativeHistogram) negativeBucket(index int32, count float64) NativeBucket {
	mirrored := h.positiveBucket(index, count)
	return NativeBucket{Lower: -mirrored.Upper, Upper: -mirrored.Lower, LowerClosed: true, Count: count}
}

func (h *NativeHistogram) customBucket(index int32, count float64) NativeBucket {
	b := NativeBucket{Lower: math.Inf(-1), Upper: math.Inf(1), UpperClosed: true, Count: count}
	i := max(int(index), 0)
	b.LowerClosed = i == 0
	if i > 0 && i <= len(h.CustomBounds) {
		b.Lower = h.CustomBounds[i-1]
	}
	if i < len(h.CustomBounds) {
		b.Upper = h.CustomBounds[i]
	}
	return b
}
