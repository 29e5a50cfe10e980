package exposition

import (
	"encoding/binary"
	"math"
)

// Wire types of protocol buffers
// (https://protobuf.dev/programming-guides/encoding/).
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
)

// protoBuffer is a protocol buffer being written. Lengths are put in front of
// messages once these are complete, so that nothing is computed twice.
type protoBuffer []byte

func (b *protoBuffer) tag(field, wire int) {
	if field < 16 { // nearly all
		*b = append(*b, byte(field<<3|wire))
		return
	}
	*b = binary.AppendUvarint(*b, uint64(field)<<3|uint64(wire))
}

func (b *protoBuffer) uint(field int, v uint64) {
	b.tag(field, wireVarint)
	*b = binary.AppendUvarint(*b, v)
}

// int writes int32, int64 and enum fields, in which negative numbers take ten
// bytes.
func (b *protoBuffer) int(field int, v int64) { b.uint(field, uint64(v)) }

// sint writes sint32 and sint64 fields, in which small negative numbers are
// short.
func (b *protoBuffer) sint(field int, v int64) { b.uint(field, uint64(v)<<1^uint64(v>>63)) }

func (b *protoBuffer) double(field int, v float64) {
	b.tag(field, wireFixed64)
	*b = binary.LittleEndian.AppendUint64(*b, math.Float64bits(v))
}

func (b *protoBuffer) string(field int, s string) {
	b.tag(field, wireBytes)
	*b = binary.AppendUvarint(*b, uint64(len(s)))
	*b = append(*b, s...)
}

// unescaped writes a string field with the escapes of label text undone.
func (b *protoBuffer) unescaped(field int, s string) {
	at := b.open(field)
	*b = appendUnescaped(*b, s)
	b.close(at)
}

// maxShortPair is how long name and value of a pair may be together for
// shortPair: with two tags and lengths they stay below 128.
const maxShortPair = 0x80 - 4

// shortPair writes a LabelPair of which all lengths take one byte, as those of
// most do.
func (b *protoBuffer) shortPair(field int, name, value string) {
	b.tag(field, wireBytes)
	dst := append(*b, byte(len(name)+len(value)+4), labelName<<3|wireBytes, byte(len(name)))
	dst = append(dst, name...)
	dst = append(dst, labelValue<<3|wireBytes, byte(len(value)))
	*b = append(dst, value...)
}

// open begins a message or string of unknown length in a field.
func (b *protoBuffer) open(field int) (at int) {
	b.tag(field, wireBytes)
	return b.openLength()
}

// openLength begins what close puts a length in front of. Most need one byte.
func (b *protoBuffer) openLength() (at int) {
	*b = append(*b, 0)
	return len(*b)
}

// close completes what was begun at the position.
func (b *protoBuffer) close(at int) {
	length := len(*b) - at
	if length < 0x80 {
		(*b)[at-1] = byte(length)
		return
	}
	var prefix [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(prefix[:], uint64(length))
	*b = append(*b, prefix[1:n]...) // room for the rest of the length
	copy((*b)[at-1+n:], (*b)[at:at+length])
	copy((*b)[at-1:], prefix[:n])
}
