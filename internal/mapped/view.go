package mapped

import (
	"fmt"
	"math"
	"runtime/debug"
	"unsafe"
)

// View is a file, or the beginning of one, mapped for reading only. As long as
// it is open its inode cannot be given to another file, so that device and inode
// identify the file.
//
// Whoever has the file open for writing may cut it short at any time, and
// touching what is gone is a fault: touch Bytes only inside [View.Guard].
// A View may be used concurrently, but for Close and Refresh.
type View struct {
	kernel Kernel
	path   string
	fd     int // closed if negative
	data   []byte
	info   Info
}

// Info is what a reader wants to know about a file.
type Info = Status

// Info returns what was known about the file when it was opened, or last
// refreshed.
func (v *View) Info() Info { return v.info }

// Bytes returns the contents. They change under the reader's eyes, and are gone
// after Close.
func (v *View) Bytes() []byte { return v.data }

// Word reads the word at an offset, which must be a multiple of eight, in one
// piece.
func (v *View) Word(offset int) uint64 { return v.load(offset) }

// Floats reads the float64 at each of the offsets, which must be multiples of
// eight, each in one piece.
func (v *View) Floats(to []float64, offsets []uint32) {
	to = to[:len(offsets)]
	for i, offset := range offsets {
		to[i] = math.Float64frombits(v.load(int(offset)))
	}
}

// FaultError says that a file was cut short while it was read.
type FaultError struct {
	// Offset is where the reader found nothing any more.
	Offset int64
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("mapped: the file was cut short while it was read, found nothing at byte %d", e.Offset)
}

// Guard calls read, which may touch the contents from the calling goroutine
// only, and returns a [*FaultError] when what it touched was gone.
func (v *View) Guard(read func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			offset := p.Addr() - uintptr(unsafe.Pointer(unsafe.SliceData(v.data)))
			if offset >= uintptr(len(v.data)) {
				panic(p)
			}
			err = &FaultError{int64(offset)}
		default:
			panic(p)
		}
	}()
	read()
	return nil
}
