package fold_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

func TestPythonLiveGauges(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	write(t, dir, "gauge_liveall_1.db", pyBytes(pyfile.Newer, entry{"g", 1, 0}))
	write(t, dir, "gauge_liveall_2.db", pyBytes(pyfile.Newer, entry{"g", 1, 0}))
	fd := openForWriting(t, dir, "gauge_liveall_2.db")
	run(t, dir, later())
	names := list(t, dir)
	if len(names) != 2 || !strings.HasPrefix(names[0], "gauge_liveall_1.db_") || names[1] != "gauge_liveall_2.db" {
		t.Errorf("files are %v", names)
	}
	run(t, dir, fold.Options{}) // too early
	if got := list(t, dir); !slices.Equal(got, names) {
		t.Errorf("files are %v, want %v still", got, names)
	}
	if result := run(t, dir, later()); result.Python != 1 || result.Bytes == 0 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, "gauge_liveall_2.db")
	closeFile(t, fd)
	fully(t, dir)
	wantFiles(t, dir)
}

// A living process has its file at the end, whether it made it in place of a dead
// one or went on with that, and at whatever moment.
func TestPythonLiveGaugeReplaced(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		const name = "gauge_livesum_1.db"
		write(t, dir, name, pyBytes(pyfile.Newer, entry{"g", 1, 0}))
		fd := -1
		kernel, call := before(k, func() {
			// As mark_process_dead does it, and a process that comes next.
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
			write(t, dir, name, pyBytes(pyfile.Newer, entry{"g", 5, 0}))
			fd = openForWriting(t, dir, name)
		})
		run(t, dir, fold.Options{Kernel: kernel})
		if call() == "" {
			return
		}
		for range 3 {
			run(t, dir, later())
		}
		names := list(t, dir)
		if len(names) != 1 {
			t.Fatalf("files are %v, want the living one's, made before call %d, %s", names, k, call())
		}
		data, err := os.ReadFile(filepath.Join(dir, names[0]))
		if rows, _, _, _ := pyfile.Rows(data); err != nil || len(rows) != 1 || rows[0].Value != 5 {
			t.Fatalf("the file left has %v, %v, when it was made before call %d, %s", rows, err, k, call())
		}
		closeFile(t, fd)
	}
}

// A name of which a crash left the file under a sealed one is free for the next
// process, and the file goes in the end.
func TestPythonLiveGaugeCrash(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		write(t, dir, "gauge_livesum_1.db", pyBytes(pyfile.Newer, entry{"g", 1, 0}))
		crashed := crashAt(t, dir, k, fold.Options{})
		for range 2 {
			run(t, dir, later())
		}
		wantFiles(t, dir)
		if !crashed {
			return
		}
	}
}

func TestPythonLayouts(t *testing.T) {
	t.Parallel()
	needFolding(t)
	const newer, older = pyfile.Newer, pyfile.Older
	tests := []struct {
		name   string
		before []pyfile.Layout // folded already
		dead   []pyfile.Layout
		living []pyfile.Layout
		want   pyfile.Layout
		left   int // dead files that are not folded
	}{
		{"newer", nil, []pyfile.Layout{newer, newer}, nil, newer, 0},
		{"older", nil, []pyfile.Layout{older, older}, nil, older, 0},
		{"archive stays", []pyfile.Layout{older}, []pyfile.Layout{older}, []pyfile.Layout{newer}, older, 0},
		{"fleet is newer", []pyfile.Layout{older}, []pyfile.Layout{newer}, []pyfile.Layout{newer}, newer, 0},
		{"fleet is older", []pyfile.Layout{newer}, []pyfile.Layout{older}, []pyfile.Layout{older}, older, 0},
		{"fleet has ended", []pyfile.Layout{older}, []pyfile.Layout{newer}, nil, newer, 0},
		{"mixed dead", nil, []pyfile.Layout{older, newer}, nil, newer, 0},
		{"mixed dead, older fleet", nil, []pyfile.Layout{older, newer}, []pyfile.Layout{older}, older, 0},
		{"mixed fleet", []pyfile.Layout{older}, []pyfile.Layout{older, newer}, []pyfile.Layout{older, newer}, older, 1},
		{"mixed fleet, no archive", nil, []pyfile.Layout{older, newer}, []pyfile.Layout{older, newer}, newer, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := 0
			put := func(layouts []pyfile.Layout) (names []string) {
				for _, layout := range layouts {
					files++
					name := fmt.Sprintf("counter_%d.db", files)
					write(t, dir, name, pyBytes(layout, entry{"a_total", 1, 0}, entry{"b_total", 0.1, 0}))
					names = append(names, name)
				}
				return names
			}
			put(test.before)
			fully(t, dir)
			put(test.dead)
			for _, name := range put(test.living) {
				defer closeFile(t, openForWriting(t, dir, name))
			}
			want := read(t, dir)
			result := fully(t, dir)
			wantTotals(t, dir, want)
			if got := pyArchive(t, dir, "counter_").Layout; got != test.want {
				t.Errorf("the layout is %v, want %v", got, test.want)
			}
			if n := len(list(t, dir)); n != 1+len(test.living)+test.left {
				t.Errorf("files are %v", list(t, dir))
			}
			if len(result.Skipped) != test.left {
				t.Errorf("skipped %v", result.Skipped)
			}
			for _, p := range result.Skipped {
				if !errors.Is(p.Err, fold.ErrOtherLayout) {
					t.Errorf("skipped %v", p)
				}
			}
		})
	}
}

func TestPythonWithoutLeases(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	// No system has so many processes; a child of ours would for a moment have all
	// files open that other tests are writing.
	const ended = "counter_1073741823-2.db" // as a store numbers it
	living := fmt.Sprintf("counter_%d.db", os.Getpid())
	for _, name := range []string{ended, living, "counter_worker.db"} {
		write(t, dir, name, pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	}
	o := later()
	o.Kernel = noLeases()
	result := run(t, dir, o)
	if err := skipped(t, result, ended); !errors.Is(err, mapped.ErrNoLease) {
		t.Errorf("the reason is %v", err)
	}
	wantFiles(t, dir, ended, living, "counter_worker.db")

	o.VouchPIDs = true
	run(t, dir, o)
	result = run(t, dir, o)
	if result.Python != 1 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, counterArchive, living, "counter_worker.db")
}
