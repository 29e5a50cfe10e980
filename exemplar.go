package polymeter

import (
	"sync/atomic"

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

func (x *exemplarSlots) slot(s *histogramShape, v float64) *atomic.Pointer[metric.Exemplar] {
	if s.bounds != nil {
		return &x.slots[s.find(v)]
	}
	return &x.slots[(x.next.Add(1)-1)%nativeExemplars]
}

func (x *exemplarSlots) appendTo(dst []metric.Exemplar) []metric.Exemplar {
	for i := range x.slots {
		if e := x.slots[i].Load(); e != nil {
			dst = append(dst, *e)
		}
	}
	return dst
}
