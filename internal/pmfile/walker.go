package pmfile

import (
	"encoding/binary"

	"polymeter.dev/internal/damage"
)

// Walker steps through the records of a file. It trusts nothing that it reads,
// and allocates nothing. The bytes may change while it walks: it returns no
// record that reaches beyond them.
type Walker struct {
	data     []byte
	used     int
	pos      int
	tolerant bool
	damage   *damage.Error
}

// NewWalker returns a walker over a file's bytes, of which used are published
// as [Used] says. It begins at a record's offset; zero is the first one's. A
// tolerant walker passes over records whose checksum is wrong, as those may be
// that were about to change when their writer died: it is for a file that
// nobody writes any more, of which the word at [ChangesAt] is odd.
func NewWalker(data []byte, used, from int, tolerant bool) Walker {
	return Walker{data: data, used: used, pos: max(from, FirstRecord), tolerant: tolerant}
}

// Next returns the next record, or false after the last one that is whole. It
// passes over kinds that are not known and may be passed over.
func (w *Walker) Next() (Record, bool) {
	for w.damage == nil && w.pos < w.used {
		r, known, ok := w.record()
		if !ok {
			break
		}
		w.pos = r.Offset + r.Size
		if known {
			return r, true
		}
	}
	return Record{}, false
}

// record reads the record at the present position. It returns known = false for
// one to be passed over. The bytes may change meanwhile, where others reuse room:
// then so has the number of changes, and what was read is not kept.
func (w *Walker) record() (r Record, known, ok bool) {
	if w.used-w.pos < recordHeader {
		return w.fail(reasonSize)
	}
	if len(w.data)-w.pos < recordHeader {
		return w.fail(reasonCut)
	}
	size := int64(binary.NativeEndian.Uint32(w.data[w.pos:]))
	switch {
	case size < recordHeader || size%wordSize != 0 || size > int64(w.used-w.pos):
		return w.fail(reasonSize)
	case size > int64(len(w.data)-w.pos):
		return w.fail(reasonCut)
	}
	r = Record{Offset: w.pos, Size: int(size)}
	reason := w.payload(&r)
	if reason == "" {
		reason, known = r.check(w.data[r.Offset : r.Offset+recordHeader])
	}
	if reason != "" && !(w.tolerant && reason == reasonChecksum) {
		return w.fail(reason)
	}
	return r, known, true
}

// payload finds the payload of a record whose size is right, or returns what is
// wrong with it.
func (w *Walker) payload(r *Record) (reason string) {
	header, body := w.data[r.Offset:r.Offset+recordHeader], w.data[r.Offset+recordHeader:r.Offset+r.Size]
	length := int64(binary.NativeEndian.Uint32(header[8:]))
	end := padded(length)
	if end > int64(len(body)) {
		if w.tolerant {
			return reasonChecksum
		}
		return reasonSize
	}
	r.Payload = body[:length:length]
	r.Cells = r.Offset + recordHeader + int(end)
	if binary.NativeEndian.Uint32(header[checkedHeader:]) != checksum(header[:checkedHeader], r.Payload) {
		return reasonChecksum
	}
	for _, b := range body[length:end] {
		if b != 0 {
			return reasonChecksum
		}
	}
	return ""
}

// check reads the kind of a record whose checksum is right. It returns what is
// wrong with it, and whether it is known.
func (r *Record) check(header []byte) (reason string, known bool) {
	kind, flags := Kind(header[4]), header[5]
	r.Kind = kind
	switch {
	case header[6] != 0 || header[7] != 0 || flags&^flagOptional != 0:
		return reasonKind, false
	case kind >= KindFamily && kind <= KindFree:
		if r.CellRoom() < kind.minCells() {
			return reasonSize, false
		}
		return "", true
	case flags&flagOptional != 0:
		return "", false
	}
	return reasonKind, false
}

// Reject says that the record last returned cannot be what it says, for a fixed
// reason such as [ReasonContents]: the damage begins there.
func (w *Walker) Reject(r Record, reason string) {
	w.pos = r.Offset
	w.fail(reason)
}

func (w *Walker) fail(reason string) (Record, bool, bool) {
	w.damage = &damage.Error{Offset: int64(w.pos), Reason: reason}
	return Record{}, false, false
}

// Offset returns where the next record begins or would begin.
func (w *Walker) Offset() int { return w.pos }

// Damage returns why the walk ended before the published bytes did, or nil.
func (w *Walker) Damage() *damage.Error { return w.damage }
