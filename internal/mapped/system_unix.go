//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package mapped

import (
	"errors"
	"io"
	"math"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System returns the kernel of the operating system.
func System() Kernel { return system{} }

type system struct{}

func (system) Directory(path string) (int, error) {
	return retry(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
}

func (system) Create(dir int, name string, mode uint32) (int, error) {
	return retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
	})
}

// Open does not wait: neither for the other end of a pipe, nor for a lease
// that somebody holds on the file.
func (system) Open(dir int, name string) (int, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return -1, ErrInUse
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO):
		return -1, ErrNotRegular
	}
	return fd, err
}

// OpenRead does not wait for the other end of a pipe.
func (system) OpenRead(dir int, name string) (int, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) {
		return -1, ErrNotRegular
	}
	return fd, err
}

// Names reads the directory through a descriptor of its own, which leaves dir at
// the beginning, and is the os package's to close.
func (system) Names(dir int) ([]string, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, err
	}
	directory := os.NewFile(uintptr(fd), ".")
	defer directory.Close()
	names, err := directory.Readdirnames(0)
	if failed := (*os.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err // the caller knows the path
	}
	return names, err
}

func (system) Stat(fd int) (Status, error) {
	var st unix.Stat_t
	err := ignoringEINTR(func() error { return unix.Fstat(fd, &st) })
	return status(&st), err
}

func (system) Lookup(dir int, name string) (Status, error) {
	var st unix.Stat_t
	err := ignoringEINTR(func() error { return unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return status(&st), err
}

func status(st *unix.Stat_t) Status {
	return Status{
		Size:    st.Size,
		Regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
		Device:  widen(st.Dev),
		Inode:   st.Ino,
		Links:   widen(st.Nlink),
		Owner:   st.Uid,
		Group:   st.Gid,
		Mode:    uint32(widen(st.Mode)) & 0o777,
		Changed: st.Ctim.Nano(),
	}
}

// widen takes a number whose type differs between systems.
func widen[T int32 | uint16 | uint32 | uint64](number T) uint64 { return uint64(number) }

func (system) Chmod(fd int, mode uint32) error {
	return ignoringEINTR(func() error { return unix.Fchmod(fd, mode) })
}

func (system) Chgrp(fd int, group uint32) error {
	return ignoringEINTR(func() error { return unix.Fchown(fd, -1, int(group)) })
}

func (system) Truncate(fd int, size int64) error {
	return ignoringEINTR(func() error { return unix.Ftruncate(fd, size) })
}

func (system) ReadAt(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		n, err := retry(func() (int, error) { return unix.Pread(fd, p, offset) })
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

func (system) WriteAt(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		n, err := retry(func() (int, error) { return unix.Pwrite(fd, p, offset) })
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

func (system) Map(fd int, offset, length int64) ([]atomic.Uint64, error) {
	if uint64(length) > uint64(^uintptr(0)>>1) {
		return nil, unix.ENOMEM
	}
	p, err := unix.MmapPtr(fd, offset, nil, uintptr(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*atomic.Uint64)(p), length/wordSize), nil
}

func (system) Cover(words []atomic.Uint64) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(words)), uintptr(len(words))*wordSize,
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	return err
}

func (system) Store(word *atomic.Uint64, v uint64) { word.Store(v) }

func (system) MapRead(fd int, length int64) ([]byte, error) {
	if length > math.MaxInt {
		return nil, unix.ENOMEM
	}
	return unix.Mmap(fd, 0, int(length), unix.PROT_READ, unix.MAP_SHARED)
}

func (system) Unmap(data []byte) error { return unix.Munmap(data) }

func (system) Watched() bool { return false }

func (system) LockDirectory(dir int) error {
	err := ignoringEINTR(func() error { return unix.Flock(dir, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

func (system) Rename(dir int, from, to string) error {
	return ignoringEINTR(func() error { return unix.Renameat(dir, from, dir, to) })
}

func (system) Unlink(dir int, name string) error {
	return ignoringEINTR(func() error { return unix.Unlinkat(dir, name, 0) })
}

// Close does not try again: after EINTR the descriptor may belong to another.
func (system) Close(fd int) error { return unix.Close(fd) }

func (system) PageSize() int64 { return int64(unix.Getpagesize()) }

// retry repeats a system call that a signal interrupted, as the Go runtime's
// own preemption does.
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

func ignoringEINTR(call func() error) error {
	_, err := retry(func() (int, error) { return 0, call() })
	return err
}
