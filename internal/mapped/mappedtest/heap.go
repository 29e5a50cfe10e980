package mappedtest

import (
	"encoding/binary"
	"sync/atomic"

	"polymeter.dev/internal/mapped"
)

// Heap is a kernel whose mappings are memory of the Go heap, so that the race
// detector sees every access. Stores to them do not reach the file.
type Heap struct{ mapped.Kernel }

// Map returns a copy of the range of the file.
func (h Heap) Map(fd int, offset, length int64) ([]atomic.Uint64, error) {
	content := make([]byte, length)
	if err := h.ReadAt(fd, content, offset); err != nil {
		return nil, err
	}
	words := make([]atomic.Uint64, length/8)
	for i := range words {
		words[i].Store(binary.NativeEndian.Uint64(content[i*8:]))
	}
	return words, nil
}

// Cover zeroes the words, as later readers would see them.
func (Heap) Cover(words []atomic.Uint64) error {
	for i := range words {
		words[i].Store(0)
	}
	return nil
}
