package polymeter

import (
	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// histogramIn returns the cells of a histogram with n classic buckets in a store.
func histogramIn(place *cell.Place, n int) *histogramCell {
	for _, word := range place.Words[:n] {
		if place.Whole {
			cell.WholeIn(word)
		} else {
			cell.FloatIn(word)
		}
	}
	k := &histogramCell{sum: cell.FloatIn(place.Words[n])}
	if place.Whole && place.Block != nil {
		k.counts = place.Block[:n:n]
	} else {
		k.words, k.whole = place.Words[:n], place.Whole
	}
	return k
}

// enter switches to the new cells first and then adds what the old ones held, so
// an update meets one or the other, never neither.
func (h *Histogram) enter(_ *family, place *cell.Place) bool {
	h.annex.Store(annexOf(place))
	h.shareStart(place)
	n := len(h.shape.bounds)
	if h.native != nil && place.Annex != nil {
		h.native.moveIn(place.Words[n+1], place.Words[n+2], place.Annex)
	}
	old, next := h.cell.Load(), histogramIn(place, n)
	h.cell.Store(next)
	for i := range n {
		if count := cell.WholeAt(&old.counts[i]).Retire(); count > 0 {
			next.count(i, count)
		}
	}
	if sum := old.sum.Retire(); sum != 0 {
		next.sum.Add(sum)
	}
	if slots := h.exemplars.Load(); slots != nil {
		for i := range slots.slots {
			shareExemplar(&h.annex, &slots.slots[i], i)
		}
	}
	return true
}

func (h *Histogram) leave(_ *family, takeOut bool) {
	h.annex.Store(nil)
	old, kept := h.cell.Load(), newHeapHistogram(h.shape)
	h.cell.Store(kept)
	for i := range h.shape.bounds {
		kept.count(i, old.carried(i, takeOut))
	}
	kept.sum.Add(carriedFloat(old.sum, takeOut))
	if h.native != nil {
		h.native.moveBack(takeOut)
	}
}

// carried returns the count of the i-th bucket, which is in a store, and takes it
// out if told to.
func (k *histogramCell) carried(i int, takeOut bool) uint64 {
	switch {
	case k.counts != nil:
		return carriedWhole(cell.WholeAt(&k.counts[i]), takeOut)
	case k.whole:
		return carriedWhole(cell.WholeAt(k.words[i]), takeOut)
	}
	return uint64(carriedFloat(cell.FloatAt(k.words[i]), takeOut))
}

// Of a histogram, native buckets may stray.

func (h *Histogram) strays() bool    { return h.native != nil && h.native.hasStrays() }
func (h *Histogram) settle() bool    { return h.native == nil || h.native.settle() }
func (h *Histogram) divisible() bool { return true }

// eachStray visits a histogram of the native buckets that are not in the store.
// Their observations are in the classic buckets there, if it has any, and
// thereby in the count.
func (h *Histogram) eachStray(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	if h.native == nil || !h.native.fillStrays(w) {
		return nil
	}
	w.histogram = metric.Histogram{Buckets: w.histogram.Buckets[:0], Native: &w.native}
	if h.shape.bounds == nil {
		w.histogram.Count = w.native.Count
	}
	s.Histogram, s.Start = &w.histogram, h.start()
	return visit(s)
}
