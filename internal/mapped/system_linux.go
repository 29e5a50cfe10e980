package mapped

import (
	"errors"
	"io"
	"strconv"

	"golang.org/x/sys/unix"
)

// noCopyOnWrite is FS_NOCOW_FL of linux/fs.h.
const noCopyOnWrite = 0x00800000

// Lock takes a lock that belongs to the open file: it holds until the last
// descriptor is closed, and a second descriptor of this process conflicts.
func (system) Lock(fd int) error {
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	err := ignoringEINTR(func() error { return unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &lock) })
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return ErrInUse
	}
	return err
}

func (system) Locked(fd int) (bool, error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	err := ignoringEINTR(func() error { return unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &lock) })
	return lock.Type != unix.F_UNLCK, err
}

// Prepare turns off copy-on-write where reserved space is not kept otherwise.
func (system) Prepare(fd int) error {
	cow, err := copyOnWrite(fd)
	if err != nil || !cow {
		return err
	}
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return err
	}
	return unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, int(flags|noCopyOnWrite))
}

// copyOnWrite reports whether a store to reserved space may need new space: on
// btrfs, unless the file was exempted while it was empty.
func copyOnWrite(fd int) (bool, error) {
	if fs, err := statfs(fd); err != nil || uint32(fs.Type) != unix.BTRFS_SUPER_MAGIC {
		return false, err
	}
	flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	return flags&noCopyOnWrite == 0, err
}

func (s system) Reserve(fd int, offset, length int64) error {
	cow, err := copyOnWrite(fd)
	if err != nil {
		return err
	}
	if cow {
		return ErrUnreservable
	}
	for length > 0 {
		step := min(length, blockSize)
		err := ignoringEINTR(func() error { return unix.Fallocate(fd, 0, offset, step) })
		if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
			return s.occupy(fd, offset, length)
		}
		if err != nil {
			return err
		}
		offset, length = offset+step, length-step
	}
	return nil
}

func (s system) Publish(dir int, from, to string) error {
	err := ignoringEINTR(func() error { return unix.Renameat2(dir, from, dir, to, unix.RENAME_NOREPLACE) })
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return s.link(dir, from, to)
	}
	return err
}

// Link goes through the name that every open file has: a program may use this
// one without privileges.
func (system) Link(dir, fd int, name string) error {
	from := "/proc/self/fd/" + strconv.Itoa(fd)
	return ignoringEINTR(func() error {
		return unix.Linkat(unix.AT_FDCWD, from, dir, name, unix.AT_SYMLINK_FOLLOW)
	})
}
