//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package mapped

import (
	"errors"

	"golang.org/x/sys/unix"
)

func (system) Lock(fd int) error {
	err := ignoringEINTR(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}

// Locked has no way to ask but to take a lock of its own for a moment. An
// opening that holds the lock itself would lose it thereby.
func (system) Locked(fd int) (bool, error) {
	err := ignoringEINTR(func() error { return unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, unix.Flock(fd, unix.LOCK_UN)
}

// Trusted is false: nothing shows who has a file open without locking it.
func (system) Trusted(int) (bool, error) { return false, nil }

func (system) Lease(int) error          { return ErrNoLease }
func (system) Leased(int) (bool, error) { return false, ErrNoLease }
func (system) Release(int) error        { return ErrNoLease }

// Link cannot be done: a file that is open has no name to link it by.
func (system) Link(int, int, string) error { return ErrNoSupport }

// Unused cannot tell here: programs that take no lock may be writing.
func (system) Unused(int, string) error { return ErrInUse }

func (system) Prepare(int) error { return nil }

func (s system) Reserve(fd int, offset, length int64) error { return s.occupy(fd, offset, length) }

func (s system) Publish(dir int, from, to string) error { return s.link(dir, from, to) }
