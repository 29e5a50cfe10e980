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
	// ErrNoLease means that the operating system gives nobody like this process
	// a lease on the file, so that it cannot tell whether the file is written to.
	ErrNoLease = errors.New("the system cannot tell whether the file is in use")
	// ErrNoSupport means that this package, or what was asked of it, does not
	// work on the platform.
	ErrNoSupport = errors.New("files shared between processes are not supported on this platform")
)

// Kernel is the system calls of this package. [System] makes them; tests put
// others in between to let any single one of them fail. Names are relative to
// the open directory dir. Errors are those of the system unless stated.
type Kernel interface {
	// Directory opens the directory with the given path.
	Directory(path string) (dir int, err error)
	// Names returns the names of everything in the directory, in no order.
	Names(dir int) ([]string, error)
	// Create makes a new file and opens it for reading and writing.
	Create(dir int, name string, mode uint32) (fd int, err error)
	// Open opens a file for reading and writing, never through a symbolic
	// link, and without waiting for anybody.
	Open(dir int, name string) (fd int, err error)
	// OpenRead is Open for reading only, or returns [ErrNotRegular] for some of
	// what is not a plain file.
	OpenRead(dir int, name string) (fd int, err error)
	// Close closes a file or directory.
	Close(fd int) error

	// Stat describes an open file.
	Stat(fd int) (Status, error)
	// Lookup describes what has the name, not following a symbolic link.
	Lookup(dir int, name string) (Status, error)
	// Free returns how many bytes this process may still store in the file
	// system of the open file or directory.
	Free(fd int) (int64, error)
	// Trusted reports whether locks and leases of files in the file system of
	// the open file or directory show everybody who uses them.
	Trusted(fd int) (bool, error)

	// Prepare makes ready an empty file for having its space reserved.
	Prepare(fd int) error
	// Reserve makes sure that a range of the file has space, enlarging it if
	// need be, or returns [ErrUnreservable].
	Reserve(fd int, offset, length int64) error
	// Chmod sets the permissions of the file, whatever the umask is.
	Chmod(fd int, mode uint32) error
	// Chgrp gives the file to another group.
	Chgrp(fd int, group uint32) error
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
	// Store stores to a word of a mapping. What gives a file its structure is
	// stored by it, so that tests can stop a writer between any two stores.
	Store(word *atomic.Uint64, v uint64)
	// MapRead maps the beginning of a file for reading only.
	MapRead(fd int, length int64) ([]byte, error)
	// Unmap undoes MapRead.
	Unmap(data []byte) error
	// Watched reports whether mappings are memory of the Go heap, where the race
	// detector sees every access, and no access ever faults.
	Watched() bool

	// Lock takes the lock that shows a living writer, or returns [ErrInUse].
	Lock(fd int) error
	// Locked reports whether that lock was taken through another opening of the
	// file, be it in this process. The file may be open for reading only.
	Locked(fd int) (bool, error)
	// LockDirectory takes a lock of the directory, which lasts until dir is
	// closed, or returns [ErrInUse] if it was taken through another opening.
	LockDirectory(dir int) error
	// Unused returns nil if nobody has the file open for writing, and
	// [ErrInUse] if that is not certain.
	Unused(dir int, name string) error
	// Lease takes a lease on a file that is open for reading, which shows that
	// nobody has it open for writing. [ErrInUse] means that somebody has, and
	// [ErrNoLease] that there is no telling.
	Lease(fd int) error
	// Leased reports whether the lease is still there: whether nobody has tried
	// to open the file for writing since.
	Leased(fd int) (bool, error)
	// Release gives the lease back. Whoever wants to write has to wait for that,
	// or for some seconds.
	Release(fd int) error

	// Publish gives a file another name if that is free.
	Publish(dir int, from, to string) error
	// Rename gives a file another name, taking it from whatever has it.
	Rename(dir int, from, to string) error
	// Link gives the open file one more name if that is free.
	Link(dir, fd int, name string) error
	// Unlink removes a name.
	Unlink(dir int, name string) error

	// PageSize returns the granularity of mappings.
	PageSize() int64
}

// Status is what the system knows about a file.
type Status struct {
	Size          int64
	Regular       bool
	Device, Inode uint64
	// Links is the number of names the file has.
	Links uint64
	// Owner and Group are the ids of the user and the group that own the file.
	Owner, Group uint32
	// Mode is the permissions.
	Mode uint32
	// Changed is when something other than a store through a mapping last
	// changed the file, or its names, in nanoseconds since the Unix epoch. On
	// file systems backed by a disk such stores move it, too.
	Changed int64
}

// SameFile reports whether both are the same file.
func (s Status) SameFile(other Status) bool {
	return s.Device == other.Device && s.Inode == other.Inode
}
