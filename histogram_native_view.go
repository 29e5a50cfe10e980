package polymeter

import (
	"cmp"
	"maps"
	"slices"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// fill completes the workspace's histogram with the native buckets, and makes
// the classic ones, if any, agree with their count: observations that have
// reached the native buckets but not yet a classic one count as above all
// bounds for now. Only a store that went on from values of an earlier process
// can leave more in the classic buckets; then they are shown alone.
func (c *nativeCounts) fill(w *workspace) {
	c.fillNative(w)
	h := &w.native
	if h.Count < w.histogram.Count {
		return
	}
	h.Sum = w.histogram.Sum
	w.histogram.Native, w.histogram.Count = h, h.Count
	if n := len(w.histogram.Buckets); n > 0 {
		w.histogram.Buckets[n-1].Count = h.Count
	}
}

func (c *nativeCounts) fillNative(w *workspace) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state.Load()
	h := &w.native
	h.Schema, h.ZeroThreshold, h.Sum = s.schema, c.shape.threshold, 0
	h.ZeroCount = float64(load(s.zero))
	h.Count = h.ZeroCount + float64(load(s.nan))
	if s.older != nil {
		all := make(tally)
		for ; s != nil; s = s.older {
			s.each(h.Schema, all.add)
		}
		all.appendTo(h)
		return
	}
	h.PositiveSpans, h.PositiveCounts = s.positive.appendTo(h.PositiveSpans, h.PositiveCounts, &h.Count)
	h.NegativeSpans, h.NegativeCounts = s.negative.appendTo(h.NegativeSpans, h.NegativeCounts, &h.Count)
}

// fillStrays makes the workspace's native buckets those that are not in the
// store, and reports whether there are any.
func (c *nativeCounts) fillStrays(w *workspace) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := &w.native
	h.Schema, h.ZeroThreshold = c.state.Load().schema, c.shape.threshold
	h.Count, h.Sum, h.ZeroCount = 0, 0, 0
	all := make(tally)
	for i := range c.missed {
		c.missed[i].each(h.Schema, all.add)
	}
	all.appendTo(h)
	return h.Count > 0
}

func (s *strayChunk) each(schema int32, visit func(b nativeBucket, n uint64)) {
	for i := range s.chunk {
		if n := load(&s.chunk[i]); n > 0 {
			visit(nativeBucket{s.negative, coarser(s.number, i, s.state.schema-schema)}, n)
		}
	}
}

func (s *nativeSide) appendTo(spans []metric.BucketSpan, counts []float64, total *float64) ([]metric.BucketSpan, []float64) {
	b := metric.NativeBuckets{Spans: spans[:0], Counts: counts[:0]}
	d := s.directory.Load()
	if d == nil {
		return b.Spans, b.Counts
	}
	for i, chunk := range d.chunks {
		if chunk == nil {
			continue
		}
		for j := range chunk {
			if n := cell.WholeAt(&chunk[j]).Load(); n > 0 {
				b.Append((d.first+int32(i))<<chunkBits+int32(j), float64(n))
				*total += float64(n)
			}
		}
	}
	return b.Spans, b.Counts
}

// tally adds up buckets that come in any order.
type tally map[nativeBucket]float64

func (t tally) add(b nativeBucket, n uint64) { t[b] += float64(n) }

// appendTo makes the buckets those of h, and adds them to its count.
func (t tally) appendTo(h *metric.NativeHistogram) {
	positive := metric.NativeBuckets{Spans: h.PositiveSpans[:0], Counts: h.PositiveCounts[:0]}
	negative := metric.NativeBuckets{Spans: h.NegativeSpans[:0], Counts: h.NegativeCounts[:0]}
	for _, b := range slices.SortedFunc(maps.Keys(t), func(a, b nativeBucket) int { return cmp.Compare(a.index, b.index) }) {
		side := &positive
		if b.negative {
			side = &negative
		}
		side.Append(b.index, t[b])
		h.Count += t[b]
	}
	h.PositiveSpans, h.PositiveCounts = positive.Spans, positive.Counts
	h.NegativeSpans, h.NegativeCounts = negative.Spans, negative.Counts
}
