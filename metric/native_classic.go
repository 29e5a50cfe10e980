package metric

import "math"

// AppendClassic appends the buckets of a histogram of [CustomBoundsSchema] as the
// classic buckets that they are by nature: cumulative, the last one with the bound
// +Inf and all observations, also those that are NaN. A histogram of another schema
// has no bounds to tell, and gives the last bucket alone.
func (h *NativeHistogram) AppendClassic(dst []Bucket) []Bucket {
	start := len(dst)
	for _, bound := range h.CustomBounds {
		dst = append(dst, Bucket{UpperBound: bound})
	}
	for index, count := range h.PositiveBuckets() {
		if i := start + int(index); index >= 0 && i < len(dst) {
			dst[i].Count = count
		}
	}
	for i := start + 1; i < len(dst); i++ {
		dst[i].Count += dst[i-1].Count
	}
	return append(dst, Bucket{UpperBound: math.Inf(1), Count: h.Count})
}
