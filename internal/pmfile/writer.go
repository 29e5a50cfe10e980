package pmfile

import (
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/mapped"
)

// ErrTooLarge means that a record would be larger than the format allows.
var ErrTooLarge = errors.New("pmfile: the record is too large")

// MaxFile is how long a file may become: no reader maps more.
const MaxFile = 1<<31 - 1<<20

// Writer adds records to one file. Its methods may not be called concurrently;
// the words of cells may be used at any time, also after Close. What fails
// leaves the file as it was and may be tried again.
type Writer struct {
	file   *mapped.File
	header Header
	o      WriterOptions
	used   int64
	// changes is the word at ChangesAt; nested counts the changes under way.
	changes  uint64
	nested   int
	families map[int64]shape
	rooms    rooms
	// scratch is what is about to be written.
	scratch []byte
}

// shape is what a series must fit in with.
type shape struct{ labels, values int }

// Reserve is how much space, beyond the size of the archive, a writer leaves free:
// on a full disk, folding what the dead have left must still be possible.
const Reserve = 1 << 20

// WriterOptions has what is optional for [Create].
type WriterOptions struct {
	// Headroom returns how many bytes the file must leave free in its file
	// system. Running short of them is as if it were full: an error that wraps
	// syscall.ENOSPC. Nil means none.
	Headroom func() int64
	// Now is the clock that says when the room of deleted series may be used
	// again; nil means time.Now.
	Now func() time.Time
}

// Create makes the file with this header, with the errors of
// [mapped.Directory.Create].
func Create(dir *mapped.Directory, h *Header, mode fs.FileMode, o WriterOptions) (*Writer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	name := FileName(h.Role, h.ID)
	// Not once it is mapped: on a full disk every attempt would take up addresses.
	if err := afford(dir, name, initialSize, o.Headroom); err != nil {
		return nil, err
	}
	w := &Writer{header: *h, o: o, used: FirstRecord, families: map[int64]shape{}, rooms: newRooms()}
	file, err := dir.Create(name, initialSize, mode, w.begin)
	if err != nil {
		return nil, err
	}
	w.file = file
	return w, nil
}

// begin writes the header of a file that has no name yet. It may be called
// again for another file.
func (w *Writer) begin(file *mapped.File) error {
	w.file = file
	return file.WriteAt(AppendHeader(nil, &w.header, FirstRecord), 0)
}

// SeriesCells is where the cells of a series live.
type SeriesCells struct {
	// Offset is that of the record.
	Offset int64
	// Words are the state, the start and the values.
	Words []atomic.Uint64
}

// AddFamily adds a family and returns its offset.
func (w *Writer) AddFamily(f *Family) (int64, error) {
	d, err := familyDraft(f)
	if err != nil {
		return 0, err
	}
	offset, err := w.append(d)
	if err != nil {
		return 0, err
	}
	w.families[offset] = shape{len(f.LabelNames), f.Values()}
	return offset, nil
}

// AddSeries adds a series of a family that was added before. Its values are
// zero.
func (w *Writer) AddSeries(family int64, values []string, more []Label, start int64) (SeriesCells, error) {
	f, known := w.families[family]
	if !known {
		return SeriesCells{}, fmt.Errorf("pmfile: there is no family at %d", family)
	}
	d, err := f.draft(family, values, more, start)
	if err != nil {
		return SeriesCells{}, err
	}
	offset, err := w.add(d, family)
	if err != nil {
		return SeriesCells{}, err
	}
	return w.seriesCells(d, offset), nil
}

// AddFirst adds a family and its first series, in one step for readers.
func (w *Writer) AddFirst(f *Family, values []string, more []Label, start int64) (int64, SeriesCells, error) {
	declaration, err := familyDraft(f)
	if err != nil {
		return 0, SeriesCells{}, err
	}
	form := shape{len(f.LabelNames), f.Values()}
	d, err := form.draft(0, values, more, start)
	if err != nil {
		return 0, SeriesCells{}, err
	}
	family, err := w.append(declaration, d)
	if err != nil {
		return 0, SeriesCells{}, err
	}
	w.families[family] = form
	return family, w.seriesCells(d, family+declaration.size()), nil
}

// Replace deletes a series and adds another one of the same family, in one step
// for readers.
func (w *Writer) Replace(series, now, family int64, values []string, more []Label, start int64) (SeriesCells, error) {
	defer w.change()()
	cells, err := w.AddSeries(family, values, more, start)
	if err == nil {
		w.Delete(series, now)
	}
	return cells, err
}

func (w *Writer) seriesCells(d *draft, offset int64) SeriesCells {
	return SeriesCells{Offset: offset, Words: w.cells(d, offset)}
}

// cells returns the cells of a record that is in the file.
func (w *Writer) cells(d *draft, offset int64) []atomic.Uint64 {
	return w.file.Words(offset+d.cellsAt(), d.cells)
}

// AddChunk adds the counts of some native buckets of a series; they are zero.
func (w *Writer) AddChunk(series int64, schema, number int32, negative bool) ([]atomic.Uint64, error) {
	return w.addPart(series, &draft{
		kind:    KindChunk,
		payload: AppendChunk(nil, series, schema, number, negative),
		cells:   ChunkCells,
	})
}

// AddExemplar adds room for an exemplar of a series whose labels take up to
// capacity bytes.
func (w *Writer) AddExemplar(series int64, slot uint32, capacity int) (*ExemplarCells, error) {
	if capacity < 0 || capacity > maxRecord-wordSize {
		return nil, ErrTooLarge
	}
	capacity = int(padded(int64(capacity)))
	words, err := w.addPart(series, &draft{
		kind:    KindExemplar,
		payload: AppendExemplar(nil, series, slot, capacity),
		cells:   exemplarCellsBefore + capacity/wordSize,
	})
	if err != nil {
		return nil, err
	}
	return &ExemplarCells{words}, nil
}

// addPart adds a record that belongs to a series and returns its cells.
func (w *Writer) addPart(series int64, d *draft) ([]atomic.Uint64, error) {
	if _, ok := w.counting(series); !ok {
		return nil, fmt.Errorf("pmfile: no series counts at %d", series)
	}
	offset, err := w.add(d, series)
	if err != nil {
		return nil, err
	}
	w.rooms.belong(series, offset)
	return w.cells(d, offset), nil
}

// Header returns the header of the file, which must not be changed.
func (w *Writer) Header() *Header { return &w.header }

// Name returns the name of the file.
func (w *Writer) Name() string { return w.file.Name() }

// Size returns the number of bytes that the file takes up.
func (w *Writer) Size() int64 { return w.file.Size() }

// Used returns the number of bytes that are published.
func (w *Writer) Used() int64 { return w.used }

// Lost reports whether the file has no name any more: nobody will find what is
// counted in it.
func (w *Writer) Lost() (bool, error) { return w.file.Lost() }

// Remove removes the file's name, if it is still that of this file. Close the
// writer afterwards.
func (w *Writer) Remove(dir *mapped.Directory) error { return dir.Remove(w.file) }

// Close makes all words harmless and the file one that nobody writes; see
// [mapped.File.Close].
func (w *Writer) Close() error { return w.file.Close() }
