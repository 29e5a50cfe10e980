package mappedtest

import (
	"encoding/binary"
	"io"
	"io/fs"
	"math"
	"sync/atomic"
	"syscall"

	"polymeter.dev/internal/mapped"
)

const wordSize = 8

// inode is a file. Its memory is there from the beginning and never moves.
type inode struct {
	number   int64
	words    []atomic.Uint64
	reserved []bool // per page
	size     int64
	links    uint64
	changed  int64
	openings int
	writers  int
	lock     *opening
	leases   map[*opening]bool // whether nobody has tried to write since
}

func (m *Memory) newInode() *inode {
	room := m.Room
	if room == 0 {
		room = defaultRoom
	}
	pages := (room + pageSize - 1) / pageSize
	m.inodes++
	return &inode{
		number:   m.inodes,
		words:    make([]atomic.Uint64, pages*pageSize/wordSize),
		reserved: make([]bool, pages),
	}
}

// room is the size that the file can get.
func (i *inode) room() int64 { return int64(len(i.words)) * wordSize }

func (i *inode) status() mapped.Status {
	return mapped.Status{
		Size: i.size, Regular: true, Device: device, Inode: uint64(i.number),
		Links: i.links, Changed: i.changed,
	}
}

// Stat implements [mapped.Kernel].
func (m *Memory) Stat(fd int) (mapped.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.open[fd]
	switch {
	case o == nil:
		return mapped.Status{}, fs.ErrClosed
	case o.folder == nil:
		return o.inode.status(), nil
	case o.folder.removed:
		return mapped.Status{Device: device, Inode: uint64(o.folder.inode)}, nil
	}
	return mapped.Status{Device: device, Inode: uint64(o.folder.inode), Links: 2}, nil
}

// Free implements [mapped.Kernel].
func (m *Memory) Free(int) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.free(), nil
}

func (m *Memory) free() int64 {
	if !m.limited {
		return math.MaxInt64
	}
	return max(m.limit-m.used, 0)
}

// Prepare implements [mapped.Kernel].
func (m *Memory) Prepare(int) error { return nil }

// Reserve implements [mapped.Kernel]. It reserves what it can.
func (m *Memory) Reserve(fd int, offset, length int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.writable(fd)
	if err != nil {
		return err
	}
	return m.reserve(i, offset, length)
}

// reserve enlarges the file to the end of the range.
func (m *Memory) reserve(i *inode, offset, length int64) error {
	end := offset + length
	if end > i.room() {
		return syscall.EFBIG
	}
	for page := offset / pageSize; page*pageSize < end; page++ {
		if i.reserved[page] {
			continue
		}
		if m.free() < pageSize {
			return syscall.ENOSPC
		}
		i.reserved[page] = true
		m.used += pageSize
	}
	if end > i.size {
		i.size = end
	}
	i.changed = m.now()
	return nil
}

// Chmod implements [mapped.Kernel]: it has no permissions.
func (m *Memory) Chmod(int, uint32) error { return nil }

// Chgrp implements [mapped.Kernel]: it has no groups.
func (m *Memory) Chgrp(int, uint32) error { return nil }

// Truncate implements [mapped.Kernel].
func (m *Memory) Truncate(fd int, size int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.writable(fd)
	if err != nil {
		return err
	}
	if size > i.room() {
		return syscall.EFBIG
	}
	if size < i.size {
		i.write(make([]byte, i.size-size), size)
	}
	m.unreserve(i, size)
	i.size, i.changed = size, m.now()
	return nil
}

// unreserve gives back the pages behind the size.
func (m *Memory) unreserve(i *inode, size int64) {
	for page := (size + pageSize - 1) / pageSize; page < int64(len(i.reserved)); page++ {
		if i.reserved[page] {
			i.reserved[page] = false
			m.used -= pageSize
		}
	}
}

// reclaim gives back the space of a file that nobody can get at any more.
func (m *Memory) reclaim(i *inode) {
	if i.links == 0 && i.openings == 0 {
		m.unreserve(i, 0)
	}
}

// ReadAt implements [mapped.Kernel].
func (m *Memory) ReadAt(fd int, p []byte, offset int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.file(fd)
	if err != nil {
		return err
	}
	if offset > o.inode.size-int64(len(p)) {
		return io.ErrUnexpectedEOF
	}
	o.inode.read(p, offset)
	return nil
}

// WriteAt implements [mapped.Kernel].
func (m *Memory) WriteAt(fd int, p []byte, offset int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.writable(fd)
	if err != nil {
		return err
	}
	if err := m.reserve(i, offset, int64(len(p))); err != nil {
		return err
	}
	i.write(p, offset)
	return nil
}

func (m *Memory) writable(fd int) (*inode, error) {
	o, err := m.file(fd)
	if err != nil {
		return nil, err
	}
	if !o.writing {
		return nil, fs.ErrPermission
	}
	return o.inode, nil
}

// read and write touch words in one piece: others may be using them.
func (i *inode) read(p []byte, offset int64) {
	var bytes [wordSize]byte
	for len(p) > 0 {
		binary.NativeEndian.PutUint64(bytes[:], i.words[offset/wordSize].Load())
		n := copy(p, bytes[offset%wordSize:])
		p, offset = p[n:], offset+int64(n)
	}
}

func (i *inode) write(p []byte, offset int64) {
	for len(p) > 0 {
		n := writeWord(&i.words[offset/wordSize], p, offset%wordSize)
		p, offset = p[n:], offset+int64(n)
	}
}

// writeWord puts as many bytes of p as there is room for at the offset within a
// word.
func writeWord(word *atomic.Uint64, p []byte, offset int64) int {
	var bytes [wordSize]byte
	for {
		old := word.Load()
		binary.NativeEndian.PutUint64(bytes[:], old)
		n := copy(bytes[offset:], p)
		if word.CompareAndSwap(old, binary.NativeEndian.Uint64(bytes[:])) {
			return n
		}
	}
}
