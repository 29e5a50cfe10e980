package pmfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// clock is a clock that is set by hand.
type clock struct{ now time.Time }

func (c *clock) options() pmfile.WriterOptions {
	c.now = time.Unix(1_700_000_000, 0)
	return pmfile.WriterOptions{Now: func() time.Time { return c.now }}
}

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

// series returns those that are not deleted, by their first label value.
func series(t testing.TB, data []byte) map[string]entry {
	t.Helper()
	found := map[string]entry{}
	for _, e := range mustDecode(t, data).Entries {
		if s, ok := e.What.(pmfile.Series); ok && e.Cells[0] <= pmfile.StateReset {
			if _, twice := found[s.Values[0]]; twice {
				t.Errorf("%q is there twice", s.Values[0])
			}
			found[s.Values[0]] = e
		}
	}
	return found
}

func addSeries(t testing.TB, w *pmfile.Writer, family int64, name string) pmfile.SeriesCells {
	t.Helper()
	s, err := w.AddSeries(family, []string{name, ""}, nil, 99)
	check(t, err)
	return s
}

func addChunk(t testing.TB, w *pmfile.Writer, series int64, number int32) {
	t.Helper()
	chunk, err := w.AddChunk(series, 0, number, false)
	check(t, err)
	for i := range chunk {
		if chunk[i].Load() != 0 || len(chunk) != 16 {
			t.Errorf("of %d cells, number %d is %d", len(chunk), i, chunk[i].Load())
		}
		chunk[i].Store(math.MaxUint64)
	}
}

func TestWriterContents(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	if w.Size() != 16<<10 || w.Used() != pmfile.FirstRecord || *w.Header() != header {
		t.Errorf("a new file has %d bytes, %d of them used, and %+v", w.Size(), w.Used(), w.Header())
	}
	same(t, file{Header: header}, mustDecode(t, published(t, memory, w)))

	f, first, err := w.AddFirst(requests, []string{"a", ""}, []pmfile.Label{{Name: "b", Value: "c"}}, 99)
	check(t, err)
	first.Words[2].Store(5)
	second := addSeries(t, w, f, "d")
	if len(first.Words) != 4 || len(second.Words) != 4 || cap(second.Words) != 4 || second.Words[1].Load() != 99 {
		t.Errorf("the cells are %d and %d", len(first.Words), len(second.Words))
	}
	got := mustDecode(t, published(t, memory, w))
	same(t, []entry{
		{
			Offset: pmfile.FirstRecord, Size: got.Entries[0].Size, Kind: pmfile.KindFamily, What: requests,
		}, {
			Offset: int(first.Offset), Size: got.Entries[1].Size, Kind: pmfile.KindSeries,
			What: pmfile.Series{
				Family: int(f), Values: []string{"a", ""}, More: []pmfile.Label{{Name: "b", Value: "c"}},
			},
			Cells: append([]uint64{0, 99, 5, 0}, make([]uint64, len(got.Entries[1].Cells)-4)...),
		}, {
			Offset: int(second.Offset), Size: got.Entries[2].Size, Kind: pmfile.KindSeries,
			What:  pmfile.Series{Family: int(f), Values: []string{"d", ""}, More: nil},
			Cells: append([]uint64{0, 99, 0, 0}, make([]uint64, len(got.Entries[2].Cells)-4)...),
		},
	}, got.Entries)
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	w := create(t, mappedtest.NewMemory("/m"), pmfile.WriterOptions{})
	f, s, err := w.AddFirst(requests, []string{"a", ""}, nil, 0)
	check(t, err)
	for name, err := range map[string]error{
		"series of no family":   second2(w.AddSeries(s.Offset, nil, nil, 0)),
		"chunk of a family":     second2(w.AddChunk(f, 0, 0, false)),
		"exemplar of nothing":   second2(w.AddExemplar(1<<40, 0, 0)),
		"chunk between records": second2(w.AddChunk(f+8, 0, 0, false)),
	} {
		if err == nil {
			t.Errorf("%s: added", name)
		}
	}
	for _, capacity := range []int{1<<30 - 8, math.MaxInt32} {
		if _, err := w.AddExemplar(s.Offset, 0, capacity); !errors.Is(err, pmfile.ErrTooLarge) {
			t.Errorf("an exemplar of 1 GiB: %v", err)
		}
	}
	used := w.Used()
	w.Delete(f, 5)
	w.Delete(1<<40, 5)
	w.Reset(f, 5)
	check(t, w.Close())
	w.Delete(s.Offset, 5)
	if _, err := w.AddSeries(f, []string{"b", ""}, nil, 0); !errors.Is(err, fs.ErrClosed) || w.Used() != used {
		t.Errorf("a series in a closed file: %v", err)
	}
}

func second2[T any](_ T, err error) error { return err }

