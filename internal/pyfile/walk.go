package pyfile

import (
	"encoding/binary"
	"math/bits"

	"polymeter.dev/internal/damage"
)

const (
	wordSize   = 8
	lengthSize = 4
)

// The reasons of a [DamageError]. There are few of them, so that they can stand
// in a label.
const (
	reasonShort  = "shorter than its header"
	reasonUsed   = "impossible number of bytes in use"
	reasonOrder  = "written in another byte order"
	reasonSQLite = "an SQLite database"
	reasonCut    = "shorter than its bytes in use"
	reasonLength = "impossible length of a key"
	reasonUneven = "bytes in use end inside an entry"
	reasonKey    = "key is not a JSON array [family, sample, {labels}, help]"
	// ReasonVanishing and ReasonShrunk are for readers that come back.
	ReasonVanishing = "cut short while it was read"
	ReasonShrunk    = "lost entries it had before"
)

// DamageError says what is wrong with a file.
type DamageError = damage.Error

// Used reads the number of bytes in use from the first word of a file of the
// given size. Of a file that is still being made it is zero.
func Used(word uint64, size int64) (int, *DamageError) {
	var header [headerSize]byte
	binary.NativeEndian.PutUint64(header[:], word)
	used := int32(binary.NativeEndian.Uint32(header[:]))
	switch {
	case used == 0:
		return 0, nil
	case used >= headerSize && int64(used) <= size:
		return int(used), nil
	case string(header[:]) == "SQLite f":
		return 0, &DamageError{Reason: reasonSQLite}
	}
	swapped := int32(bits.ReverseBytes32(uint32(used)))
	if swapped >= headerSize && swapped%wordSize == 0 && int64(swapped) <= size {
		return 0, &DamageError{Reason: reasonOrder}
	}
	if used < headerSize {
		return 0, &DamageError{Reason: reasonUsed}
	}
	return int(used), nil // cut short; the walk says where
}

// Walker steps through the entries of a file. It trusts nothing that it reads,
// and allocates nothing.
type Walker struct {
	data   []byte
	used   int
	tail   int // bytes behind the key of an entry
	pos    int
	damage *DamageError
}

// Place is where an entry has its parts.
type Place struct {
	// Key is part of the file's bytes: it may change or fault if these do.
	Key []byte
	// Offset is where the entry begins, Value where its value is; both are
	// multiples of eight. The time follows the value in the Newer layout.
	Offset, Value int
}

// NewWalker returns a walker over a file's bytes, of which used are in use as
// [Used] says. It begins at an entry's offset; zero is the first entry's.
func NewWalker(data []byte, used int, layout Layout, from int) Walker {
	return Walker{data: data, used: used, tail: int(layout.words()) * wordSize, pos: max(from, headerSize)}
}

// Next returns the next entry, or false after the last one that is whole.
func (w *Walker) Next() (Place, bool) {
	if w.pos >= w.used || w.damage != nil {
		return Place{}, false
	}
	length, ok := w.length()
	if !ok {
		return Place{}, false
	}
	key := w.pos + lengthSize
	value := valueOffset(w.pos, length)
	end := value + w.tail
	switch {
	case end > w.used:
		w.fail(reasonUneven)
	case end > len(w.data):
		w.fail(reasonCut)
	default:
		entry := Place{w.data[key : key+length], w.pos, value}
		w.pos = end
		return entry, true
	}
	return Place{}, false
}

// length reads the length of the key at the present position.
func (w *Walker) length() (int, bool) {
	if w.pos+lengthSize > len(w.data) {
		w.fail(reasonCut)
		return 0, false
	}
	length := int32(binary.NativeEndian.Uint32(w.data[w.pos:]))
	if length <= 0 || int64(length) > int64(w.used) {
		w.fail(reasonLength)
		return 0, false
	}
	return int(length), true
}

// valueOffset returns where the value of an entry is.
func valueOffset(entry, length int) int { return entry + int(keySize(int64(length))) }

// Reject says that the entry last returned has a key that means nothing: the
// damage begins there.
func (w *Walker) Reject(e Place) {
	w.pos = e.Offset
	w.fail(reasonKey)
}

func (w *Walker) fail(reason string) {
	w.damage = &DamageError{Offset: int64(w.pos), Reason: reason}
}

// Offset returns where the next entry begins or would begin.
func (w *Walker) Offset() int { return w.pos }

// Damage returns why the walk ended before the bytes in use did, or nil.
func (w *Walker) Damage() *DamageError { return w.damage }

// Holds reports whether the bytes have an entry with this key at the offset, and
// where its value is then. It is how a reader that knows a file makes sure that
// it still does.
func Holds(data []byte, offset int, key string, layout Layout) (value int, ok bool) {
	start := offset + lengthSize
	if offset < 0 || start+len(key) > len(data) {
		return 0, false
	}
	if binary.NativeEndian.Uint32(data[offset:]) != uint32(len(key)) || string(data[start:start+len(key)]) != key {
		return 0, false
	}
	value = valueOffset(offset, len(key))
	return value, value+int(layout.words())*wordSize <= len(data)
}

// Better reports whether one of two walks over the same file, in different
// layouts, is more likely to be right: the layout of a file is the one whose
// entries end exactly where the bytes in use do, and failing that the one in
// which more entries make sense.
func Better(entries int, damage *DamageError, otherEntries int, otherDamage *DamageError) bool {
	if (damage == nil) != (otherDamage == nil) {
		return damage == nil
	}
	return entries > otherEntries
}

// FirstEntry is the offset of the first entry of a file.
const FirstEntry = headerSize

// Other returns the other layout.
func (l Layout) Other() Layout { return Newer + Older - l }

// End returns where an entry ends that has its value at the offset.
func (l Layout) End(value int) int { return value + int(l.words())*wordSize }
