package pmfile

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

// reader reads a payload from front to back. After something that cannot be
// right it is bad and gives zeros. It never takes more memory than a few times
// the bytes of the payload, whatever numbers that claims.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest, r.bad = nil, true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.NativeEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.NativeEndian.Uint64(b)
	}
	return 0
}

func (r *reader) float() float64 { return math.Float64frombits(r.uint64()) }

// count reads how many things follow that take up at least so many bytes each.
func (r *reader) count(size int) int {
	n := r.uint32()
	if uint64(n)*uint64(size) > uint64(len(r.rest)) {
		r.rest, r.bad = nil, true
		return 0
	}
	return int(n)
}

// zero reads n bytes that must be zero.
func (r *reader) zero(n int) {
	for _, b := range r.take(n) {
		if b != 0 {
			r.bad = true
		}
	}
}

// offset reads where another record is.
func (r *reader) offset() int {
	v := r.uint64()
	if v < FirstRecord || v%wordSize != 0 || v > math.MaxInt {
		r.bad = true
		return 0
	}
	return int(v)
}

// bytes reads a length and that many bytes, as a copy.
func (r *reader) bytes() string { return string(r.take(r.count(1))) }

// text reads a text, as a copy: the payload may change meanwhile.
func (r *reader) text() string {
	s := r.bytes()
	if !utf8.ValidString(s) {
		r.bad = true
		return ""
	}
	return s
}

// texts appends n texts.
func (r *reader) texts(to []string, n int) []string {
	for range n {
		if r.bad {
			return to
		}
		to = append(to, r.text())
	}
	return to
}

// done reports whether all was right and nothing is left.
func (r *reader) done() bool { return !r.bad && len(r.rest) == 0 }

// appendText appends a text. Invalid UTF-8 becomes the replacement character.
func appendText(dst []byte, s string) []byte {
	return appendBytes(dst, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

func appendBytes(dst []byte, s string) []byte {
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.NativeEndian.AppendUint64(dst, math.Float64bits(v))
}

func appendOffset(dst []byte, offset int64) []byte {
	return binary.NativeEndian.AppendUint64(dst, uint64(offset))
}
