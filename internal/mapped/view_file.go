package mapped

import (
	"errors"
	"io/fs"
	"math"
)

// Descriptor returns the open file, for use with the folder's kernel, or a
// negative number if it is closed: see [Folder.Open].
func (v *View) Descriptor() int { return v.fd }

// Refresh brings Info up to date, and Bytes if the file has grown: then what
// Bytes returned before is gone. If that fails the view is no worse than before.
func (v *View) Refresh() error {
	info, err := v.kernel.Stat(v.fd)
	if err != nil {
		return v.fail("stat", err)
	}
	if !info.Regular {
		return v.fail("open", ErrNotRegular)
	}
	// No word at an offset of 2 GiB or more is ever asked for: no format has
	// files of that size.
	if length := min(info.Size, math.MaxInt32); length > int64(len(v.data)) {
		if err := v.remap(length); err != nil {
			return err
		}
	}
	v.info = info
	return nil
}

func (v *View) remap(length int64) error {
	data, err := v.kernel.MapRead(v.fd, length)
	if err != nil {
		return v.fail("map", err)
	}
	old := v.data
	v.data = data
	return v.unmap(old)
}

func (v *View) unmap(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if err := v.kernel.Unmap(data); err != nil {
		return v.fail("unmap", err)
	}
	return nil
}

// Locked reports whether the lock that shows a living writer was taken through
// another opening of the file. Once it was not, it never will be again, if the
// file was made by [Directory.Create] and nobody opens files to continue them.
func (v *View) Locked() (bool, error) {
	locked, err := v.kernel.Locked(v.fd)
	if err != nil {
		return false, v.fail("query the lock of", err)
	}
	return locked, nil
}

// Unwritten returns nil if nobody had the file open for writing at that moment,
// [ErrInUse] if somebody had, and [ErrNoLease] if there is no telling, wrapped.
func (v *View) Unwritten() error {
	if err := v.kernel.Lease(v.fd); err != nil {
		return v.fail("lease", err)
	}
	if err := v.kernel.Release(v.fd); err != nil {
		return v.fail("release", err)
	}
	return nil
}

// release closes the descriptor: what is mapped stays readable.
func (v *View) release() error {
	fd := v.fd
	v.fd = -1
	if fd < 0 {
		return nil
	}
	return v.kernel.Close(fd)
}

// Close unmaps the file, and gives back a lease. It may be called again.
func (v *View) Close() error {
	data := v.data
	v.data = nil
	return errors.Join(v.unmap(data), v.release())
}

func (v *View) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: v.path, Err: err}
}
