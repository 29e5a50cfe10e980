package metric

import "slices"

// mergeCustom merges the buckets of two histograms of CustomBoundsSchema on the
// bounds common to both.
func (h *NativeHistogram) mergeCustom(other *NativeHistogram) {
	var grid, otherGrid []int32
	if !slices.Equal(h.CustomBounds, other.CustomBounds) {
		common := commonBounds(h.CustomBounds, other.CustomBounds)
		grid, otherGrid = customGrid(h.CustomBounds, common), customGrid(other.CustomBounds, common)
		h.CustomBounds = common
	}
	a, b := customStream(h, grid), customStream(other, otherGrid)
	h.PositiveSpans, h.PositiveCounts, _ = mergeSide(h.PositiveSpans, h.PositiveCounts, a, b)
}

// commonBounds returns the elements that two ascending lists share.
func commonBounds(a, b []float64) []float64 {
	common := make([]float64, 0, min(len(a), len(b)))
	for _, bound := range a {
		for len(b) > 0 && b[0] < bound {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == bound {
			common = append(common, bound)
		}
	}
	return common
}

// customGrid returns, for each bucket of the given bounds and for the one above
// them, the index of the bucket of the common bounds that takes it in.
func customGrid(bounds, common []float64) []int32 {
	grid := make([]int32, len(bounds)+1)
	next := 0
	for i, bound := range bounds {
		for next < len(common) && common[next] < bound {
			next++
		}
		grid[i] = int32(next)
	}
	grid[len(bounds)] = int32(len(common))
	return grid
}
