package mapped

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Folder is a directory whose files are read.
type Folder struct {
	kernel Kernel
	path   string
	fd     int
}

// OpenFolder opens the directory with the given path. It must be closed.
func OpenFolder(kernel Kernel, path string) (*Folder, error) {
	fd, err := kernel.Directory(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &Folder{kernel, path, fd}, nil
}

// Close closes the directory; views of its files stay open.
func (f *Folder) Close() error { return f.kernel.Close(f.fd) }

// Descriptor returns the open directory, for use with the folder's kernel.
func (f *Folder) Descriptor() int { return f.fd }

// Names returns the names of everything in the directory, in no order.
func (f *Folder) Names() ([]string, error) {
	names, err := f.kernel.Names(f.fd)
	if err != nil {
		return names, f.fail("read", "", err)
	}
	return names, nil
}

// Info describes what has the name, not following a symbolic link.
func (f *Folder) Info(name string) (Info, error) {
	info, err := f.kernel.Lookup(f.fd, name)
	if err != nil {
		return Info{}, f.fail("stat", name, err)
	}
	return info, nil
}

// View maps the file with the name, never through a symbolic link and without
// waiting for anybody. What is not a plain file is [ErrNotRegular]. An empty
// file gives a view of nothing.
func (f *Folder) View(name string) (*View, error) {
	view, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	if err := view.release(); err != nil {
		return nil, errors.Join(f.fail("close", name, err), view.Close())
	}
	return view, nil
}

// Open is View with a descriptor that stays open until the view is closed, so
// that it can tell whether the file is in use, and grow.
func (f *Folder) Open(name string) (*View, error) {
	fd, err := f.kernel.OpenRead(f.fd, name)
	if err != nil {
		return nil, f.fail("open", name, err)
	}
	view := &View{kernel: f.kernel, path: filepath.Join(f.path, name), fd: fd}
	if err := view.Refresh(); err != nil {
		return nil, errors.Join(err, view.Close())
	}
	return view, nil
}

func (f *Folder) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(f.path, name), Err: err}
}
