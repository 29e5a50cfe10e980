package fold

import (
	"encoding/binary"

	"polymeter.dev/internal/pyfile"
)

// beginning is how many bytes of a file tell its layout: some hundred entries,
// or one with a key that is longer than any.
const beginning = 64 << 10

// used returns how many bytes of a file of the Python client's format are in use,
// the header included. The file may be much larger: its writers enlarge it long
// before they need it, and leave holes.
func (f *file) used() (int64, error) {
	data, err := f.read(min(f.status.Size, pyfile.FirstEntry))
	if err != nil || len(data) < pyfile.FirstEntry {
		return int64(len(data)), err // which pyfile has something to say about
	}
	used, damage := pyfile.Used(binary.NativeEndian.Uint64(data), f.status.Size)
	if damage != nil {
		damage.Path = f.name
		return 0, damage
	}
	return min(max(int64(used), pyfile.FirstEntry), f.status.Size), nil
}

// inUse returns the bytes of a file as far as they are in use.
func (f *file) inUse() ([]byte, error) {
	used, err := f.used()
	if err != nil {
		return nil, err
	}
	return f.read(used)
}

// withAppendix returns the bytes of an archive with its appendix.
func (f *file) withAppendix() ([]byte, error) {
	used, err := f.used()
	if err != nil {
		return nil, err
	}
	header, err := f.readAt(used, min(pyfile.AppendixHeader, f.status.Size-used))
	if err != nil {
		return nil, err
	}
	return f.read(min(used+pyfile.AppendixLength(header), f.status.Size))
}

// layout returns the layout of a file, if it has entries to tell it by.
func (f *file) layout() (layout pyfile.Layout, sure bool, err error) {
	used, err := f.used()
	if err != nil {
		return pyfile.Newer, false, err
	}
	data, err := f.read(min(used, beginning))
	if err != nil {
		return pyfile.Newer, false, err
	}
	layout, sure = pyfile.LayoutOf(data)
	return layout, sure, nil
}
