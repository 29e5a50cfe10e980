package mappedtest

import (
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"polymeter.dev/internal/mapped"
)

const (
	pageSize    = 4096
	defaultRoom = 256 << 10
	device      = 1
)

// Memory is a kernel whose directories and files are memory of the Go heap. All
// mappings of a file share its memory, so that whoever reads through one sees
// what is stored through another, and the race detector sees both. Everybody who
// opens a file is somebody else, as in the real one.
//
// Three things are not as there. A lock goes when its descriptor is closed,
// though the file be mapped still. Cover leaves a mapping as it is. And reading
// or storing where no space is reserved never faults.
//
// Set the fields before using it; a Memory may be used concurrently.
type Memory struct {
	// Room is how large a file can get, in bytes: memory that each takes from the
	// beginning. Zero means 256 KiB.
	Room int64
	// Now gives files the time of their changes. Nil means time.Now.
	Now func() time.Time
	// Untrusted is a file system of the kind that locks and leases do not work
	// on in full.
	Untrusted bool
	// NoLeases has every request for a lease answered with [mapped.ErrNoLease].
	NoLeases bool

	mu      sync.Mutex
	folders map[string]*folder
	open    map[int]*opening
	views   int
	last    int   // descriptor
	inodes  int64 // ever made
	limit   int64 // of space, if limited
	limited bool
	used    int64
}

// folder is a directory; it outlives its path for whoever has it open.
type folder struct {
	inode   int64
	names   map[string]*inode
	removed bool
	lock    *opening
}

// opening is what a descriptor stands for: one of both is there.
type opening struct {
	folder  *folder
	inode   *inode
	writing bool
}

// NewMemory returns a Memory that has the given directories.
func NewMemory(paths ...string) *Memory {
	m := new(Memory)
	for _, path := range paths {
		m.MakeDirectory(path)
	}
	return m
}

// MakeDirectory makes an empty directory, unless the path is taken.
func (m *Memory) MakeDirectory(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.folders == nil {
		m.folders = make(map[string]*folder)
	}
	if path = filepath.Clean(path); m.folders[path] == nil {
		m.inodes++
		m.folders[path] = &folder{inode: m.inodes, names: make(map[string]*inode)}
	}
}

// RemoveDirectory removes a directory and everything in it. Whoever has it open
// finds it empty, and can make no more files in it.
func (m *Memory) RemoveDirectory(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path = filepath.Clean(path)
	if f := m.folders[path]; f != nil {
		for name := range f.names {
			m.drop(f, name)
		}
		f.removed = true
		delete(m.folders, path)
	}
}

// Limit says how many bytes may be in use from now on, in whole pages.
func (m *Memory) Limit(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limit, m.limited = bytes, true
}

// Used returns how many bytes are in use.
func (m *Memory) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// Held returns how many descriptors are open and how many mappings for reading
// there are, so that tests can tell whether everything was given back.
func (m *Memory) Held() (descriptors, views int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.open), m.views
}

func (m *Memory) now() int64 {
	if m.Now == nil {
		return time.Now().UnixNano()
	}
	return m.Now().UnixNano()
}

// hold gives an opening a descriptor.
func (m *Memory) hold(o *opening) int {
	if m.open == nil {
		m.open = make(map[int]*opening)
	}
	m.last++
	m.open[m.last] = o
	return m.last
}

// directory returns what is open as a directory.
func (m *Memory) directory(fd int) (*opening, error) {
	if o := m.open[fd]; o != nil && o.folder != nil {
		return o, nil
	}
	return nil, fs.ErrClosed
}

// file returns what is open as a file.
func (m *Memory) file(fd int) (*opening, error) {
	if o := m.open[fd]; o != nil && o.inode != nil {
		return o, nil
	}
	return nil, fs.ErrClosed
}

// Close implements [mapped.Kernel].
func (m *Memory) Close(fd int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.open[fd]
	if o == nil {
		return fs.ErrClosed
	}
	delete(m.open, fd)
	if o.folder != nil {
		if o.folder.lock == o {
			o.folder.lock = nil
		}
		return nil
	}
	o.inode.forget(o)
	m.reclaim(o.inode)
	return nil
}

// PageSize implements [mapped.Kernel].
func (m *Memory) PageSize() int64 { return pageSize }

// Watched implements [mapped.Kernel]: it is.
func (m *Memory) Watched() bool { return true }

var _ mapped.Kernel = (*Memory)(nil)
