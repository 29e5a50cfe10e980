package multiprocess

import (
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

var _ cell.Annex = (*keptSeries)(nil)

// Chunk implements [cell.Annex].
func (k *keptSeries) Chunk(schema, number int32, negative bool) ([]atomic.Uint64, error) {
	k.format.lock.Lock()
	defer k.format.lock.Unlock()
	if k.removed {
		return nil, cell.ErrClosed
	}
	key := chunkKey{schema, number, negative}
	if words := k.chunks[key]; words != nil {
		return words, nil
	}
	words, err := k.writer.AddChunk(k.cells.Offset, schema, number, negative)
	if err != nil {
		return nil, err
	}
	if k.chunks == nil {
		k.chunks = make(map[chunkKey][]atomic.Uint64)
	}
	k.chunks[key] = words
	return words, nil
}

// leastCapacity is the room for the labels of most exemplars: a trace and a span.
const leastCapacity = 96

// Exemplar implements [cell.Annex].
func (k *keptSeries) Exemplar(slot int, e *metric.Exemplar) error {
	k.format.lock.Lock()
	defer k.format.lock.Unlock()
	if k.removed {
		return cell.ErrClosed
	}
	if cells := k.exemplars[slot]; cells != nil && cells.Store(e) {
		return nil
	}
	capacity := max(pmfile.ExemplarSize(e), leastCapacity)
	cells, err := k.writer.AddExemplar(k.cells.Offset, uint32(slot), capacity)
	if err != nil {
		return err
	}
	if k.exemplars == nil {
		k.exemplars = make(map[int]*pmfile.ExemplarCells)
	}
	before := k.exemplars[slot]
	k.exemplars[slot] = cells
	cells.Store(e)
	if before != nil {
		before.Clear()
	}
	return nil
}

// Text implements [cell.Annex].
func (k *keptSeries) Text(text metric.Labels) error {
	k.format.lock.Lock()
	defer k.format.lock.Unlock()
	if k.removed {
		return cell.ErrClosed
	}
	var more []pmfile.Label
	for name, value := range text.All() {
		more = append(more, pmfile.Label{Name: name, Value: value})
	}
	now := time.Now().UnixNano()
	cells, err := k.writer.Replace(k.cells.Offset, now, k.family.offset, k.values, more, now)
	if err != nil {
		return err
	}
	k.cells = cells
	return nil
}

// Reset implements [cell.Annex].
func (k *keptSeries) Reset(start int64) error {
	k.format.lock.Lock()
	defer k.format.lock.Unlock()
	if k.removed {
		return cell.ErrClosed
	}
	for _, cells := range k.exemplars {
		cells.Clear()
	}
	k.writer.Reset(k.cells.Offset, start)
	return nil
}
