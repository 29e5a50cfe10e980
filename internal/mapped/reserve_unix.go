//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package mapped

import (
	"golang.org/x/sys/unix"
)

// blockSize is how much is reserved in one step: little enough that a system
// call which starts over after each signal gets done.
const blockSize = 8 << 20

// occupy reserves a range where the system has no call for it, by writing every
// byte that is there, or zero, once more.
func (s system) occupy(fd int, offset, length int64) error {
	var block [64 << 10]byte
	for length > 0 {
		part := block[:min(length, int64(len(block)))]
		if err := s.copyOrZero(fd, part, offset); err != nil {
			return err
		}
		if err := s.WriteAt(fd, part, offset); err != nil {
			return err
		}
		offset, length = offset+int64(len(part)), length-int64(len(part))
	}
	return nil
}

// copyOrZero reads what is there and zeroes the rest of p.
func (s system) copyOrZero(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		n, err := retry(func() (int, error) { return unix.Pread(fd, p, offset) })
		if err != nil {
			return err
		}
		if n == 0 {
			clear(p)
			return nil
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

// link publishes a file where no call renames without replacing. In between it
// has both names.
func (s system) link(dir int, from, to string) error {
	if err := ignoringEINTR(func() error { return unix.Linkat(dir, from, dir, to, 0) }); err != nil {
		return err
	}
	return s.Unlink(dir, from)
}
