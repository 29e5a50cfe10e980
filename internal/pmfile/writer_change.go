package pmfile

import "encoding/binary"

// change begins a change of published records; the function it returns ends it.
// Changes may be nested.
func (w *Writer) change() (end func()) {
	w.nested++
	if w.nested == 1 {
		w.bump()
	}
	return func() {
		w.nested--
		if w.nested == 0 {
			w.bump()
		}
	}
}

func (w *Writer) bump() {
	w.changes++
	w.file.Store(ChangesAt, w.changes)
}

// Delete makes a series count nothing from now on, a time in nanoseconds since
// the Unix epoch. What it counted is seen no more; a minute later its room,
// and that of its chunks and exemplars, may become that of other records. A
// series that was deleted before stays as it was.
func (w *Writer) Delete(series, now int64) {
	cells, ok := w.counting(series)
	if !ok {
		return
	}
	defer w.change()()
	w.file.Store(cells+stateCell*wordSize, uint64(max(now, StateReset+1)))
	w.rooms.bury(series, w.o.Now())
}

// Reset says that a series, whose values the caller has made zero, counts anew
// from start on, a time in nanoseconds since the Unix epoch.
func (w *Writer) Reset(series, start int64) {
	cells, ok := w.counting(series)
	if !ok {
		return
	}
	defer w.change()()
	w.file.Store(cells+startCell*wordSize, uint64(start))
	w.file.Store(cells+stateCell*wordSize, StateReset)
}

// counting returns where the cells are of a series that was not deleted.
func (w *Writer) counting(series int64) (cells int64, ok bool) {
	r, ok := w.recordAt(series)
	if !ok || r.Kind != KindSeries || r.CellRoom() < SeriesCellsBefore {
		return 0, false
	}
	state := w.file.Word(int64(r.Cells) + stateCell*wordSize)
	return int64(r.Cells), state.Load() <= StateReset
}

// add publishes a record in the room of a deleted one behind after, if there is
// one, else behind all others.
func (w *Writer) add(d *draft, after int64) (int64, error) {
	offset, size, ok := w.room(d.size(), after)
	if !ok {
		return w.append(d)
	}
	if err := w.occupy(d, offset, size); err != nil {
		w.rooms.put(offset, size)
		return 0, err
	}
	return offset, nil
}

// room returns a free record for one of the given size.
func (w *Writer) room(size, after int64) (offset, actual int64, ok bool) {
	for range maxDigs {
		if offset, actual, ok = w.rooms.take(size, after); ok {
			return offset, actual, true
		}
		series, ok := w.rooms.open(w.o.Now)
		if !ok {
			break
		}
		w.dig(series)
	}
	return 0, 0, false
}

// dig makes the records of a deleted series free, itself last: a chunk must
// never be found to belong to whatever comes into the room of its series.
func (w *Writer) dig(series int64) {
	defer w.change()()
	for _, part := range w.rooms.takeParts(series) {
		w.vacate(part)
	}
	w.vacate(series)
}

// vacate makes a record free.
func (w *Writer) vacate(offset int64) {
	r, ok := w.recordAt(offset)
	if !ok {
		return // somebody else has written into the file
	}
	w.entitle(offset, KindFree, int64(r.Size), nil)
	w.rooms.put(offset, int64(r.Size))
}

// occupy writes a record in the place of a free one. Until its header is
// complete, there is a free record or one with a wrong checksum.
func (w *Writer) occupy(d *draft, offset, size int64) error {
	defer w.change()()
	w.scratch = append(w.scratch[:0], d.payload...)
	w.scratch = appendZeros(w.scratch, int(d.cellsAt())-recordHeader-len(d.payload))
	if err := w.file.WriteAt(w.scratch, offset+recordHeader); err != nil {
		return err
	}
	for i := range int64(d.cells) {
		w.file.Store(offset+d.cellsAt()+i*wordSize, 0)
	}
	if d.start != 0 {
		w.file.Store(offset+d.cellsAt()+startCell*wordSize, uint64(d.start))
	}
	w.entitle(offset, d.kind, size, d.payload)
	return nil
}

// entitle stores the header of a record. Between its two words the checksum is
// wrong.
func (w *Writer) entitle(offset int64, kind Kind, size int64, payload []byte) {
	var stack [recordHeader]byte
	header := appendRecordHeader(stack[:0], kind, size, payload)
	w.file.Store(offset+wordSize, binary.NativeEndian.Uint64(header[wordSize:]))
	w.file.Store(offset, binary.NativeEndian.Uint64(header))
}
