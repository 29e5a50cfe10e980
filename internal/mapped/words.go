package mapped

import (
	"sync/atomic"
	"unsafe"
)

// BytesOf returns the memory of the words as bytes, for kernels of tests whose
// mappings are words of the heap.
func BytesOf(words []atomic.Uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*wordSize)
}
