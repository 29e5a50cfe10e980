package mappedtest

import (
	"io/fs"
	"sync/atomic"
	"syscall"

	"polymeter.dev/internal/mapped"
)

// Map implements [mapped.Kernel].
func (m *Memory) Map(fd int, offset, length int64) ([]atomic.Uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.writable(fd)
	if err != nil {
		return nil, err
	}
	if offset%pageSize != 0 || length <= 0 {
		return nil, fs.ErrInvalid
	}
	if offset+length > i.room() {
		return nil, syscall.ENOMEM
	}
	from, to := offset/wordSize, (offset+length)/wordSize
	return i.words[from:to:to], nil
}

// Cover implements [mapped.Kernel]: it does nothing.
func (m *Memory) Cover([]atomic.Uint64) error { return nil }

// Store implements [mapped.Kernel].
func (m *Memory) Store(word *atomic.Uint64, v uint64) { word.Store(v) }

// MapRead implements [mapped.Kernel].
func (m *Memory) MapRead(fd int, length int64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return nil, err
	}
	if length <= 0 {
		return nil, fs.ErrInvalid
	}
	if length > o.inode.room() {
		return nil, syscall.ENOMEM
	}
	m.views++
	return mapped.BytesOf(o.inode.words)[:length:length], nil
}

// Unmap implements [mapped.Kernel].
func (m *Memory) Unmap([]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.views--
	return nil
}
