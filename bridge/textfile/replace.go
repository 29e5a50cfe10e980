package textfile

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"polymeter.dev/exposition"
)

// replace puts in the place of the file what write writes, or leaves the file as it is.
func (f *file) replace(write func(io.Writer) error) error {
	f.sweep()
	temporary, err := f.create()
	if err != nil {
		return f.errorf("%w", err)
	}
	if err := f.fill(temporary, write); err != nil {
		// The error of the page is the one to know.
		_ = temporary.Close()
		_ = os.Remove(temporary.Name())
		return err
	}
	if err := putInPlace(temporary, f.path); err != nil {
		_ = os.Remove(temporary.Name())
		return f.errorf("%w", err)
	}
	f.syncFolder()
	return nil
}

// fill writes the page to the temporary file, and makes sure that it is a page, and
// that it is on the disk.
func (f *file) fill(temporary *os.File, write func(io.Writer) error) error {
	if err := write(temporary); err != nil {
		return err
	}
	if _, err := temporary.Seek(0, io.SeekStart); err != nil {
		return f.errorf("%w", err)
	}
	if err := checkPage(temporary); err != nil {
		return f.errorf("nothing was written: the page would not be valid: %w", err)
	}
	if err := temporary.Chmod(f.options.Mode); err != nil {
		return f.errorf("%w", err)
	}
	if err := temporary.Sync(); err != nil {
		return f.errorf("%w", err)
	}
	return nil
}

// checkPage reads a page to its end.
func checkPage(r io.Reader) error {
	for _, err := range exposition.Families(newDecoder(r)) {
		if err != nil {
			return err
		}
	}
	return nil
}

// newDecoder returns a strict decoder for pages that are as long as they are.
func newDecoder(r io.Reader) exposition.Decoder {
	return exposition.NewTextDecoder(r, &exposition.DecodeOptions{
		MaxLineBytes: math.MaxInt32, MaxSamples: math.MaxInt32, MaxLabels: math.MaxInt32, MaxFamilies: math.MaxInt32,
	})
}

// prefix is how the names of temporary files begin, which end in their own way: the node
// exporter reads none of them.
func (f *file) prefix() string { return "." + filepath.Base(f.path) + "." }

const temporarySuffix = ".tmp"

// create makes a temporary file beside the file, and locks it where there are locks, so
// that others see that somebody is at it.
func (f *file) create() (*os.File, error) {
	const attempts = 100
	for range attempts {
		name := filepath.Join(filepath.Dir(f.path), f.prefix()+strings.ToLower(rand.Text())+temporarySuffix)
		temporary, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		if claim(temporary) && stillThere(temporary) {
			return temporary, nil
		}
		// Another process took it for something left behind.
		_ = temporary.Close()
		_ = os.Remove(name)
	}
	return nil, errors.New("temporary files vanish as soon as they are there")
}

// sweep removes temporary files that nobody is at. What cannot be removed, such as the
// file of another user, may stay.
func (f *file) sweep() {
	dir := filepath.Dir(f.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // as creating a file will tell
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), f.prefix()) && strings.HasSuffix(e.Name(), temporarySuffix) {
			remove(filepath.Join(dir, e.Name()))
		}
	}
}

// remove removes a temporary file if nobody is at it.
func remove(name string) {
	abandoned, err := openToLock(name)
	if err != nil {
		return
	}
	defer abandoned.Close()
	if sweeps && claim(abandoned) && stillThere(abandoned) {
		_ = os.Remove(name)
	}
}

// stillThere reports whether a file has the name that it was opened by.
func stillThere(opened *os.File) bool {
	is, err := opened.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(opened.Name())
	return err == nil && os.SameFile(is, named)
}

// syncFolder makes the new name of the file survive a loss of power, where the system has
// that. Readers see it anyway, so that there is nothing to undo when it fails.
func (f *file) syncFolder() {
	folder, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return
	}
	defer folder.Close()
	_ = folder.Sync()
}

// open opens the file if there is one.
func (f *file) open() (*os.File, error) {
	opened, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return opened, err
}
