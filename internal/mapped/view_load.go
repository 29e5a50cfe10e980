//go:build !race

package mapped

import (
	"sync/atomic"
	"unsafe"
)

// load reads the word at an offset in one piece.
func load(data []byte, offset int) uint64 {
	word := data[offset : offset+wordSize]
	return (*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(word))).Load()
}
