package mapped

import (
	"errors"
	"sync/atomic"
)

// Errors of opening a file; test for them with errors.Is.
var (
	// ErrInUse means that another process, or another part of this one, has
	// the file open for writing, or that the operating system cannot tell.
	ErrInUse = errors.New("the file may be in use by another writer")
	// ErrNotRegular means that the name belongs to a symbolic link, a pipe or
	// something else that is not a plain file.
	ErrNotRegular = errors.New("not a regular file")
	// ErrUnreservable means that the file system gives no space that is sure
	// to be there when it is written to.
	ErrUnreservable = errors.New("the file system cannot reserve space for the file")
	// ErrNoSupport means that this package does not work on the platform.
	ErrNoSupport = errors.New("files shared between processes are not supported on this platform")
)

// Kernel is the system calls of this package. [System] makes them; tests put
// others in between to let any single one of them fail. Names are relative to
// the open directory dir. Errors are those of the system unless stated.
type Kernel interface {
	// Directory opens the directory with the given path.
	Directory(path string) (dir int, err error)
	// Create makes a new file and opens it for reading and writing.
	Create(dir int, name string, mode uint32) (fd int, err error)
	// Open opens a file for reading and writing, never through a symbolic
	// link, and without waiting for anybody.
	Open(dir int, name string) (fd int, err error)
	// Unused returns nil if nobody has the file open for writing, and
	// [ErrInUse] if that is not certain.
	Unused(dir int, name string) error
	// Lock takes the lock that shows a living writer, or returns [ErrInUse].
	Lock(fd int) error
	// Stat describes an open file.
	Stat(fd int) (Status, error)
	// Lookup describes what has the name, not following a symbolic link.
	Lookup(dir int, name string) (Status, error)
	// Prepare makes ready an empty file for having its space reserved.
	Prepare(fd int) error
	// Reserve makes sure that a range of the file has space, enlarging it if
	// need be, or returns [ErrUnreservable].
	Reserve(fd int, offset, length int64) error
	// Truncate sets the size of the file.
	Truncate(fd int, size int64) error
	// ReadAt and WriteAt transfer all of p or return an error.
	ReadAt(fd int, p []byte, offset int64) error
	WriteAt(fd int, p []byte, offset int64) error
	// Map maps a range of the file; both numbers are multiples of the page
	// size.
	Map(fd int, offset, length int64) ([]atomic.Uint64, error)
	// Cover replaces a mapping by memory of this process alone, at the same
	// address.
	Cover(words []atomic.Uint64) error
	// Publish gives a file another name if that is free.
	Publish(dir int, from, to string) error
	// Unlink removes a name.
	Unlink(dir int, name string) error
	// Close closes a file or directory.
	Close(fd int) error
	// PageSize returns the granularity of mappings.
	PageSize() int64
}

// Status is what the system knows about a file.
type Status struct {
	Size          int64
	Regular       bool
	Device, Inode uint64
}

// SameFile reports whether both are the same file.
func (s Status) SameFile(other Status) bool {
	return s.Device == other.Device && s.Inode == other.Inode
}
