package pmfile

import (
	"encoding/binary"
	"hash/crc32"
)

// Kind is what a record is.
type Kind uint8

// The kinds of records.
const (
	KindFamily Kind = iota + 1
	KindSeries
	KindChunk
	KindExemplar
	KindAddends
	KindAbsorbed
	// KindFree is room that stands for nothing. Readers ignore it.
	KindFree
)

// ChunkCells is how many cells a chunk has.
const ChunkCells = 16

// SeriesCellsBefore is how many cells of a series come before its values.
const SeriesCellsBefore = 2

// The cells of a series before its values, counted in words.
const (
	stateCell = iota
	startCell
)

// The states of a series that counts; others are the time of its deletion.
const (
	// StateCounting is the state of a series that counts.
	StateCounting = 0
	// StateReset is that of a series that was reset at its start.
	StateReset = 1
)

const (
	wordSize = 8
	// recordHeader is the size of a record before its payload.
	recordHeader = 16
	// checkedHeader is how much of that the checksum is about.
	checkedHeader = 12
	// maxRecord is the largest record that is written.
	maxRecord = 1 << 30
	// flagOptional says that a reader may pass over a kind it does not know.
	flagOptional = 1

	exemplarCellsBefore = 4
)

// Record is one record of a file.
type Record struct {
	Offset, Size int
	Kind         Kind
	// Payload is part of the file's bytes: it may change or fault if these do.
	Payload []byte
	// Cells is the offset of the first cell.
	Cells int
}

// CellRoom returns how many cells there is room for.
func (r *Record) CellRoom() int { return (r.Offset + r.Size - r.Cells) / wordSize }

// minCells returns how many cells a record has at least. A series has its
// family's values besides, an exemplar its labels.
func (k Kind) minCells() int {
	switch k {
	case KindSeries:
		return SeriesCellsBefore
	case KindChunk:
		return ChunkCells
	case KindExemplar:
		return exemplarCellsBefore
	}
	return 0
}

func appendRecordHeader(dst []byte, kind Kind, size int64, payload []byte) []byte {
	start := len(dst)
	dst = binary.NativeEndian.AppendUint32(dst, uint32(size))
	dst = append(dst, byte(kind), 0, 0, 0)
	dst = binary.NativeEndian.AppendUint32(dst, uint32(len(payload)))
	return binary.NativeEndian.AppendUint32(dst, checksum(dst[start:], payload))
}

// checksum is that of a record whose first [checkedHeader] bytes are given.
func checksum(header, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(header, castagnoli), castagnoli, payload)
}

// padded rounds up to whole words.
func padded(n int64) int64 { return (n + wordSize - 1) &^ (wordSize - 1) }
