package multiprocess

import (
	"math"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// showHistogram accumulates the classic buckets, and puts the native ones beside
// them if all contributions have some.
//
// A process counts an observation in its native buckets first and then in a
// classic one, so the native count is the one that covers both. Only where some
// contributions have no native buckets do the classic ones alone tell about all,
// and those that have no classic ones count as above all bounds.
func (m *merged) showHistogram(r *row, slots []slot) {
	h := &m.histogram
	*h = metric.Histogram{NoSum: true, Buckets: m.buckets[:0]}
	for len(slots) > 0 && slots[0].part <= partSum {
		if s := slots[0]; s.part == partSum {
			h.Sum, h.NoSum = m.totals.total(s.cell), false
		} else {
			h.Count += m.totals.observations(s.cell)
			h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: s.bound, Count: h.Count})
		}
		slots = slots[1:]
	}
	native := m.native.read(m.totals, slots)
	switch {
	case native == nil:
	case r.plain:
		h.Count += m.native.alone
	default:
		h.Native, h.Count = native, native.Count
	}
	if native == nil || r.plain || len(h.Buckets) > 0 {
		h.Buckets = closeBuckets(h.Buckets, h.Count)
	}
	if h.Native != nil {
		if m.native.unbucketed > 0 {
			h.Sum = math.NaN() // what was observed was NaN; the sum may be about to show it
		}
		h.Native.Sum = h.Sum
	}
	m.buckets = h.Buckets[:0]
	m.sample.Histogram = h
}

// closeBuckets makes the last bucket the one with the bound +Inf, and all agree
// with the count.
func closeBuckets(buckets []metric.Bucket, count float64) []metric.Bucket {
	if n := len(buckets); n == 0 || !math.IsInf(buckets[n-1].UpperBound, 1) {
		buckets = append(buckets, metric.Bucket{UpperBound: math.Inf(1)})
	}
	for i := range buckets {
		buckets[i].Count = min(buckets[i].Count, count)
	}
	buckets[len(buckets)-1].Count = count
	return buckets
}

// nativeMerge makes one native histogram of chunks of several schemas, and of
// declarations with several zero thresholds.
type nativeMerge struct {
	sum   metric.NativeHistogram
	next  metric.NativeHistogram
	empty bool // nothing is in sum yet
	zeros []zeroBucket
	// alone is the count of contributions without classic buckets, unbucketed
	// that of NaN.
	alone, unbucketed float64
}

// zeroBucket is the zero bucket of declarations with the same threshold.
type zeroBucket struct {
	slotID
	count float64
	added bool
}

// read returns the native histogram that the slots make up, or nil when there
// are none.
func (n *nativeMerge) read(t *totals, slots []slot) *metric.NativeHistogram {
	n.alone, n.unbucketed, n.empty, n.zeros = 0, 0, true, n.zeros[:0]
	if len(slots) == 0 {
		return nil
	}
	for len(slots) > 0 && slots[0].part != partChunk {
		n.addSpecial(slots[0].slotID, t.observations(slots[0].cell))
		slots = slots[1:]
	}
	for len(slots) > 0 {
		slots = n.addSchema(t, slots)
	}
	for _, zero := range n.zeros { // those of declarations that have counted nothing else
		if !zero.added && (n.empty || zero.count > 0) {
			n.begin(zero.slotID, metric.MaxSchema)
			n.merge(0)
		}
	}
	n.sum.Count += n.unbucketed
	return &n.sum
}

// addSpecial takes note of a zero bucket, or of the count of NaN.
func (n *nativeMerge) addSpecial(id slotID, count float64) {
	if !id.classic {
		n.alone += count
	}
	if id.part == partNaN {
		n.unbucketed += count
		return
	}
	n.zeros = append(n.zeros, zeroBucket{id, count, false})
}

// begin makes next an empty histogram, keeping its memory, with the zero bucket
// of its declaration if no other has it yet.
func (n *nativeMerge) begin(id slotID, schema int32) {
	h := &n.next
	*h = metric.NativeHistogram{
		Schema: schema, ZeroThreshold: id.bound,
		PositiveSpans: h.PositiveSpans[:0], PositiveCounts: h.PositiveCounts[:0],
		NegativeSpans: h.NegativeSpans[:0], NegativeCounts: h.NegativeCounts[:0],
	}
	for i := range n.zeros {
		if z := &n.zeros[i]; z.bound == id.bound && z.classic == id.classic && !z.added {
			h.ZeroCount, z.added = z.count, true
		}
	}
}

// addSchema adds the chunks of one declaration and schema, and returns what
// comes after them. Slots are sorted by side, the positive one first, and then
// by number.
func (n *nativeMerge) addSchema(t *totals, slots []slot) []slot {
	first := slots[0].slotID
	n.begin(first, first.schema)
	h := &n.next
	positive := metric.NativeBuckets{Spans: h.PositiveSpans, Counts: h.PositiveCounts}
	negative := metric.NativeBuckets{Spans: h.NegativeSpans, Counts: h.NegativeCounts}
	total := 0.0
	for len(slots) > 0 {
		s := slots[0]
		if s.bound != first.bound || s.classic != first.classic || s.schema != first.schema {
			break
		}
		side := &positive
		if s.negative {
			side = &negative
		}
		total += addChunk(t, s, side)
		slots = slots[1:]
	}
	h.PositiveSpans, h.PositiveCounts = positive.Spans, positive.Counts
	h.NegativeSpans, h.NegativeCounts = negative.Spans, negative.Counts
	if !first.classic {
		n.alone += total
	}
	n.merge(total)
	return slots
}

// merge adds next, whose buckets but for the zero one have the count, to sum.
// Both are exponential, so that it cannot fail.
func (n *nativeMerge) merge(count float64) {
	n.next.Count = n.next.ZeroCount + count
	if n.empty {
		n.empty = false
		n.sum, n.next = n.next, n.sum
		return
	}
	_ = n.sum.Merge(&n.next)
}

// addChunk adds the buckets of a chunk to those of its side, and returns their
// count. Indexes that no float64 has are those of a damaged file.
func addChunk(t *totals, s slot, to *metric.NativeBuckets) (total float64) {
	lowest := metric.BucketIndex(s.schema, math.SmallestNonzeroFloat64)
	highest := metric.BucketIndex(s.schema, math.Inf(1))
	for i := range int32(cell.ChunkSize) {
		index := s.number*cell.ChunkSize + i
		if index < lowest || index > highest {
			continue
		}
		if count := t.observations(s.cell + uint32(i)); count > 0 && to.Append(index, count) {
			total += count
		}
	}
	return total
}
