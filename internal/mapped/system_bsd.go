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

// Unused cannot tell here: programs that take no lock may be writing.
func (system) Unused(int, string) error { return ErrInUse }

func (system) Prepare(int) error { return nil }

func (s system) Reserve(fd int, offset, length int64) error { return s.occupy(fd, offset, length) }

func (s system) Publish(dir int, from, to string) error { return s.link(dir, from, to) }
