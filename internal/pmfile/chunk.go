package pmfile

import (
	"encoding/binary"
	"math"
)

const (
	minSchema = -4
	maxSchema = 8
	// maxExponent bounds the numbers that have buckets: no float64 is beyond
	// 2^±1074.
	maxExponent = 1075
)

// Chunk is the payload of a chunk: which native buckets its [ChunkCells] cells
// count.
type Chunk struct {
	// Series is the offset of the series.
	Series int
	Schema int32
	// Number times [ChunkCells] is the index of the first bucket.
	Number   int32
	Negative bool
}

// AppendChunk appends the payload of a chunk.
func AppendChunk(dst []byte, series int64, schema, number int32, negative bool) []byte {
	dst = appendOffset(dst, series)
	dst = binary.NativeEndian.AppendUint32(dst, uint32(schema))
	dst = binary.NativeEndian.AppendUint32(dst, uint32(number))
	var side byte
	if negative {
		side = 1
	}
	return append(dst, side, 0, 0, 0, 0, 0, 0, 0)
}

// ParseChunk reads the payload of a chunk and reports whether it is one.
func ParseChunk(payload []byte) (Chunk, bool) {
	r := reader{rest: payload}
	c := Chunk{Series: r.offset(), Schema: int32(r.uint32()), Number: int32(r.uint32())}
	side := r.byte()
	r.zero(7)
	c.Negative = side == 1
	if !r.done() || side > 1 || c.Schema < minSchema || c.Schema > maxSchema || !c.possible() {
		return Chunk{}, false
	}
	return c, true
}

// possible reports whether the chunk, whose schema is right, can have buckets.
// That of the last bucket may have indexes that none has.
func (c *Chunk) possible() bool {
	most := int32(maxExponent)
	if c.Schema >= 0 {
		most <<= c.Schema
	} else {
		most >>= -c.Schema
	}
	last := most/ChunkCells + 1
	return -last <= c.Number && c.Number <= last
}

// Count reads a count that is a float, of a chunk or of a series. What cannot be
// one, but for damage, counts nothing: it would spoil the sum of all processes.
func Count(word uint64) float64 {
	if v := math.Float64frombits(word); v > 0 && v <= math.MaxFloat64 {
		return v
	}
	return 0
}

// Stamp reads the time at which a gauge was set, in nanoseconds since the Unix
// epoch. One before that, which only damage can be, is like never.
func Stamp(word uint64) int64 { return max(int64(word), 0) }

// Fits reports whether so many cells have the room that the exemplar says.
func (e ExemplarRecord) Fits(cells int) bool {
	return cells >= exemplarCellsBefore+e.Capacity/wordSize
}
