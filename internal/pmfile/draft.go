package pmfile

import (
	"encoding/binary"
	"fmt"
)

// recordUnit is what the size of a record is a multiple of in a file that a
// Writer makes: the smallest record, so that whatever is left of a mapping is
// one, and more deleted records have just the room for a new one.
const recordUnit = 16

// draft is a record that is not in a file yet.
type draft struct {
	kind    Kind
	payload []byte
	cells   int   // how many
	start   int64 // what the cell with the start of a series has
}

func familyDraft(f *Family) (*draft, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return &draft{kind: KindFamily, payload: AppendFamily(nil, f)}, nil
}

// draft makes a series of a family of this shape.
func (s shape) draft(family int64, values []string, more []Label, start int64) (*draft, error) {
	if len(values) != s.labels {
		return nil, fmt.Errorf("pmfile: %d label values %q for %d label names", len(values), values, s.labels)
	}
	return &draft{
		kind:    KindSeries,
		payload: AppendSeries(nil, family, values, more),
		cells:   SeriesCellsBefore + s.values,
		start:   start,
	}, nil
}

// refer makes the record one that refers to that at the offset.
func (d *draft) refer(offset int64) {
	binary.NativeEndian.PutUint64(d.payload, uint64(offset))
}

// minSize returns the smallest size of the record.
func (d *draft) minSize() int64 { return d.cellsAt() + int64(d.cells)*wordSize }

// size returns the size that a writer gives the record.
func (d *draft) size() int64 { return (d.minSize() + recordUnit - 1) &^ (recordUnit - 1) }

// cellsAt returns where the cells are, counted from the beginning of the record.
func (d *draft) cellsAt() int64 { return recordHeader + padded(int64(len(d.payload))) }

// append appends the record with that size and with all cells zero but one.
func (d *draft) append(dst []byte, size int64) []byte {
	begin := len(dst)
	dst = appendRecordHeader(dst, d.kind, size, d.payload)
	dst = append(dst, d.payload...)
	dst = appendZeros(dst, begin+int(size)-len(dst))
	if d.start != 0 {
		at := begin + int(d.cellsAt()) + startCell*wordSize
		binary.NativeEndian.PutUint64(dst[at:], uint64(d.start))
	}
	return dst
}

func appendZeros(dst []byte, n int) []byte {
	begin := len(dst)
	if n <= cap(dst)-begin {
		dst = dst[:begin+n]
		clear(dst[begin:])
		return dst
	}
	return append(dst, make([]byte, n)...)
}
