package multiprocess

import (
	"math"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
)

// The reasons of damage to native files that only their merge can see.
const (
	reasonFamily    = "declaration of a family cannot be read"
	reasonSeries    = "series cannot be read"
	reasonReference = "record refers to something that is not there"
)

// nativeWalk decodes the records of a file.
type nativeWalk struct {
	file   *nativeFile
	table  *nativeTable
	like   *nativeLayout // of the file walked last
	walker pmfile.Walker
	after  uint32 // the series before
	family *nativeFamily
	at     int // the offset of family
}

// run walks to the end, or to the first damage, and reports whether there was
// anything that a plan depends on.
func (w *nativeWalk) run() bool {
	changed := false
	for {
		record, ok := w.walker.Next()
		if !ok {
			return changed
		}
		reason := ""
		switch record.Kind {
		case pmfile.KindFamily:
			reason = w.takeFamily(&record)
		case pmfile.KindSeries:
			changed, reason = true, w.takeSeries(&record)
		case pmfile.KindChunk:
			changed, reason = true, w.takeChunk(&record)
		case pmfile.KindExemplar:
			changed, reason = true, w.takeExemplar(&record)
		case pmfile.KindAddends:
			changed, reason = true, w.takeAddends(&record)
		}
		if reason != "" {
			w.walker.Reject(record, reason)
		}
	}
}

func (w *nativeWalk) takeFamily(r *pmfile.Record) string {
	f, ok := w.table.family(r.Payload)
	if !ok {
		return reasonFamily
	}
	w.file.families[r.Offset] = f
	return ""
}

// familyAt returns the family at an offset, most often that of the series before.
func (w *nativeWalk) familyAt(offset int) *nativeFamily {
	if w.family == nil || w.at != offset {
		w.family, w.at = w.file.families[offset], offset
	}
	return w.family
}

func (w *nativeWalk) takeSeries(r *pmfile.Record) string {
	at, ok := pmfile.SeriesFamily(r.Payload)
	if !ok {
		return reasonReference
	}
	family := w.familyAt(at)
	if family == nil {
		return reasonReference
	}
	if r.CellRoom() < seriesCells+family.values {
		return reasonSeries
	}
	number, ok := w.table.find(family, w.after, r.Payload)
	if !ok {
		return reasonSeries
	}
	w.after = number
	f, l := w.file, &w.file.layout
	switch state := f.view.Word(r.Cells); {
	case state > stateRestart:
		f.deleted[len(l.entries)] = int64(state)
	case state == stateRestart:
		f.restarted[len(l.entries)] = true
	}
	l.entries = extend(l.entries, w.like.entries, nativeEntry{number, uint32(r.Offset), uint32(r.Cells)})
	if w.file.reads(w.table, len(l.entries)-1) {
		l.addSeries(w.like, family, uint32(r.Cells+8*seriesCells))
	}
	return ""
}

// seriesCells is how many cells a series has before its values.
const seriesCells = 2

func (w *nativeWalk) takeChunk(r *pmfile.Record) string {
	c, ok := pmfile.ParseChunk(r.Payload)
	if !ok || r.CellRoom() < cell.ChunkSize {
		return reasonSeries
	}
	l := &w.file.layout
	entry, ok := l.entryAt(c.Series)
	if !ok {
		return reasonReference
	}
	series := l.entries[entry].series
	family := w.table.series[series].family
	if !family.Native {
		return reasonReference
	}
	number := w.table.chunk(nativeChunkKey{series, c.Schema, c.Number, c.Negative})
	l.chunks = extend(l.chunks, w.like.chunks, nativeChunk{number, uint32(entry)})
	if w.file.reads(w.table, entry) {
		l.addChunk(w.like, family, uint32(r.Cells))
	}
	return ""
}

func (w *nativeWalk) takeExemplar(r *pmfile.Record) string {
	x, ok := pmfile.ParseExemplar(r.Payload)
	if !ok || !x.Fits(r.CellRoom()) {
		return reasonSeries
	}
	entry, ok := w.file.layout.entryAt(x.Series)
	if !ok {
		return reasonReference
	}
	l := &w.file.layout
	l.exemplars = extend(l.exemplars, w.like.exemplars, nativeExemplar{uint32(entry), uint32(r.Cells), uint32(r.CellRoom())})
	return ""
}

func (w *nativeWalk) takeAddends(r *pmfile.Record) string {
	at, ok := pmfile.ParseAddends(r.Payload)
	if !ok {
		return reasonSeries
	}
	l := &w.file.layout
	entry, ok := l.entryAt(at)
	if !ok || w.table.series[l.entries[entry].series].family.FloatValue() < 0 {
		return reasonReference
	}
	for i := range r.CellRoom() {
		value := math.Float64frombits(w.file.view.Word(r.Cells + 8*i))
		w.file.addends = append(w.file.addends, addend{entry, value})
	}
	return ""
}
