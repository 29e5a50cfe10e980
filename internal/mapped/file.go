package mapped

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"sync/atomic"
)

const wordSize = 8

// File is an open file of which every part that was ever reserved is mapped.
// Its words may be used by any goroutine at any time; the methods may not be
// called concurrently.
type File struct {
	kernel    Kernel
	directory string
	name      string
	fd        int // raw: an unreferenced *os.File would close itself and lose the lock
	size      int64
	segments  []segment
	closed    bool
}

// A segment is one mapping; segments follow one another without gaps.
type segment struct {
	offset int64
	words  []atomic.Uint64
}

// Size returns the number of bytes that are reserved and mapped.
func (f *File) Size() int64 { return f.size }

// Grow reserves and maps the file up to at least size bytes. If that fails the
// file is as it was before, and Grow may be tried again. Running out of space
// is an error that wraps ENOSPC.
func (f *File) Grow(size int64) error {
	if f.closed {
		return f.fail("grow", fs.ErrClosed)
	}
	size, err := f.pages(size)
	if err != nil || size <= f.size {
		return err
	}
	if err := f.kernel.Reserve(f.fd, f.size, size-f.size); err != nil {
		return f.fail("reserve", errors.Join(err, f.shrink()))
	}
	if err := f.extend(size); err != nil {
		return errors.Join(err, f.shrink())
	}
	return nil
}

// shrink gives back what a failed reservation left behind.
func (f *File) shrink() error {
	if err := f.kernel.Truncate(f.fd, f.size); err != nil {
		return f.fail("truncate", err)
	}
	return nil
}

// extend maps the file from its present size up to a larger one.
func (f *File) extend(size int64) error {
	words, err := f.kernel.Map(f.fd, f.size, size-f.size)
	if err != nil {
		return f.fail("map", err)
	}
	f.segments = append(f.segments, segment{f.size, words})
	f.size = size
	return nil
}

// pages rounds up to whole pages.
func (f *File) pages(size int64) (int64, error) {
	page := f.kernel.PageSize()
	if size < 0 || size > math.MaxInt64-page {
		return 0, f.fail("grow", fmt.Errorf("a size of %d bytes is out of range", size))
	}
	return (size + page - 1) / page * page, nil
}

// Word returns the word at an offset that is a multiple of eight and within
// the file's size; nil for any other offset.
func (f *File) Word(offset int64) *atomic.Uint64 {
	if words := f.Words(offset, 1); words != nil {
		return &words[0]
	}
	return nil
}

// Words returns n words from an offset on, which must be a multiple of eight;
// nil where they are not all in one mapping. It returns no nil slice for n = 0
// within the file's size.
func (f *File) Words(offset int64, n int) []atomic.Uint64 {
	s := f.segment(offset)
	if s == nil || offset%wordSize != 0 || n < 0 {
		return nil
	}
	first := (offset - s.offset) / wordSize
	if int64(n) > int64(len(s.words))-first {
		return nil
	}
	end := first + int64(n)
	return s.words[first:end:end]
}

// Boundary returns where the mapping ends that has the byte at the offset;
// the file's size for an offset that is not in the file.
func (f *File) Boundary(offset int64) int64 {
	if s := f.segment(offset); s != nil {
		return s.end()
	}
	return f.size
}

// segment returns the segment that has the byte at the offset, or nil. The
// newest are looked at first: they are the largest.
func (f *File) segment(offset int64) *segment {
	for i := len(f.segments) - 1; i >= 0; i-- {
		if s := &f.segments[i]; offset >= s.offset && offset < s.end() {
			return s
		}
	}
	return nil
}

func (s *segment) end() int64 { return s.offset + int64(len(s.words))*wordSize }

// Store stores to the word at an offset, of which [File.Word] must have one. It
// is for the words that give a file its structure: see [Kernel].
func (f *File) Store(offset int64, v uint64) { f.kernel.Store(f.Word(offset), v) }

// Lost reports whether the file has no name any more, so that nobody who does
// not have it open already will ever find what is in it.
func (f *File) Lost() (bool, error) {
	if f.closed {
		return false, f.fail("stat", fs.ErrClosed)
	}
	status, err := f.kernel.Stat(f.fd)
	if err != nil {
		return false, f.fail("stat", err)
	}
	return status.Links == 0, nil
}

// Free returns how many bytes this process may still store in the file's file
// system.
func (f *File) Free() (int64, error) {
	if f.closed {
		return 0, f.fail("statfs", fs.ErrClosed)
	}
	free, err := f.kernel.Free(f.fd)
	if err != nil {
		return 0, f.fail("statfs", err)
	}
	return free, nil
}

// Name returns the name that the file was created or opened with.
func (f *File) Name() string { return f.name }

// ReadAt fills p with the bytes at the offset.
func (f *File) ReadAt(p []byte, offset int64) error {
	if err := f.within(p, offset); err != nil {
		return err
	}
	if err := f.kernel.ReadAt(f.fd, p, offset); err != nil {
		return f.fail("read", err)
	}
	return nil
}

// WriteAt writes p at the offset, within the file's size. Other processes and
// the words of the file see it at once; it must not touch words in use.
func (f *File) WriteAt(p []byte, offset int64) error {
	if err := f.within(p, offset); err != nil {
		return err
	}
	if err := f.kernel.WriteAt(f.fd, p, offset); err != nil {
		return f.fail("write", err)
	}
	return nil
}

func (f *File) within(p []byte, offset int64) error {
	if f.closed {
		return f.fail("access", fs.ErrClosed)
	}
	if offset < 0 || offset > f.size-int64(len(p)) {
		return f.fail("access", fmt.Errorf("%d bytes at %d are outside of the file's %d", len(p), offset, f.size))
	}
	return nil
}

// Close puts zero words in the place of the file's, where late updates have no
// effect, and lets go of the lock. The addresses stay taken for as long as the
// process lives. Where the words cannot be replaced, the file stays open, and
// updates go on reaching it. Close may be called again.
func (f *File) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	var failed error
	for _, s := range f.segments {
		failed = errors.Join(failed, f.kernel.Cover(s.words))
	}
	if failed != nil {
		return f.fail("unmap", failed)
	}
	if err := f.kernel.Close(f.fd); err != nil {
		return f.fail("close", err)
	}
	return nil
}

func (f *File) fail(op string, err error) error {
	return &fs.PathError{Op: op, Path: filepath.Join(f.directory, f.name), Err: err}
}
