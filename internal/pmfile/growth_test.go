package pmfile_test

import (
	"strings"
	"testing"

	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
)

// TestCellsStaySideBySide lets records begin at every place before the end of a
// mapping, also of one that grew in vain before: their cells must not go on in
// the next one.
func TestCellsStaySideBySide(t *testing.T) {
	t.Parallel()
	for room := 0; room <= 400; room += 16 {
		memory := mappedtest.NewMemory("/m")
		full := false
		kernel := &mappedtest.Faults{Kernel: memory, Fail: func(call string, _ int) error {
			if full && call == "write" {
				return errFault
			}
			return nil
		}}
		w := create(t, kernel, pmfile.WriterOptions{})
		f, err := w.AddFamily(requests)
		check(t, err)
		fillUpTo(t, w, 16<<10-int64(room))
		full = true
		for range 3 { // another growth each time, if one was needed
			if _, err := w.AddSeries(f, []string{"a", ""}, nil, 0); err == nil {
				t.Fatal("written nevertheless")
			}
		}
		full = false
		s := addSeries(t, w, f, "a")
		chunk, err := w.AddChunk(s.Offset, 0, 0, false)
		check(t, err)
		if len(s.Words) != 4 || len(chunk) != 16 {
			t.Fatalf("%d bytes before the end: %d cells of a series, %d of a chunk", room, len(s.Words), len(chunk))
		}
		s.Words[3].Store(7)
		chunk[15].Store(8)
		data := published(t, memory, w)
		found := series(t, data)
		entries := mustDecode(t, data).Entries
		if last := entries[len(entries)-1]; found["a"].Cells[3] != 7 || last.Cells[15] != 8 {
			t.Fatalf("%d bytes before the end: found %v and %v", room, found["a"], last)
		}
	}
}

// fillUpTo adds families, which have no cells, up to an offset.
func fillUpTo(t *testing.T, w *pmfile.Writer, end int64) {
	t.Helper()
	empty := int64(16 + len(pmfile.AppendFamily(nil, &pmfile.Family{})))
	for w.Used() < end {
		size := end - w.Used()
		if size > 2048 {
			size = 1024
		}
		_, err := w.AddFamily(&pmfile.Family{Help: strings.Repeat("x", int(size-empty))})
		check(t, err)
	}
}
