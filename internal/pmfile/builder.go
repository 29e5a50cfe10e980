package pmfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"

	"polymeter.dev/metric"
)

// Builder makes a whole file in memory.
type Builder struct {
	data []byte
	// scratch is for payloads.
	scratch []byte
	err     error
}

// NewBuilder returns a builder of a file with this header and no records.
func NewBuilder(h *Header) *Builder {
	return &Builder{data: AppendHeader(nil, h, FirstRecord)}
}

// Family adds a family and returns its offset.
func (b *Builder) Family(f *Family) int64 {
	if err := f.check(); err != nil {
		b.err = err
		return 0
	}
	b.scratch = AppendFamily(b.scratch[:0], f)
	offset, _ := b.add(KindFamily, 0)
	return offset
}

// Series adds a series, whose cells are the state, the start, and the values
// of its family, and returns its offset.
func (b *Builder) Series(family int64, values []string, more []Label, cells []uint64) int64 {
	b.scratch = AppendSeries(b.scratch[:0], family, values, more)
	offset, to := b.add(KindSeries, len(cells))
	putCells(to, cells)
	return offset
}

// Chunk adds the counts of native buckets.
func (b *Builder) Chunk(series int64, schema, number int32, negative bool, counts *[ChunkCells]uint64) {
	b.scratch = AppendChunk(b.scratch[:0], series, schema, number, negative)
	_, to := b.add(KindChunk, ChunkCells)
	putCells(to, counts[:])
}

// Exemplar adds an exemplar with just the room that it needs.
func (b *Builder) Exemplar(series int64, slot uint32, e *metric.Exemplar) {
	capacity := int(padded(int64(ExemplarSize(e))))
	b.scratch = AppendExemplar(b.scratch[:0], series, slot, capacity)
	_, to := b.add(KindExemplar, exemplarCellsBefore+capacity/wordSize)
	if to == nil {
		return
	}
	c := ExemplarCells{make([]atomic.Uint64, len(to)/wordSize)}
	c.Store(e)
	for i := range c.words {
		binary.NativeEndian.PutUint64(to[i*wordSize:], c.words[i].Load())
	}
}

// Addends adds floats whose exact sum is the float value of the series.
func (b *Builder) Addends(series int64, v []float64) {
	b.scratch = AppendAddends(b.scratch[:0], series)
	_, to := b.add(KindAddends, len(v))
	for i := range min(len(v), len(to)/wordSize) {
		binary.NativeEndian.PutUint64(to[i*wordSize:], math.Float64bits(v[i]))
	}
}

// Absorbed adds names of files whose values are in the file.
func (b *Builder) Absorbed(names []string) {
	b.scratch = AppendAbsorbed(b.scratch[:0], names)
	b.add(KindAbsorbed, 0)
}

// add appends a record with the payload in scratch, and returns its offset and
// its cells.
func (b *Builder) add(kind Kind, cells int) (offset int64, to []byte) {
	d := draft{kind: kind, payload: b.scratch, cells: cells}
	size := d.minSize()
	if size > maxRecord {
		b.err = fmt.Errorf("pmfile: a record would have %d bytes, more than %d", size, maxRecord)
		return 0, nil
	}
	if offset = int64(len(b.data)); offset+size > MaxFile {
		b.err = fmt.Errorf("pmfile: the file would have more than %d bytes", MaxFile)
		return 0, nil
	}
	b.data = d.append(b.data, size)
	return offset, b.data[offset+d.cellsAt():]
}

func putCells(to []byte, cells []uint64) {
	for i := range min(len(cells), len(to)/wordSize) {
		binary.NativeEndian.PutUint64(to[i*wordSize:], cells[i])
	}
}

// Err returns an error after a record that cannot be: the file is not to be
// used then.
func (b *Builder) Err() error { return b.err }

// Bytes returns the file with all that was added so far; see Err. It is the builder's
// own memory: what is added later may change it.
func (b *Builder) Bytes() []byte {
	binary.NativeEndian.PutUint64(b.data[UsedAt:], uint64(len(b.data)))
	return b.data
}
