package mapped

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// attempts is how often Create starts over when somebody tidies its unborn
// file away.
const attempts = 4

// Directory is an open directory in which files are created and opened.
type Directory struct {
	kernel Kernel
	path   string
	fd     int
}

// OpenDirectory opens the directory with the given path. It must be closed.
func OpenDirectory(kernel Kernel, path string) (*Directory, error) {
	fd, err := kernel.Directory(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &Directory{kernel, path, fd}, nil
}

// Close closes the directory; files opened in it stay open.
func (d *Directory) Close() error { return d.kernel.Close(d.fd) }

// Free returns how many bytes this process may still store in the directory's file
// system.
func (d *Directory) Free() (int64, error) {
	free, err := d.kernel.Free(d.fd)
	if err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: d.path, Err: err}
	}
	return free, nil
}

// UnbornPrefix begins the names of files that are being made. Whoever makes one and
// dies leaves it behind.
const UnbornPrefix = ".new-"

// Create makes a file of at least size bytes. It gets its name only once it is
// locked, reserved, mapped, and begin has written its first contents, so that
// nobody ever sees a file that is not complete. If the name is taken, the
// error wraps fs.ErrExist.
func (d *Directory) Create(name string, size int64, mode fs.FileMode, begin func(*File) error) (*File, error) {
	var file *File
	var err error
	for range attempts {
		if file, err = d.create(name, size, mode, begin); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, err
}

func (d *Directory) create(name string, size int64, mode fs.FileMode, begin func(*File) error) (*File, error) {
	unborn := UnbornPrefix + rand.Text()
	fd, err := d.kernel.Create(d.fd, unborn, uint32(mode.Perm()))
	if err != nil {
		return nil, d.fail("create", name, err)
	}
	file := d.file(name, fd)
	if err := d.fill(file, unborn, size, begin); err != nil {
		return nil, errors.Join(err, d.kernel.Unlink(d.fd, unborn), file.Close())
	}
	return file, nil
}

func (d *Directory) fill(file *File, unborn string, size int64, begin func(*File) error) error {
	if err := d.kernel.Lock(file.fd); err != nil {
		return file.fail("lock", err)
	}
	if err := d.kernel.Prepare(file.fd); err != nil {
		return file.fail("prepare", err)
	}
	if err := file.Grow(size); err != nil {
		return err
	}
	if err := begin(file); err != nil {
		return err
	}
	if err := d.kernel.Publish(d.fd, unborn, file.name); err != nil {
		return file.fail("publish", err)
	}
	return nil
}

// errPassing is [ErrInUse] of a file that nobody need be writing: somebody holds a
// lease to find out whether it is in use, or has just taken its name away.
var errPassing = fmt.Errorf("%w, for a moment at least", ErrInUse)

const (
	// openAttempts is how often Open tries when what is in its way passes, and
	// firstPause how long it waits then, twice as long each time: about ten
	// milliseconds in all. Whoever looks at a file does so for microseconds.
	openAttempts = 8
	firstPause   = 100 * time.Microsecond
)

// Open opens a file that a writer has left behind, reserving all of it. The
// error wraps [ErrInUse], [ErrNotRegular] or fs.ErrNotExist when the name is
// not that of such a file.
func (d *Directory) Open(name string) (*File, error) {
	pause := firstPause
	for range openAttempts - 1 {
		file, err := d.open(name)
		if !errors.Is(err, errPassing) {
			return file, err
		}
		time.Sleep(pause)
		pause *= 2
	}
	return d.open(name)
}

func (d *Directory) open(name string) (*File, error) {
	found, err := d.kernel.Lookup(d.fd, name)
	if err != nil {
		return nil, d.fail("open", name, err)
	}
	if !found.Regular {
		return nil, d.fail("open", name, ErrNotRegular)
	}
	if err := d.kernel.Unused(d.fd, name); err != nil {
		return nil, d.fail("open", name, err)
	}
	fd, err := d.kernel.Open(d.fd, name)
	if errors.Is(err, ErrInUse) {
		err = errPassing // a lease
	}
	if err != nil {
		return nil, d.fail("open", name, err)
	}
	file := d.file(name, fd)
	if err := d.adopt(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// adopt locks an existing file and maps it.
func (d *Directory) adopt(file *File) error {
	if err := d.kernel.Lock(file.fd); err != nil {
		return file.fail("lock", err)
	}
	opened, err := d.kernel.Stat(file.fd)
	if err != nil {
		return file.fail("stat", err)
	}
	// Whoever tidies the directory may have taken the name away, or given it
	// to another file, before our lock was there to be seen.
	named, err := d.kernel.Lookup(d.fd, file.name)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !named.SameFile(opened):
		return file.fail("open", errPassing)
	case err != nil:
		return file.fail("open", err)
	}
	if !opened.Regular {
		return file.fail("open", ErrNotRegular)
	}
	return file.adopt(opened.Size)
}

// adopt reserves and maps what the file already holds. A file that was not
// made by this package may have holes.
func (f *File) adopt(size int64) error {
	whole, err := f.pages(size)
	if err != nil || whole == 0 {
		return err
	}
	if err := f.kernel.Reserve(f.fd, 0, whole); err != nil {
		return f.fail("reserve", errors.Join(err, f.kernel.Truncate(f.fd, size)))
	}
	return f.extend(whole)
}

// Remove removes the name of the file if the file still has it.
func (d *Directory) Remove(file *File) error {
	named, err := d.kernel.Lookup(d.fd, file.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return file.fail("remove", err)
	}
	opened, err := d.kernel.Stat(file.fd)
	if err != nil {
		return file.fail("remove", err)
	}
	if !named.SameFile(opened) {
		return nil
	}
	if err := d.kernel.Unlink(d.fd, file.name); err != nil {
		return file.fail("remove", err)
	}
	return nil
}

// file wraps a descriptor of which nothing is mapped yet.
func (d *Directory) file(name string, fd int) *File {
	return &File{kernel: d.kernel, directory: d.path, name: name, fd: fd}
}

func (d *Directory) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(d.path, name), Err: err}
}
