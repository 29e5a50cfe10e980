//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package textfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// sweeps says that abandoned files can be told from others.
const sweeps = true

// claim locks a file, which lasts until it is closed or the process ends. It reports
// whether nobody else has it locked.
func claim(f *os.File) bool {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}

// openToLock opens a file that is there and is no link, nor something that blocks.
func openToLock(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

// openLock opens a file that is there to be locked, and makes it if need be. To lock
// it, it is enough to read it, so that several users can share it.
func openLock(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
}

// putInPlace renames a file and closes it. Until it has its name it stays locked.
func putInPlace(f *os.File, path string) error {
	err := os.Rename(f.Name(), path)
	_ = f.Close() // what it held is on the disk
	return err
}
