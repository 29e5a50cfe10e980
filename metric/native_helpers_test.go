package metric_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

// side is one side of a native histogram, index to count.
type side map[int32]float64

// histogramOf returns a histogram of schema 0 that has the buckets and the count
// that they add up to.
func histogramOf(positive, negative side) *metric.NativeHistogram {
	h := &metric.NativeHistogram{}
	h.PositiveSpans, h.PositiveCounts = positive.encode()
	h.NegativeSpans, h.NegativeCounts = negative.encode()
	h.Count = observed(h)
	h.Sum = h.Count
	return h
}

func (s side) encode() ([]metric.BucketSpan, []float64) {
	var b metric.NativeBuckets
	for _, index := range slices.Sorted(maps.Keys(s)) {
		b.Append(index, s[index])
	}
	return b.Spans, b.Counts
}

// encodeOddly chooses freely among the many ways to say the same.
func (s side) encodeOddly(t *rapid.T) (spans []metric.BucketSpan, counts []float64) {
	next := int32(0)
	for _, index := range slices.Sorted(maps.Keys(s)) {
		gap := index - next
		switch {
		case len(spans) > 0 && gap == 0 && rapid.Bool().Draw(t, "same span"):
			spans[len(spans)-1].Length++
		case len(spans) > 0 && gap < 4 && rapid.Bool().Draw(t, "bridge"):
			spans[len(spans)-1].Length += uint32(gap) + 1
			counts = append(counts, make([]float64, gap)...)
		case rapid.Bool().Draw(t, "empty span"):
			spans = append(spans, metric.BucketSpan{Offset: gap}, metric.BucketSpan{Length: 1})
		default:
			spans = append(spans, metric.BucketSpan{Offset: gap, Length: 1})
		}
		counts = append(counts, s[index])
		next = index + 1
	}
	return spans, counts
}

// populated returns the populated buckets of each side.
func populated(h *metric.NativeHistogram) (positive, negative side) {
	positive, negative = maps.Collect(h.PositiveBuckets()), maps.Collect(h.NegativeBuckets())
	empty := func(_ int32, count float64) bool { return count == 0 }
	maps.DeleteFunc(positive, empty)
	maps.DeleteFunc(negative, empty)
	return positive, negative
}

// observed adds up all buckets.
func observed(h *metric.NativeHistogram) float64 {
	total := h.ZeroCount
	for _, counts := range [][]float64{h.PositiveCounts, h.NegativeCounts} {
		for _, count := range counts {
			total += count
		}
	}
	return total
}

// drawHistogram draws a valid exponential histogram with whole counts, most
// often with buckets near its zero threshold.
func drawHistogram(t *rapid.T) *metric.NativeHistogram {
	schemas := rapid.OneOf(rapid.Int32Range(0, 3), rapid.Int32Range(metric.MinSchema, metric.MaxSchema))
	thresholds := rapid.OneOf(
		rapid.SampledFrom([]float64{0, 0x1p-128, 0.001, 0.25, 0.3, 0.5, 1, 5e-324}),
		rapid.Float64Range(0, 2),
	)
	h := &metric.NativeHistogram{
		Schema:        schemas.Draw(t, "schema"),
		ZeroThreshold: thresholds.Draw(t, "threshold"),
		ZeroCount:     float64(rapid.IntRange(0, 9).Draw(t, "zero count")),
	}
	h.PositiveSpans, h.PositiveCounts = drawSide(t, h.Schema).encodeOddly(t)
	h.NegativeSpans, h.NegativeCounts = drawSide(t, h.Schema).encodeOddly(t)
	h.Count = observed(h)
	return h
}

func drawSide(t *rapid.T, schema int32) side {
	values := rapid.OneOf(
		rapid.Float64Range(0.2, 1.2),
		rapid.Float64Range(0.0005, 4),
		rapid.SampledFrom([]float64{5e-324, 1e-300, 1, 2, 1e300, 1.7976931348623157e308}),
	)
	s := side{}
	for _, v := range rapid.SliceOfN(values, 0, 8).Draw(t, "values") {
		s[metric.BucketIndex(schema, v)] += float64(rapid.IntRange(0, 5).Draw(t, "count"))
	}
	return s
}
