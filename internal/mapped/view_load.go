//go:build !race

package mapped

import (
	"sync/atomic"
	"unsafe"
)

// load reads the word at an offset in one piece.
func (v *View) load(offset int) uint64 {
	word := v.data[offset : offset+wordSize]
	return (*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(word))).Load()
}
