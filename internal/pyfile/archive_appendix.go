package pyfile

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// The reasons why an appendix is not used.
const (
	reasonNoAppendix = "an archive without its appendix"
	reasonAppendix   = "wrong checksum of the appendix"
	reasonBody       = "wrong checksum of the entries"
	reasonSum        = "an exact sum of no entry"
	// ReasonVersion is no damage in itself: a newer release can read the
	// appendix.
	ReasonVersion = "appendix of a later version"
)

// appendixMagic begins an appendix.
const appendixMagic = "\x89PMA\r\n\x1a\n"

// AppendixHeader is how many bytes of an appendix come before its sums.
const AppendixHeader = appendixHeader

const (
	appendixVersion = 1
	appendixHeader  = 64
	// bodyCheckAt and checkAt are where the checksums are.
	bodyCheckAt = 56
	checkAt     = 60
)

// castagnoli is the polynomial of all checksums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Appendix is what an archive says behind its bytes in use, where the Python
// client never looks. docs/multiprocess-format.md has its bytes.
type Appendix struct {
	// Generation counts the archives that came before this one.
	Generation uint64
	// Boot is the run of the operating system in which it was written.
	Boot [16]byte
	// Created is when, in nanoseconds since the Unix epoch.
	Created int64
	// Sums are the values that a float64 does not hold exactly, by offset.
	Sums []Exact
	// Absorbed are the names of files whose values are in the archive.
	Absorbed []string
}

// Exact says that the value at an offset is the sum of the parts, rounded.
type Exact struct {
	Offset int64
	Parts  []float64
}

// appendAppendix returns the appendix of a file with those bytes in use.
func appendAppendix(body []byte, a *Appendix) []byte {
	dst := make([]byte, appendixHeader)
	for _, sum := range a.Sums {
		dst = binary.NativeEndian.AppendUint64(dst, uint64(sum.Offset))
		dst = binary.NativeEndian.AppendUint64(dst, uint64(len(sum.Parts)))
		for _, part := range sum.Parts {
			dst = binary.NativeEndian.AppendUint64(dst, math.Float64bits(part))
		}
	}
	for _, name := range a.Absorbed {
		dst = binary.NativeEndian.AppendUint32(dst, uint32(len(name)))
		dst = append(dst, name...)
	}
	for len(dst)%wordSize != 0 {
		dst = append(dst, 0)
	}
	copy(dst, appendixMagic)
	binary.NativeEndian.PutUint32(dst[8:], appendixVersion)
	binary.NativeEndian.PutUint32(dst[12:], uint32(len(dst)))
	binary.NativeEndian.PutUint64(dst[16:], a.Generation)
	copy(dst[24:], a.Boot[:])
	binary.NativeEndian.PutUint64(dst[40:], uint64(a.Created))
	binary.NativeEndian.PutUint32(dst[48:], uint32(len(a.Sums)))
	binary.NativeEndian.PutUint32(dst[52:], uint32(len(a.Absorbed)))
	binary.NativeEndian.PutUint32(dst[bodyCheckAt:], crc32.Checksum(body, castagnoli))
	binary.NativeEndian.PutUint32(dst[checkAt:], appendixChecksum(dst))
	return dst
}

// appendixChecksum is over everything but itself.
func appendixChecksum(appendix []byte) uint32 {
	return crc32.Update(crc32.Checksum(appendix[:checkAt], castagnoli), castagnoli, appendix[appendixHeader:])
}

// AppendixLength returns the length of an appendix with this header, or as much
// of it as there is: the bytes that [ParseAppendix] needs to read it, or to say
// what is wrong with it.
func AppendixLength(header []byte) int64 {
	if len(header) < appendixHeader || string(header[:len(appendixMagic)]) != appendixMagic {
		return int64(len(header))
	}
	return max(int64(binary.NativeEndian.Uint32(header[12:])), appendixHeader)
}

// ParseAppendix reads the appendix of an archive with that many bytes in use.
// When only the entries are damaged, the appendix comes with the damage.
func ParseAppendix(data []byte, used int) (*Appendix, *DamageError) {
	fail := func(reason string) (*Appendix, *DamageError) {
		return nil, &DamageError{Offset: int64(min(used, len(data))), Reason: reason}
	}
	if used < headerSize || len(data)-used < appendixHeader || string(data[used:used+len(appendixMagic)]) != appendixMagic {
		return fail(reasonNoAppendix)
	}
	body, rest := data[:used], data[used:]
	length := int64(binary.NativeEndian.Uint32(rest[12:]))
	switch {
	case binary.NativeEndian.Uint32(rest[8:]) > appendixVersion:
		return fail(ReasonVersion)
	case length < appendixHeader || length > int64(len(rest)):
		return fail(reasonCut)
	}
	rest = rest[:length]
	if binary.NativeEndian.Uint32(rest[checkAt:]) != appendixChecksum(rest) {
		return fail(reasonAppendix)
	}
	a := &Appendix{
		Generation: binary.NativeEndian.Uint64(rest[16:]),
		Boot:       [16]byte(rest[24:40]),
		Created:    int64(binary.NativeEndian.Uint64(rest[40:])),
	}
	p := appendixParser{rest: rest[appendixHeader:], ok: true}
	a.Sums = p.sums(binary.NativeEndian.Uint32(rest[48:]), int64(used))
	a.Absorbed = p.names(binary.NativeEndian.Uint32(rest[52:]))
	if !p.ok || len(p.rest) >= wordSize {
		return fail(reasonAppendix)
	}
	if binary.NativeEndian.Uint32(rest[bodyCheckAt:]) != crc32.Checksum(body, castagnoli) {
		return a, &DamageError{Offset: headerSize, Reason: reasonBody}
	}
	return a, nil
}

// appendixParser reads from the front of rest. After the first mistake it is
// not ok and reads nothing more.
type appendixParser struct {
	rest []byte
	ok   bool
}

// take returns the next n bytes, or nil.
func (p *appendixParser) take(n uint64) []byte {
	if !p.ok || n > uint64(len(p.rest)) {
		p.ok = false
		return nil
	}
	taken := p.rest[:n]
	p.rest = p.rest[n:]
	return taken
}

func (p *appendixParser) word() uint64 {
	if taken := p.take(wordSize); taken != nil {
		return binary.NativeEndian.Uint64(taken)
	}
	return 0
}

// sums reads sums of values at offsets that ascend, below used.
func (p *appendixParser) sums(n uint32, used int64) []Exact {
	var sums []Exact
	after := int64(0)
	for ; n > 0 && p.ok; n-- {
		offset, count := int64(p.word()), p.word()
		if offset <= after || offset > used-wordSize || offset%wordSize != 0 || count > uint64(len(p.rest)) {
			p.ok = false
			return nil
		}
		words := p.take(count * wordSize)
		parts := make([]float64, len(words)/wordSize)
		for i := range parts {
			parts[i] = float(words, i*wordSize)
		}
		sums, after = append(sums, Exact{offset, parts}), offset
	}
	return sums
}

// names reads names of files, which are any bytes but texts mostly.
func (p *appendixParser) names(n uint32) []string {
	var names []string
	for ; n > 0 && p.ok; n-- {
		length := p.take(lengthSize)
		if length == nil {
			return nil
		}
		name := p.take(uint64(binary.NativeEndian.Uint32(length)))
		if name == nil {
			return nil
		}
		names = append(names, string(name))
	}
	return names
}