func TestWriterIsLost(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	dir, err := mapped.OpenDirectory(memory, "/m")
	check(t, err)
	defer dir.Close()
	w, err := pmfile.Create(dir, &header, 0o600, pmfile.WriterOptions{})
	check(t, err)
	if w.Name() != pmfile.FileName(header.Role, header.ID) {
		t.Errorf("the name is %q", w.Name())
	}
	if _, err := pmfile.Create(dir, &header, 0o600, pmfile.WriterOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second file of the same identity: %v", err)
	}
	lost, err := w.Lost()
	if lost || err != nil {
		t.Errorf("lost is %v, %v", lost, err)
	}
	check(t, w.Remove(dir))
	lost, err = w.Lost()
	if !lost || err != nil {
		t.Errorf("without a name, lost is %v, %v", lost, err)
	}
	check(t, w.Close())
	if _, err = w.Lost(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed, lost is an error %v", err)
	}
}

func TestDeleteAndReset(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	f, a, err := w.AddFirst(requests, []string{"a", ""}, nil, 0)
	check(t, err)
	b := addSeries(t, w, f, "b")
	changes := func() uint64 { return word(published(t, memory, w), pmfile.ChangesAt) }
	if changes() != 0 {
		t.Errorf("adding made the changes %d", changes())
	}
	w.Delete(a.Offset, 1234)
	if a.Words[0].Load() != 1234 || changes() != 2 {
		t.Errorf("deleted, the state is %d, the changes %d", a.Words[0].Load(), changes())
	}
	w.Delete(a.Offset, 5678)
	w.Reset(a.Offset, 5678)
	if a.Words[0].Load() != 1234 || changes() != 2 {
		t.Errorf("deleted twice, the state is %d, the changes %d", a.Words[0].Load(), changes())
	}
	w.Reset(b.Offset, 77)
	if b.Words[0].Load() != 1 || b.Words[1].Load() != 77 || changes() != 4 {
		t.Errorf("reset, the state is %d, the start %d, the changes %d", b.Words[0].Load(), b.Words[1].Load(), changes())
	}
	if _, err := w.AddChunk(a.Offset, 0, 0, false); err == nil {
		t.Error("a chunk was added to a deleted series")
	}
	w.Delete(b.Offset, -5)
	if b.Words[0].Load() != 2 {
		t.Errorf("deleted before the epoch, the state is %d", b.Words[0].Load())
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	f, a, err := w.AddFirst(requests, []string{"a", ""}, nil, 0)
	check(t, err)
	if _, err := w.Replace(a.Offset, 5, 1<<40, nil, nil, 0); err == nil || a.Words[0].Load() != 0 {
		t.Errorf("replaced by what cannot be: %v, the state is %d", err, a.Words[0].Load())
	}
	_, err = w.Replace(a.Offset, 5, f, []string{"b", ""}, nil, 3)
	check(t, err)
	data := published(t, memory, w)
	if found := series(t, data); len(found) != 1 || found["b"].Cells[1] != 3 || word(data, pmfile.ChangesAt)%2 != 0 {
		t.Errorf("there are %v", found)
	}
}

func TestHeadroom(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	memory.Limit(64 << 10)
	headroom := int64(60 << 10)
	o := pmfile.WriterOptions{Headroom: func() int64 { return headroom }}
	dir, err := mapped.OpenDirectory(memory, "/m")
	check(t, err)
	defer dir.Close()
	if _, err := pmfile.Create(dir, &header, 0o600, o); !errors.Is(err, syscall.ENOSPC) || memory.Used() != 0 {
		t.Fatalf("a file that leaves less: %v, %d bytes are in use", err, memory.Used())
	}
	headroom = 40 << 10
	w := create(t, memory, o)
	f, _, err := w.AddFirst(requests, []string{"a", ""}, nil, 0)
	check(t, err)
	added := 1
	for ; err == nil && added < 1000; added++ {
		_, err = w.AddSeries(f, []string{fmt.Sprint(added), ""}, nil, 0)
	}
	if !errors.Is(err, syscall.ENOSPC) || w.Size() != 16<<10 {
		t.Fatalf("a file that leaves less: %v, it has %d bytes", err, w.Size())
	}
	headroom = 0
	addSeries(t, w, f, "last")
	if found := series(t, published(t, memory, w)); len(found) != added {
		t.Errorf("%d series, want %d", len(found), added)
	}
}

// TestUnreadableIsRefused tries to write what would be damage to every reader.
func TestUnreadableIsRefused(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	f, err := w.AddFamily(requests)
	check(t, err)
	wrong := &pmfile.Family{Type: metric.TypeHistogram, Bounds: []float64{1}}
	_, _, firstWrong := w.AddFirst(wrong, nil, nil, 0)
	_, _, firstShort := w.AddFirst(requests, []string{"a"}, nil, 0)
	for name, err := range map[string]error{
		"family":           second2(w.AddFamily(wrong)),
		"first of a wrong": firstWrong,
		"first, short":     firstShort,
		"series, short":    second2(w.AddSeries(f, []string{"a"}, nil, 0)),
		"series, long":     second2(w.AddSeries(f, []string{"a", "b", "c"}, nil, 0)),
	} {
		if err == nil {
			t.Errorf("%s: added", name)
		}
	}
	if got := mustDecode(t, published(t, memory, w)); len(got.Entries) != 1 {
		t.Errorf("there are %d records", len(got.Entries))
	}
	b := pmfile.NewBuilder(&header)
	b.Family(requests)
	check(t, b.Err())
	if b.Family(wrong); b.Err() == nil {
		t.Error("a wrong family was built")
	}
}
