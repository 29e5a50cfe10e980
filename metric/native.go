package metric

import "slices"

// CustomBoundsSchema is the schema of native histograms whose buckets are given
// by explicit bounds instead of a base.
const CustomBoundsSchema = -53

// The range of schemas with exponential buckets: bucket i of schema n covers
// (b^(i-1), b^i] with b = 2^(2^-n).
const (
	MinSchema = -4
	MaxSchema = 8
)

// BucketSpan is a run of consecutive native buckets. The Offset of the first
// span is the index of its first bucket; that of a later one is the number of
// buckets left out since the span before it.
type BucketSpan struct {
	Offset int32
	Length uint32
}

// NativeHistogram is a sparse histogram with exponential buckets
// (https://prometheus.io/docs/specs/native_histograms/). Buckets hold absolute
// counts, in the order of the spans; the deltas of the protobuf format and of
// the Python client are available from [NativeHistogram.PositiveDeltas] and
// [NativeHistogram.NegativeDeltas].
type NativeHistogram struct {
	Count float64
	Sum   float64
	// Schema is between MinSchema and MaxSchema, or CustomBoundsSchema.
	Schema int32
	// ZeroThreshold is the half-width of the zero bucket, which is closed at
	// both ends.
	ZeroThreshold float64
	ZeroCount     float64

	PositiveSpans  []BucketSpan
	PositiveCounts []float64
	NegativeSpans  []BucketSpan
	NegativeCounts []float64

	// CustomBounds are the ascending, finite upper bounds of the buckets of
	// schema CustomBoundsSchema; one more bucket above the last is for the
	// rest.
	CustomBounds []float64
}

// Clone returns a deep copy; a nil NativeHistogram gives nil.
func (h *NativeHistogram) Clone() *NativeHistogram {
	if h == nil {
		return nil
	}
	c := *h
	c.PositiveSpans = slices.Clone(h.PositiveSpans)
	c.PositiveCounts = slices.Clone(h.PositiveCounts)
	c.NegativeSpans = slices.Clone(h.NegativeSpans)
	c.NegativeCounts = slices.Clone(h.NegativeCounts)
	c.CustomBounds = slices.Clone(h.CustomBounds)
	return &c
}
