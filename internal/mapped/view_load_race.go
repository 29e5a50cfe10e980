//go:build race

package mapped

import "unsafe"

// load reads the word at an offset in one piece. Under the race detector atomic
// operations are done by C code, and a fault there, when the file has been cut
// short, cannot be recovered from. It sees nothing of mapped memory anyway, and
// it exists on 64-bit machines only, where an aligned load is in one piece.
//
//go:norace
func load(data []byte, offset int) uint64 {
	word := data[offset : offset+wordSize]
	return *(*uint64)(unsafe.Pointer(unsafe.SliceData(word)))
}
