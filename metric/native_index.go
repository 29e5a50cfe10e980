package metric

import (
	"math"
	"math/bits"
)

// The parts of a float64.
const (
	fractionBits = 52
	fractionMask = 1<<fractionBits - 1
	exponentBias = 1023
	exponentMask = 0x7ff
)

// finestMax is the index at MaxSchema of the bucket that holds
// math.MaxFloat64; the one after it holds the infinity.
const finestMax = 1024 << MaxSchema

// BucketIndex returns the index of the bucket that holds v, or for a negative
// v of the negative bucket that does, in an exponential schema between
// [MinSchema] and [MaxSchema]. Infinities have the index after that of the
// largest finite number. Zero and NaN have no bucket; for them, and for other
// schemas, the result has no meaning.
func BucketIndex(schema int32, v float64) int32 {
	return coarserIndex(finestIndex(v), MaxSchema-schema)
}

// coarserIndex returns the index of the bucket that takes in bucket i when the
// schema goes down by the given number of steps.
func coarserIndex(i, steps int32) int32 {
	return (i-1)>>uint32(steps) + 1
}

// finestIndex is BucketIndex for MaxSchema. All other schemas follow from it,
// for their bounds are among its bounds.
func finestIndex(v float64) int32 {
	b := math.Float64bits(v)
	exponent, fraction := int32(b>>fractionBits)&exponentMask, b&fractionMask
	switch exponent {
	case exponentMask:
		return finestMax + 1
	case 0: // subnormal: there is no implied leading bit
		shift := bits.LeadingZeros64(fraction) - (63 - fractionBits)
		exponent, fraction = int32(1-shift), fraction<<uint(shift)&fractionMask
	}
	// Two steps reach the first bound that is not below the fraction; the
	// sign bit of the difference is 1 as long as there is one to take.
	k := uint64(firstBound[fraction>>(fractionBits-8)])
	k += (boundFraction[k] - fraction) >> 63
	k += (boundFraction[k] - fraction) >> 63
	return (exponent-exponentBias)<<MaxSchema + int32(k)
}

// BucketBound returns the upper bound of the positive bucket with the index, in
// an exponential schema between [MinSchema] and [MaxSchema]; its negative is
// the lower bound of the negative bucket. The bucket with math.MaxFloat64 ends
// there, the one after it at +Inf. A bound that no float64 meets is rounded
// down, so that v lies in bucket i just when
//
//	BucketBound(schema, i-1) < v && v <= BucketBound(schema, i)
//
// For other schemas the result has no meaning.
func BucketBound(schema, index int32) float64 {
	finest := int64(index) << uint32(MaxSchema-schema)
	if finest > finestMax {
		return math.Inf(1)
	}
	if finest == finestMax {
		return math.MaxFloat64
	}
	exponent := finest >> MaxSchema
	fraction := boundFraction[finest&(1<<MaxSchema-1)]
	if exponent > -exponentBias {
		return math.Float64frombits(uint64(exponent+exponentBias)<<fractionBits | fraction)
	}
	significand := 1<<fractionBits | fraction
	return math.Float64frombits(significand >> uint64(1-exponentBias-exponent))
}
