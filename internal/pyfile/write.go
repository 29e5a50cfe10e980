package pyfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync/atomic"

	"polymeter.dev/internal/mapped"
)

const (
	// initialSize is the size of a new file; it doubles when it is full.
	initialSize = 1 << 16
	// maxUsed is the largest number that the header can hold.
	maxUsed = math.MaxInt32
)

// Errors of writing; test for them with errors.Is.
var (
	// ErrLayout means that an existing file has the other layout.
	ErrLayout = errors.New("the file has another layout")
	// ErrFileFull means that an entry would begin beyond what the format can
	// address, which is 2 GiB.
	ErrFileFull = errors.New("the file has reached the format's limit of 2 GiB")
)

// Writer adds entries to one file. Its methods may not be called concurrently;
// the words of its entries may be used at any time.
type Writer struct {
	file   *mapped.File
	layout Layout
	used   int64
	// left has the offsets of values that an earlier writer left behind and
	// that nobody asked for yet.
	left map[string]int64
}

// Entry is where the value of one key lives, as the bits of a float64.
type Entry struct {
	Value *atomic.Uint64
	// Time is the Unix time of the value; nil in the older layout.
	Time *atomic.Uint64
}

// Create makes a new file, with the errors of [mapped.Directory.Create].
func Create(dir *mapped.Directory, name string, layout Layout, mode fs.FileMode) (*Writer, error) {
	file, err := dir.Create(name, initialSize, mode, func(f *mapped.File) error {
		f.Word(0).Store(header(headerSize))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &Writer{file: file, layout: layout, used: headerSize}, nil
}

// Continue opens a file that a writer has left behind; its values stay what
// they are. Besides the errors of [mapped.Directory.Open] there are
// [*DamageError] and [ErrLayout].
func Continue(dir *mapped.Directory, name string, layout Layout) (*Writer, error) {
	file, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: file, layout: layout}
	if err := w.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("pyfile: continue %q: %w", name, err), file.Close())
	}
	return w, nil
}

// load takes stock of an existing file. The Python client creates it empty, and
// writes the header a moment later.
func (w *Writer) load() error {
	if w.file.Size() == 0 {
		if err := w.file.Grow(initialSize); err != nil {
			return err
		}
	}
	first := w.file.Word(0)
	used, damage := Used(first.Load(), w.file.Size())
	if damage != nil {
		return damage
	}
	if used == 0 {
		used = headerSize
		first.Store(header(headerSize))
	}
	data := make([]byte, min(int64(used), w.file.Size()))
	if err := w.file.ReadAt(data, 0); err != nil {
		return err
	}
	w.used = int64(used)
	var err error
	w.left, err = positions(data, used, w.layout)
	return err
}

// Add returns the entries of the given keys. Those that an earlier writer left
// behind are taken over, each at most once; the others are appended, with the
// value zero. No reader sees one appended without the rest. On an error
// nothing is added, and Add may be tried again.
func (w *Writer) Add(keys []string) ([]Entry, error) {
	values, err := w.append(keys)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(keys))
	for i, key := range keys {
		delete(w.left, key)
		entries[i].Value = w.file.Word(values[i])
		if w.layout == Newer {
			entries[i].Time = w.file.Word(values[i] + 8)
		}
	}
	return entries, nil
}

// append writes the entries that are missing and returns the offsets of all
// values.
func (w *Writer) append(keys []string) ([]int64, error) {
	values := make([]int64, len(keys))
	used := w.used
	for i, key := range keys {
		offset, ok := w.left[key]
		if !ok {
			offset = used + keySize(int64(len(key)))
			used = offset + 8*w.layout.words()
		}
		values[i] = offset
	}
	if used == w.used {
		return values, nil
	}
	if err := w.reserve(used); err != nil {
		return nil, err
	}
	added := make([]byte, 0, used-w.used)
	for i, key := range keys {
		if values[i] > w.used { // not left behind
			added = appendEntry(added, key, w.layout)
		}
	}
	if err := w.file.WriteAt(added, w.used); err != nil {
		return nil, err
	}
	w.file.Word(0).Store(header(used))
	w.used = used
	return values, nil
}

// reserve makes room up to the given offset.
func (w *Writer) reserve(end int64) error {
	if end > maxUsed {
		return ErrFileFull
	}
	size := w.file.Size()
	for size < end {
		size *= 2
	}
	return w.file.Grow(size)
}

// appendEntry appends an entry with the value zero.
func appendEntry(dst []byte, key string, layout Layout) []byte {
	length := int64(len(key))
	dst = binary.NativeEndian.AppendUint32(dst, uint32(length))
	dst = append(dst, key...)
	for range keySize(length) - 4 - length {
		dst = append(dst, ' ')
	}
	return append(dst, make([]byte, 8*layout.words())...)
}

// Size returns the number of bytes that the file takes up.
func (w *Writer) Size() int64 { return w.file.Size() }

// Remove removes the file's name, if it is still that of this file. Close the
// writer afterwards.
func (w *Writer) Remove(dir *mapped.Directory) error { return dir.Remove(w.file) }

// Close makes all words harmless and the file one that nobody writes; see
// [mapped.File.Close].
func (w *Writer) Close() error { return w.file.Close() }

// Lost reports whether the file has no name any more: nobody will find what is
// counted in it.
func (w *Writer) Lost() (bool, error) { return w.file.Lost() }
