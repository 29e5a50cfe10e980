package pmfile_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// entry is what a reader makes of one record.
type entry struct {
	Offset, Size int
	Kind         pmfile.Kind
	// What is the payload: a *pmfile.Family, and so on. Of exemplars that were
	// stored, Exemplar is the cells.
	What     any
	Exemplar *metric.Exemplar
	Cells    []uint64
}

// file is what a reader makes of a file.
type file struct {
	Header  pmfile.Header
	Entries []entry
}

// decode reads a file's bytes as a reader should.
func decode(data []byte, tolerant bool) (file, *damage.Error) {
	header, damaged := pmfile.DecodeHeader(data)
	if damaged != nil {
		return file{}, damaged
	}
	used, damaged := pmfile.Used(word(data, pmfile.UsedAt))
	if damaged != nil {
		return file{Header: header}, damaged
	}
	d := decoder{
		data:     data,
		walker:   pmfile.NewWalker(data, used, 0, tolerant),
		families: map[int]*pmfile.Family{},
		series:   map[int]bool{},
	}
	return file{header, d.entries()}, d.walker.Damage()
}

type decoder struct {
	data     []byte
	walker   pmfile.Walker
	families map[int]*pmfile.Family
	series   map[int]bool
}

func (d *decoder) entries() []entry {
	var entries []entry
	for {
		r, ok := d.walker.Next()
		if !ok {
			return entries
		}
		e := entry{Offset: r.Offset, Size: r.Size, Kind: r.Kind}
		if reason := d.parse(&r, &e); reason != "" {
			d.walker.Reject(r, reason)
			return entries
		}
		for i := range r.CellRoom() {
			if r.Kind != pmfile.KindFree {
				e.Cells = append(e.Cells, word(d.data, r.Cells+i*8))
			}
		}
		entries = append(entries, e)
	}
}

// parse returns what is wrong with the record, or "".
func (d *decoder) parse(r *pmfile.Record, e *entry) string {
	ok, refers := false, true
	switch r.Kind {
	case pmfile.KindFamily:
		var f *pmfile.Family
		f, ok = pmfile.ParseFamily(r.Payload)
		d.families[r.Offset] = f
		e.What = f
	case pmfile.KindSeries:
		var s pmfile.Series
		var at int
		if at, ok = pmfile.SeriesFamily(r.Payload); !ok {
			break
		}
		f := d.families[at]
		if f == nil {
			return pmfile.ReasonReference
		}
		ok = s.Parse(r.Payload, len(f.LabelNames)) && r.CellRoom() >= pmfile.SeriesCellsBefore+f.Values()
		d.series[r.Offset] = ok
		e.What = s
	case pmfile.KindChunk:
		var c pmfile.Chunk
		c, ok = pmfile.ParseChunk(r.Payload)
		refers = d.series[c.Series]
		e.What = c
	case pmfile.KindExemplar:
		var x pmfile.ExemplarRecord
		x, ok = pmfile.ParseExemplar(r.Payload)
		refers = d.series[x.Series]
		e.What = x
		load := func(offset int) uint64 { return word(d.data, offset) }
		if exemplar, stored := pmfile.ReadExemplar(load, r.Cells, r.CellRoom()); stored {
			e.Exemplar = &exemplar
		}
	case pmfile.KindAddends:
		var series int
		series, ok = pmfile.ParseAddends(r.Payload)
		refers = d.series[series]
		e.What = series
	case pmfile.KindAbsorbed:
		e.What, ok = pmfile.ParseAbsorbed(r.Payload)
	case pmfile.KindFree:
		ok = true
	}
	switch {
	case !ok:
		return pmfile.ReasonContents
	case !refers:
		return pmfile.ReasonReference
	}
	return ""
}

func word(data []byte, offset int) uint64 { return binary.NativeEndian.Uint64(data[offset:]) }

func putWord(data []byte, offset int, v uint64) { binary.NativeEndian.PutUint64(data[offset:], v) }

// mustDecode is decode of a file that must be without damage.
func mustDecode(t testing.TB, data []byte) file {
	t.Helper()
	f, damaged := decode(data, false)
	if damaged != nil {
		t.Fatal(damaged)
	}
	return f
}

// same compares what is read from files.
func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b metric.Labels) bool { return a == b }),
		cmp.Comparer(func(a, b metric.Timestamp) bool { return a == b })); diff != "" {
		t.Errorf("want (-) and got (+) differ:\n%s", diff)
	}
}

func word32(data []byte, offset int) uint32 { return binary.NativeEndian.Uint32(data[offset:]) }
