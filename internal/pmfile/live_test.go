//go:build unix

package pmfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// createHere makes a file in a real directory and returns its path.
func createHere(t testing.TB, o pmfile.WriterOptions) (*pmfile.Writer, string) {
	t.Helper()
	path := t.TempDir()
	dir, err := mapped.OpenDirectory(mapped.System(), path)
	check(t, err)
	defer dir.Close()
	w, err := pmfile.Create(dir, &header, 0o600, o)
	check(t, err)
	t.Cleanup(func() { w.Close() })
	return w, filepath.Join(path, w.Name())
}

// TestWriterGrows fills a file over many mappings and reads it after its writer
// is gone.
func TestWriterGrows(t *testing.T) {
	t.Parallel()
	const count = 9000
	w, path := createHere(t, pmfile.WriterOptions{})
	f, err := w.AddFamily(requests)
	check(t, err)
	for i := range count {
		s, err := w.AddSeries(f, []string{fmt.Sprint(i), strings.Repeat("x", i%1999)}, nil, 99)
		check(t, err)
		s.Words[2].Add(uint64(i))
	}
	if w.Size() < 8<<20 || w.Size() > w.Used()+4<<20 {
		t.Errorf("%d bytes are used of %d", w.Used(), w.Size())
	}
	size := w.Size()
	check(t, w.Close())
	data, err := os.ReadFile(path)
	check(t, err)
	if int64(len(data)) != size {
		t.Errorf("the file has %d bytes, want %d", len(data), size)
	}
	found := series(t, data)
	for i := range count {
		if e := found[fmt.Sprint(i)]; e.Cells[2] != uint64(i) {
			t.Fatalf("series %d is %+v", i, e)
		}
	}
}

// TestReadWhileItChanges reads a file in which series come and go all the time,
// and their room is used again. A value says which series it is of: a reader
// that goes by the word of changes never sees that of another.
func TestReadWhileItChanges(t *testing.T) {
	t.Parallel()
	var c clock
	w, path := createHere(t, c.options())
	f, first, err := w.AddFirst(requests, []string{"first", ""}, nil, 0)
	check(t, err)
	first.Words[2].Store(worth("first"))
	folder, err := mapped.OpenFolder(mapped.System(), filepath.Dir(path))
	check(t, err)
	defer folder.Close()
	view, err := folder.View(filepath.Base(path))
	check(t, err)
	defer view.Close()

	var done atomic.Bool
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		defer done.Store(true)
		churn(w, f, &c)
	})
	scans, torn := 0, 0
	for last := false; !last; scans++ {
		last = done.Load()
		before := view.Word(pmfile.ChangesAt)
		problem := scan(view)
		if before%2 != 0 || view.Word(pmfile.ChangesAt) != before {
			torn++
			continue
		}
		if problem != "" {
			t.Fatal(problem)
		}
	}
	t.Logf("%d scans, of which %d found changes", scans, torn)
	if problem := scan(view); problem != "" || w.Size() != 16<<10 {
		t.Errorf("in the end: %s; the file has %d bytes", problem, w.Size())
	}
}

// worth is what the series with that name counts.
func worth(name string) uint64 {
	v := uint64(1)
	for _, b := range []byte(name) {
		v = v*257 + uint64(b)
	}
	return v
}

func churn(w *pmfile.Writer, family int64, c *clock) {
	var live []int64
	for i := range 20_000 {
		name := strings.Repeat(fmt.Sprint(i), 1+i%3)
		s, err := w.AddSeries(family, []string{name, ""}, nil, 0)
		if err != nil {
			return // the file shows it: too few series
		}
		s.Words[2].Store(worth(name))
		if live = append(live, s.Offset); len(live) > 5 {
			w.Delete(live[0], 99)
			live = live[1:]
		}
		c.pass(10 * time.Second)
	}
}

// scan returns what is wrong with the values in the file.
func scan(view *mapped.View) string {
	used, damaged := pmfile.Used(view.Word(pmfile.UsedAt))
	if damaged != nil {
		return damaged.Error()
	}
	walker := pmfile.NewWalker(view.Bytes(), used, 0, false)
	var s pmfile.Series
	found := false
	for {
		r, ok := walker.Next()
		if !ok {
			break
		}
		if r.Kind != pmfile.KindSeries || view.Word(r.Cells) != 0 {
			continue
		}
		if !s.Parse(r.Payload, 2) {
			return "a series cannot be read"
		}
		if v := view.Word(r.Cells + 16); v != worth(s.Values[0]) && v != 0 {
			return fmt.Sprintf("%q has the value %d", s.Values[0], v)
		}
		found = found || s.Values[0] == "first"
	}
	if damaged := walker.Damage(); damaged != nil {
		return damaged.Error()
	}
	if !found {
		return "the first series is not there"
	}
	return ""
}

func BenchmarkAddSeries(b *testing.B) {
	w, _ := createHere(b, pmfile.WriterOptions{})
	f, err := w.AddFamily(requests)
	check(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_, err := w.AddSeries(f, []string{"/api/users", "200"}, nil, 99)
		check(b, err)
	}
}
