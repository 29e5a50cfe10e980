//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package textfile

import (
	"errors"
	"os"
)

// sweeps says that abandoned files cannot be told from others.
const sweeps = false

// claim does nothing: there are no locks that end with the process.
func claim(*os.File) bool { return true }

func openToLock(name string) (*os.File, error) { return os.Open(name) }

func openLock(string) (*os.File, error) {
	return nil, errors.New("files cannot be locked on this system")
}

// putInPlace closes a file, which could not be renamed otherwise, and renames it.
func putInPlace(f *os.File, path string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
