package fold

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"polymeter.dev/internal/mapped"
)

// directory is the open directory of a pass.
type directory struct {
	kernel mapped.Kernel
	fd     int
}

func (d *directory) close() error { return d.kernel.Close(d.fd) }

// names returns all names, sorted.
func (d *directory) names() ([]string, error) {
	names, err := d.kernel.Names(d.fd)
	if err != nil {
		return nil, fmt.Errorf("fold: list: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// file is a file that is open for reading. While it is open its inode cannot be
// given to another one.
type file struct {
	kernel mapped.Kernel
	name   string
	fd     int
	status mapped.Status
}

// open opens a plain file. The error wraps fs.ErrNotExist or
// [mapped.ErrNotRegular] when there is none with that name.
func (d *directory) open(name string) (*file, error) {
	fd, err := d.kernel.OpenRead(d.fd, name)
	if err != nil {
		return nil, fmt.Errorf("fold: open %q: %w", name, err)
	}
	f := &file{kernel: d.kernel, name: name, fd: fd}
	if f.status, err = d.kernel.Stat(fd); err == nil && !f.status.Regular {
		err = mapped.ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fold: open %q: %w", name, err), f.close())
	}
	return f, nil
}

// close also gives back a lease.
func (f *file) close() error { return f.kernel.Close(f.fd) }

// read returns the first n bytes.
func (f *file) read(n int64) ([]byte, error) { return f.readAt(0, n) }

// readAt returns n bytes from the offset on.
func (f *file) readAt(offset, n int64) ([]byte, error) {
	if n > math.MaxInt32 {
		return nil, fmt.Errorf("fold: read %q: %w", f.name, ErrTooLarge)
	}
	data := make([]byte, n)
	if err := f.kernel.ReadAt(f.fd, data, offset); err != nil {
		return nil, fmt.Errorf("fold: read %q: %w", f.name, err)
	}
	return data, nil
}

// named reports whether the name is still that of the same file.
func (d *directory) named(name string, status mapped.Status) (bool, error) {
	now, err := d.kernel.Lookup(d.fd, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("fold: look up %q: %w", name, err)
	}
	return now.SameFile(status), nil
}

// unlink removes a name; one that is gone is no error.
func (d *directory) unlink(name string) error {
	err := d.kernel.Unlink(d.fd, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("fold: remove %q: %w", name, err)
	}
	return nil
}
