package polymeter

import (
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// exemplarSlots holds the newest exemplar of each classic bucket, or, for a
// histogram without classic buckets, the newest few.
type exemplarSlots struct {
	slots []atomic.Pointer[metric.Exemplar]
	next  atomic.Uint32
}

// nativeExemplars is how many exemplars a histogram keeps that has native
// buckets only.
const nativeExemplars = 10

func newExemplarSlots(buckets int) *exemplarSlots {
	if buckets == 0 {
		buckets = nativeExemplars
	}
	return &exemplarSlots{slots: make([]atomic.Pointer[metric.Exemplar], buckets)}
}

// slot returns the number of the slot for an observation.
func (x *exemplarSlots) slot(s *histogramShape, v float64) int {
	if s.bounds != nil {
		return s.find(v)
	}
	return int((x.next.Add(1) - 1) % nativeExemplars)
}

func (x *exemplarSlots) appendTo(dst []metric.Exemplar) []metric.Exemplar {
	for i := range x.slots {
		if e := x.slots[i].Load(); e != nil {
			dst = append(dst, *e)
		}
	}
	return dst
}

// annexOf returns what [shareExemplar] needs of a place.
func annexOf(place *cell.Place) *cell.Annex {
	if place.Annex == nil {
		return nil
	}
	return &place.Annex
}

// shareExemplar shows other processes the exemplar in a slot, if the values are
// in a store that can keep it. One for which there is no room is shown by nobody
// else. Whoever puts a newer one into the slot meanwhile calls this, too: in the
// end it is the newest that is in the store, whoever comes last.
func shareExemplar(annex *atomic.Pointer[cell.Annex], slot *atomic.Pointer[metric.Exemplar], number int) {
	to := annex.Load()
	if to == nil {
		return
	}
	for {
		e := slot.Load()
		if e == nil || (*to).Exemplar(number, e) != nil || slot.Load() == e {
			return
		}
	}
}
