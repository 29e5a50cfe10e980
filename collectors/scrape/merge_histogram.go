package scrape

import (
	"maps"
	"math"
	"slices"

	"polymeter.dev/internal/exact"
	"polymeter.dev/metric"
)

// histogramTotal adds up histograms, whose bounds may differ: what a target counted
// below a bound stays below it, and above those that it does not have.
type histogramTotal struct {
	count, sum exact.Sum
	noSum      bool
	buckets    map[float64]*exact.Sum // not cumulative
	native     *metric.NativeHistogram
	noNative   bool // some histogram has no native buckets, or others cannot be added
}

func (t *histogramTotal) add(h *metric.Histogram) {
	t.count.Add(h.Count)
	t.sum.Add(h.Sum)
	t.noSum = t.noSum || h.NoSum
	if t.buckets == nil {
		t.buckets = make(map[float64]*exact.Sum)
	}
	below := 0.0
	for _, b := range h.Buckets {
		if t.buckets[b.UpperBound] == nil {
			t.buckets[b.UpperBound] = new(exact.Sum)
		}
		t.buckets[b.UpperBound].Add(b.Count - below)
		below = b.Count
	}
	t.addNative(h.Native)
}

func (t *histogramTotal) addNative(n *metric.NativeHistogram) {
	switch {
	case n == nil:
		t.noNative = true
	case t.noNative:
	case t.native == nil:
		t.native = n.Clone()
	default:
		t.noNative = t.native.Merge(n) != nil
	}
}

// histogram returns the sum. It has native buckets if all have some of one kind, else
// classic ones: +Inf at least, in which histograms without classic ones are counted.
func (t *histogramTotal) histogram() *metric.Histogram {
	h := &metric.Histogram{Count: t.count.Value(), Sum: t.sum.Value(), NoSum: t.noSum}
	if !t.noNative {
		h.Native = t.native
		h.Native.Count, h.Native.Sum = h.Count, h.Sum
	}
	var below exact.Sum
	for _, bound := range slices.Sorted(maps.Keys(t.buckets)) {
		below.Merge(t.buckets[bound])
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: bound, Count: min(below.Value(), h.Count)})
	}
	if n := len(h.Buckets); n == 0 && h.Native != nil {
		return h
	} else if n == 0 || !math.IsInf(h.Buckets[n-1].UpperBound, 1) {
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: math.Inf(1)})
	}
	h.Buckets[len(h.Buckets)-1].Count = h.Count
	return h
}
