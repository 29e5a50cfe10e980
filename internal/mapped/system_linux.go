package mapped

import (
	"errors"
	"io"

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

// Unused asks for a read lease, which the kernel grants only when nobody has the
// file open for writing, in whatever container, and whether or not they lock
// their files; the Python client does not.
func (s system) Unused(dir int, name string) error {
	fd, err := retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if errors.Is(err, unix.ELOOP) {
		return ErrNotRegular
	}
	if err != nil {
		return err
	}
	defer s.Close(fd)
	// Whoever opens the file this very moment makes the kernel send a signal.
	// This one means nothing to a Go program.
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETSIG, int(unix.SIGURG)); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK); err != nil {
		return ErrInUse
	}
	return nil // closing the descriptor gives the lease back
}

// Prepare turns off copy-on-write where reserved space is not kept otherwise.
func (system) Prepare(fd int) error {
	cow, err := copyOnWrite(fd)
	if err != nil || !cow {
		return err
	}
	flags, err := unix.IoctlGetInt(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return err
	}
	return unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, flags|noCopyOnWrite)
}

// copyOnWrite reports whether a store to reserved space may need new space: on
// btrfs, unless the file was exempted while it was empty.
func copyOnWrite(fd int) (bool, error) {
	var fs unix.Statfs_t
	if err := ignoringEINTR(func() error { return unix.Fstatfs(fd, &fs) }); err != nil {
		return false, err
	}
	if uint32(fs.Type) != unix.BTRFS_SUPER_MAGIC {
		return false, nil
	}
	flags, err := unix.IoctlGetInt(fd, unix.FS_IOC_GETFLAGS)
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
