package mapped

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Lease asks for a read lease, which the kernel grants only when nobody has the
// file open for writing, in whatever container, and whether or not they lock
// their files; the Python client does not.
func (system) Lease(fd int) error {
	// Whoever opens the file from now on makes the kernel send a signal. This
	// one means nothing to a Go program.
	_, err := fcntl(fd, unix.F_SETSIG, int(unix.SIGURG))
	if err == nil {
		_, err = fcntl(fd, unix.F_SETLEASE, unix.F_RDLCK)
	}
	if errors.Is(err, unix.EAGAIN) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoLease, err)
	}
	return nil
}

// Leased is false as soon as somebody wants to write: then the kernel names
// what the lease is going to become.
func (system) Leased(fd int) (bool, error) {
	kind, err := fcntl(fd, unix.F_GETLEASE, 0)
	return kind == unix.F_RDLCK, err
}

func (system) Release(fd int) error {
	_, err := fcntl(fd, unix.F_SETLEASE, unix.F_UNLCK)
	return err
}

func (s system) Unused(dir int, name string) error {
	fd, err := s.OpenRead(dir, name)
	if err != nil {
		return err
	}
	defer s.Close(fd) // gives the lease back
	if err := s.Lease(fd); err != nil {
		return ErrInUse
	}
	return nil
}

func fcntl(fd, command, argument int) (int, error) {
	return retry(func() (int, error) { return unix.FcntlInt(uintptr(fd), command, argument) })
}
