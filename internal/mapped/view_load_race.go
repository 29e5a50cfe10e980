//go:build race

package mapped

import (
	"sync/atomic"
	"unsafe"
)

// load reads the word at an offset in one piece.
func (v *View) load(offset int) uint64 {
	word := unsafe.Pointer(unsafe.SliceData(v.data[offset : offset+wordSize]))
	if v.kernel.Watched() {
		return (*atomic.Uint64)(word).Load()
	}
	return plain((*uint64)(word))
}

// plain reads a word of a file. Under the race detector atomic operations are
// done by C code, and a fault there, when the file has been cut short, cannot be
// recovered from. It sees nothing of mapped memory anyway, and it exists on
// 64-bit machines only, where an aligned load is in one piece.
//
//go:norace
func plain(word *uint64) uint64 { return *word }
