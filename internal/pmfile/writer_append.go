package pmfile

import (
	"encoding/binary"
	"fmt"
)

const (
	// initialSize is the size of a new file; it doubles when it is full.
	initialSize = 16 << 10
	// maxStep is the most that a file grows by, unless a record needs more.
	maxStep = 4 << 20
)

// append publishes records behind all others, in one step for readers, and
// returns the offset of the first. A series among them that refers to nothing
// yet is of the family before it.
func (w *Writer) append(drafts ...*draft) (int64, error) {
	var total int64
	for _, d := range drafts {
		total += d.size()
	}
	if total > maxRecord {
		return 0, ErrTooLarge
	}
	offset, err := w.place(total)
	if err != nil {
		return 0, err
	}
	w.scratch = w.scratch[:0]
	at := offset
	for _, d := range drafts {
		if d.kind == KindSeries && at != offset {
			d.refer(offset)
		}
		w.scratch = d.append(w.scratch, d.size())
		at += d.size()
	}
	if err := w.skip(offset); err != nil {
		return 0, err
	}
	if err := w.file.WriteAt(w.scratch, offset); err != nil {
		return 0, err
	}
	w.used = at
	w.file.Store(UsedAt, uint64(at))
	return offset, nil
}

// place returns where so many bytes fit behind all records, within one mapping:
// the cells of a record must be side by side in memory.
func (w *Writer) place(total int64) (int64, error) {
	at := w.used
	for {
		end := w.file.Boundary(at)
		if at+total <= end {
			return at, nil
		}
		if end == w.file.Size() {
			if err := w.grow(end + total); err != nil {
				return 0, err
			}
		}
		at = end
	}
}

// skip writes a free record from the last one to the offset. It is published
// together with what begins there.
func (w *Writer) skip(offset int64) error {
	if offset == w.used {
		return nil
	}
	return w.file.WriteAt(appendRecordHeader(nil, KindFree, offset-w.used, nil), w.used)
}

// grow makes the file at least that large.
func (w *Writer) grow(atLeast int64) error {
	if atLeast > MaxFile {
		return fmt.Errorf("pmfile: %q would have %d bytes, more than %d", w.file.Name(), atLeast, MaxFile)
	}
	size := w.file.Size()
	size = min(max(atLeast, size+min(size, maxStep)), MaxFile)
	if err := w.afford(size - w.file.Size()); err != nil {
		return err
	}
	return w.file.Grow(size)
}

// afford returns an error if taking so many bytes more would leave less free
// than it must be.
func (w *Writer) afford(more int64) error {
	return afford(w.file, w.file.Name(), more, w.o.Headroom)
}

// recordAt reads the header of a published record.
func (w *Writer) recordAt(offset int64) (r Record, ok bool) {
	first, second := w.file.Word(offset), w.file.Word(offset+wordSize)
	if first == nil || second == nil {
		return Record{}, false
	}
	var header [recordHeader]byte
	binary.NativeEndian.PutUint64(header[0:], first.Load())
	binary.NativeEndian.PutUint64(header[wordSize:], second.Load())
	size := int64(binary.NativeEndian.Uint32(header[0:]))
	length := padded(int64(binary.NativeEndian.Uint32(header[8:])))
	if size < recordHeader || size > w.used-offset || recordHeader+length > size {
		return Record{}, false
	}
	return Record{
		Offset: int(offset),
		Size:   int(size),
		Kind:   Kind(header[4]),
		Cells:  int(offset + recordHeader + length),
	}, true
}
