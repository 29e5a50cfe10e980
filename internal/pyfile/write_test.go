//go:build unix

package pyfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

func directory(t testing.TB, path string) *mapped.Directory {
	t.Helper()
	dir, err := mapped.OpenDirectory(mapped.System(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func key(i, padding int) string {
	labels := []pyfile.Label{{Name: "i", Value: fmt.Sprint(i)}, {Name: "p", Value: strings.Repeat("x", padding)}}
	return string(pyfile.AppendKey(nil, "c", "c_total", labels, ""))
}

func decode(t testing.TB, path string) (pyfile.Layout, []pyfile.Record) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	layout, records, err := pyfile.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return layout, records
}

// TestWriterGrows fills a file over several doublings with keys of all lengths,
// in two runs, and reads everything back.
func TestWriterGrows(t *testing.T) {
	t.Parallel()
	const entries = 3000
	for _, layout := range []pyfile.Layout{pyfile.Newer, pyfile.Older} {
		t.Run(layout.String(), func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			dir := directory(t, path)
			w, err := pyfile.Create(dir, "f", layout, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, w, layout, 0, entries)
			if w, err = pyfile.Continue(dir, "f", layout); err != nil {
				t.Fatal(err)
			}
			fill(t, w, layout, entries/2, 2*entries)
			got, records := decode(t, filepath.Join(path, "f"))
			if got != layout || len(records) != 2*entries {
				t.Fatalf("layout %v, %d entries", got, len(records))
			}
			for i, r := range records {
				want := float64(i)
				if i >= entries/2 && i < entries {
					want *= 2 // counted in both runs
				}
				if r.Key.Values[0] != fmt.Sprint(i) || r.Value != want || layout == pyfile.Newer && r.Time != float64(i) {
					t.Fatalf("entry %d is %+v", i, r)
				}
			}
		})
	}
}

// fill adds a range of keys, counts in each its number, and closes the file.
func fill(t *testing.T, w *pyfile.Writer, layout pyfile.Layout, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		entries, err := w.Add([]string{key(i, i%97)})
		if err != nil {
			t.Fatal(err)
		}
		e := entries[0]
		e.Value.Store(math.Float64bits(math.Float64frombits(e.Value.Load()) + float64(i)))
		if (e.Time != nil) != (layout == pyfile.Newer) {
			t.Fatal("time in the wrong layout")
		}
		if e.Time != nil {
			e.Time.Store(math.Float64bits(float64(i)))
		}
	}
	if size := w.Size(); size < 1<<17 || size&(size-1) != 0 {
		t.Errorf("the size is %d, want a power of two", size)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContinueRefuses(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := directory(t, path)
	w, err := pyfile.Create(dir, "older", pyfile.Older, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add([]string{key(1, 2)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "foreign"), []byte("neither this nor that"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pyfile.Continue(dir, "older", pyfile.Newer); !errors.Is(err, pyfile.ErrLayout) {
		t.Errorf("the other layout: %v", err)
	}
	var damage *pyfile.DamageError
	if _, err := pyfile.Continue(dir, "foreign", pyfile.Newer); !errors.As(err, &damage) {
		t.Errorf("a foreign file: %v", err)
	}
	if _, err := pyfile.Continue(dir, "nothing", pyfile.Newer); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, records := decode(t, filepath.Join(path, "older")); len(records) != 1 {
		t.Errorf("%d entries in the refused file", len(records))
	}
}

func TestWriterLimit(t *testing.T) {
	t.Parallel()
	w, err := pyfile.Create(directory(t, t.TempDir()), "f", pyfile.Newer, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	half := strings.Repeat("x", 1<<20)
	keys := make([]string, 2048)
	for i := range keys {
		keys[i] = half
	}
	if _, err := w.Add(keys); !errors.Is(err, pyfile.ErrFileFull) {
		t.Errorf("2 GiB of keys: %v", err)
	}
	if w.Size() != 1<<16 {
		t.Errorf("the file grew to %d bytes nevertheless", w.Size())
	}
}
