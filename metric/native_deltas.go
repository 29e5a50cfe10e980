package metric

import (
	"fmt"
	"math"
	"slices"
)

// NativeDeltas are the parts of a native histogram with whole counts as the
// protobuf format and the Python client have them: each bucket holds the
// difference of its count from that of the bucket before it, the first one its
// count.
type NativeDeltas struct {
	CountValue    float64
	SumValue      float64
	Schema        int32
	ZeroThreshold float64
	ZeroCount     float64
	PosSpans      []BucketSpan
	NegSpans      []BucketSpan
	PosDeltas     []int64
	NegDeltas     []int64
}

// NewNativeHistogram makes a histogram of d, from which it copies the slices.
// The error says what is wrong with it; see [NativeHistogram.Validate]. Counts
// above 2^53 are rounded.
func NewNativeHistogram(d NativeDeltas) (*NativeHistogram, error) {
	positive, err := decodeDeltas("positive", d.PosDeltas)
	if err != nil {
		return nil, err
	}
	negative, err := decodeDeltas("negative", d.NegDeltas)
	if err != nil {
		return nil, err
	}
	h := &NativeHistogram{
		Count:          d.CountValue,
		Sum:            d.SumValue,
		Schema:         d.Schema,
		ZeroThreshold:  d.ZeroThreshold,
		ZeroCount:      d.ZeroCount,
		PositiveSpans:  slices.Clone(d.PosSpans),
		PositiveCounts: positive,
		NegativeSpans:  slices.Clone(d.NegSpans),
		NegativeCounts: negative,
	}
	if err := h.Validate(); err != nil {
		return nil, err
	}
	return h, nil
}

func decodeDeltas(side string, deltas []int64) ([]float64, error) {
	if len(deltas) == 0 {
		return nil, nil
	}
	counts := make([]float64, len(deltas))
	count := int64(0)
	for i, delta := range deltas {
		count += delta // beyond the range of int64 it wraps to below 0
		if count < 0 {
			return nil, fmt.Errorf("metric: native histogram's %s delta %d takes the count of bucket %d below 0 or out of range", side, delta, i)
		}
		counts[i] = float64(count)
	}
	return counts, nil
}

// PositiveDeltas returns the counts of the positive buckets in the form of
// [NativeDeltas]. It reports false when one is not a whole number between -2^53
// and 2^53, so that only absolute counts can say it.
func (h *NativeHistogram) PositiveDeltas() ([]int64, bool) { return encodeDeltas(h.PositiveCounts) }

// NegativeDeltas is [NativeHistogram.PositiveDeltas] for the negative buckets.
func (h *NativeHistogram) NegativeDeltas() ([]int64, bool) { return encodeDeltas(h.NegativeCounts) }

func encodeDeltas(counts []float64) ([]int64, bool) {
	if len(counts) == 0 {
		return nil, true
	}
	deltas := make([]int64, len(counts))
	previous := int64(0)
	for i, count := range counts {
		if math.Trunc(count) != count || math.Abs(count) > maxExactCount {
			return nil, false
		}
		deltas[i] = int64(count) - previous
		previous = int64(count)
	}
	return deltas, true
}
