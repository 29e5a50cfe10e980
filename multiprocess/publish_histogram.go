package multiprocess

import (
	"math"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// bucketCounts is a histogram as a file has it.
type bucketCounts struct {
	bounds []float64
	counts []float64 // of each bucket alone
	// native has exponential buckets, or is nil. Its NaN observations are in none
	// of them.
	native *metric.NativeHistogram
	nan    float64
}

// load takes a histogram apart, in memory that is used again.
func (b *bucketCounts) load(h *metric.Histogram) {
	b.bounds, b.counts, b.nan = b.bounds[:0], b.counts[:0], 0
	b.native = h.Native
	below := 0.0
	for _, bucket := range h.Buckets {
		b.bounds = append(b.bounds, bucket.UpperBound)
		b.counts = append(b.counts, bucket.Count-below)
		below = bucket.Count
	}
	if b.native == nil {
		return
	}
	rest := b.native.Count - b.native.ZeroCount
	for _, count := range b.native.PositiveCounts {
		rest -= count
	}
	for _, count := range b.native.NegativeCounts {
		rest -= count
	}
	if math.IsNaN(b.native.Sum) && rest > 0 { // else it is an error of rounding
		b.nan = rest
	}
	if b.native.Schema == metric.CustomBoundsSchema {
		b.loadCustom()
	}
}

// loadCustom makes classic buckets of custom ones, unless there are classic ones
// already. As there, NaN counts as above all bounds.
func (b *bucketCounts) loadCustom() {
	custom := b.native
	b.native = nil
	if len(b.bounds) > 0 {
		return
	}
	b.bounds = append(append(b.bounds, custom.CustomBounds...), math.Inf(1))
	for range b.bounds {
		b.counts = append(b.counts, 0)
	}
	for index, count := range custom.PositiveBuckets() {
		b.counts[index] += count
	}
	b.counts[len(b.counts)-1] += b.nan
}

// whole reports whether all counts can be in cells with whole numbers.
func (b *bucketCounts) whole() bool {
	if !allWhole(b.counts) {
		return false
	}
	n := b.native
	return n == nil || isWhole(b.nan) && isWhole(n.ZeroCount) && allWhole(n.PositiveCounts) && allWhole(n.NegativeCounts)
}

func allWhole(counts []float64) bool {
	for _, count := range counts {
		if !isWhole(count) {
			return false
		}
	}
	return true
}

// addHistogram adds a histogram with the present labels.
func (w *publication) addHistogram(s *metric.Sample) {
	b := &w.buckets
	b.load(s.Histogram)
	f := &w.family
	f.Bounds, f.FloatCounts = b.bounds, !b.whole()
	f.Native, f.ZeroThreshold = b.native != nil, 0
	if f.Native {
		f.ZeroThreshold = b.native.ZeroThreshold + 0 // not -0
	}
	sum := s.Histogram.Sum
	if s.Histogram.NoSum {
		sum = math.NaN()
	}
	values := make([]uint64, 0, len(b.counts)+3)
	for _, count := range b.counts {
		values = append(values, w.count(count))
	}
	values = append(values, math.Float64bits(sum))
	if f.Native {
		values = append(values, w.count(b.native.ZeroCount), w.count(b.nan))
	}
	offset := w.series(s, values...)
	if f.Native {
		w.addChunks(offset, b.native)
	}
	w.addExemplars(offset, s)
}

// addChunks adds native buckets. Without any, an empty chunk says what the schema
// is.
func (w *publication) addChunks(series int64, n *metric.NativeHistogram) {
	positive := w.addSide(series, n.Schema, n.PositiveSpans, n.PositiveCounts, false)
	negative := w.addSide(series, n.Schema, n.NegativeSpans, n.NegativeCounts, true)
	if !positive && !negative {
		w.Chunk(series, n.Schema, 0, false, new([pmfile.ChunkCells]uint64))
	}
}

// addSide adds the buckets of one sign, and reports whether there were any.
func (w *publication) addSide(series int64, schema int32, spans []metric.BucketSpan, counts []float64, negative bool) bool {
	var words [pmfile.ChunkCells]uint64
	number, any := int32(0), false
	side := metric.NativeHistogram{PositiveSpans: spans, PositiveCounts: counts}
	for index, count := range side.PositiveBuckets() {
		if count == 0 {
			continue
		}
		cell := index & (pmfile.ChunkCells - 1)
		if next := (index - cell) / pmfile.ChunkCells; !any || next != number {
			if any {
				w.Chunk(series, schema, number, negative, &words)
			}
			number, any = next, true
			clear(words[:])
		}
		words[cell] = w.count(count)
	}
	if any {
		w.Chunk(series, schema, number, negative, &words)
	}
	return any
}

// addExemplars adds the newest exemplar of each classic bucket, in the slot of
// its bucket; of a histogram without, the newest few.
func (w *publication) addExemplars(series int64, s *metric.Sample) {
	if len(s.Exemplars) == 0 {
		return
	}
	if len(w.family.Bounds) == 0 {
		for i, e := range newest(nil, s.Exemplars, s.Histogram) {
			w.Exemplar(series, uint32(i), &e)
		}
		return
	}
	lower := math.Inf(-1)
	for i, bound := range w.family.Bounds {
		if e := metric.NewestExemplar(s.Exemplars, lower, bound); e != nil {
			w.Exemplar(series, uint32(i), e)
		}
		lower = bound
	}
}
