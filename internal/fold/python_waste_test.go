package fold_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pyfile"
)

// meter is a kernel that notes how much is read.
type meter struct {
	mapped.Kernel
	bytes int
}

func (m *meter) ReadAt(fd int, p []byte, offset int64) error {
	m.bytes += len(p)
	return m.Kernel.ReadAt(fd, p, offset)
}

// enlarge makes a file a large one with a hole at its end, as writers do.
func enlarge(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Truncate(filepath.Join(dir, name), 400<<20); err != nil {
		t.Fatal(err)
	}
}

// What is read of a file is what is in use of it, however large it is.
func TestPythonSparseFiles(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	deadCounters(t, dir)
	fully(t, dir)
	want := read(t, dir)
	enlarge(t, dir, counterArchive)
	const used = "counter_3.db"
	write(t, dir, used, pyBytes(pyfile.Older, entry{"a_total", 2, 0}))
	enlarge(t, dir, used)
	defer closeFile(t, openForWriting(t, dir, used))
	for i := range 2 {
		name := fmt.Sprintf("counter_%d.db", i)
		write(t, dir, name, pyBytes(pyfile.Layout(i), entry{"a_total", 1, 0}))
		enlarge(t, dir, name)
		want.addFloat(`counter_["a", "a_total", {}, "Help."]`, 1)
	}
	m := &meter{Kernel: mapped.System()}
	o := later()
	o.Kernel = m
	var result fold.Result
	for range 2 {
		if result = run(t, dir, o); len(result.Skipped) > 0 {
			t.Errorf("skipped %v", result.Skipped)
		}
	}
	if result.Python != 2 {
		t.Errorf("result is %+v", result)
	}
	if m.bytes > 64<<10 {
		t.Errorf("%d bytes were read of files with some hundred", m.bytes)
	}
	want.addFloat(`counter_["a", "a_total", {}, "Help."]`, 2)
	os.Truncate(filepath.Join(dir, used), 1<<10)
	wantTotals(t, dir, want)
}

// Files that can never be folded, because of their layout, do not have the archive
// written again and again.
func TestPythonNothingAbsorbed(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	write(t, dir, "counter_1.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	fully(t, dir)
	const used = "counter_2.db"
	write(t, dir, used, pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	const old = "counter_3.db"
	write(t, dir, old, pyBytes(pyfile.Older, entry{"a_total", 1, 0}))
	write(t, dir, "counter_4.db", pyBytes(pyfile.Older, entry{"a_total", 1, 0}))
	defer closeFile(t, openForWriting(t, dir, used))
	defer closeFile(t, openForWriting(t, dir, old))
	run(t, dir, later())
	want := read(t, dir)
	before := inodeOf(t, dir, counterArchive)
	for range 3 {
		result := run(t, dir, later())
		if len(result.Skipped) != 1 || result.Python > 0 {
			t.Errorf("result is %+v", result)
		}
	}
	if inodeOf(t, dir, counterArchive) != before {
		t.Error("the archive was written again although nothing went into it")
	}
	wantTotals(t, dir, want)
}

// A pass that was interrupted between the two names of many files takes no longer
// than there are files.
func TestPythonManyTwins(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	const files = 300
	for i := range files {
		name := pyfile.Name{Type: 1, ID: fmt.Sprint(i)}
		write(t, dir, name.String(), pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
		if err := os.Link(filepath.Join(dir, name.String()), filepath.Join(dir, name.Sealed())); err != nil {
			t.Fatal(err)
		}
	}
	want := read(t, dir)
	lookups := 0
	o := later()
	o.Kernel = &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call == "lookup" {
			lookups++
		}
		return nil
	}}
	run(t, dir, o)
	if lookups > 4*files {
		t.Errorf("%d names were looked up for %d files", lookups, files)
	}
	wantTotals(t, dir, want)
	run(t, dir, later())
	wantTotals(t, dir, want)
	wantFiles(t, dir, counterArchive)
}

// What names processes give their files is up to them: a pass may be interrupted
// with any, and the next one finds out what it had done.
func TestPythonNamesNotUTF8(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		const name = "counter_\xff.db"
		if err := os.WriteFile(filepath.Join(dir, name), pyBytes(pyfile.Newer, entry{"a_total", 5, 0}), 0o600); err != nil {
			t.Skip(err)
		}
		run(t, dir, fold.Options{})
		crashed := crashAt(t, dir, k, later())
		wantOnPage(t, dir, "a_total{} 5")
		run(t, dir, later())
		wantOnPage(t, dir, "a_total{} 5")
		wantFiles(t, dir, counterArchive)
		if t.Failed() {
			t.Fatalf("after a crash in call %d", k)
		}
		if !crashed {
			return
		}
	}
}
