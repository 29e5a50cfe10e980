package pmfile

import "encoding/binary"

const (
	minSchema = -4
	maxSchema = 8
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
	if !r.done() || side > 1 || c.Schema < minSchema || c.Schema > maxSchema {
		return Chunk{}, false
	}
	return c, true
}
