package pmfile

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"polymeter.dev/metric"
)

// ExemplarCells are the cells of one exemplar in a writer's file. They may be
// used concurrently.
type ExemplarCells struct {
	words []atomic.Uint64
}

// Capacity returns how many bytes of labels there is room for.
func (c *ExemplarCells) Capacity() int { return (len(c.words) - exemplarCellsBefore) * wordSize }

// Store keeps e in place of an earlier exemplar and reports whether its labels
// fit; if they do not, the earlier one stays. Of two that are stored at once,
// one is left out.
func (c *ExemplarCells) Store(e *metric.Exemplar) (fits bool) {
	var stack [256]byte
	labels := appendLabels(stack[:0], e.Labels)
	if len(labels) > c.Capacity() {
		return false
	}
	sequence := &c.words[sequenceCell]
	before := sequence.Load()
	if before%2 != 0 || !sequence.CompareAndSwap(before, before+1) {
		return true
	}
	c.fill(e, labels)
	sequence.Store(before + 2)
	return true
}

// Clear takes the exemplar back, if there is one: no labels are as long as it says
// from then on, so that readers leave it out.
func (c *ExemplarCells) Clear() {
	sequence := &c.words[sequenceCell]
	before := sequence.Load()
	if before == 0 || before%2 != 0 || !sequence.CompareAndSwap(before, before+1) {
		return
	}
	c.words[lengthCell].Store(math.MaxUint64)
	sequence.Store(before + 2)
}

// fill stores everything but the sequence.
func (c *ExemplarCells) fill(e *metric.Exemplar, labels []byte) {
	c.words[valueCell].Store(math.Float64bits(e.Value))
	c.words[timeCell].Store(exemplarTime(e.Timestamp))
	c.words[lengthCell].Store(uint64(len(labels)))
	for i := exemplarCellsBefore; len(labels) > 0; i++ {
		var word [wordSize]byte
		n := copy(word[:], labels)
		c.words[i].Store(binary.NativeEndian.Uint64(word[:]))
		labels = labels[n:]
	}
}

// ExemplarSize returns how many bytes the labels of an exemplar take up.
func ExemplarSize(e *metric.Exemplar) int {
	size := 0
	for name, value := range e.Labels.All() {
		size += 4 + len(name) + 4 + len(value)
	}
	return size
}
