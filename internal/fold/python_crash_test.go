package fold_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pyfile"
)

// pythonStages are directories before a pass that seals, one that folds, and one
// that does both on top of an archive.
var pythonStages = []struct {
	name    string
	prepare func(t *testing.T, dir string)
}{
	{"to seal", deadCounters},
	{"sealed", func(t *testing.T, dir string) {
		deadCounters(t, dir)
		run(t, dir, later())
	}},
	{"both, and an archive", func(t *testing.T, dir string) {
		deadCounters(t, dir)
		fully(t, dir)
		deadCounters(t, dir)
		run(t, dir, later())
		deadCounters(t, dir)
	}},
}

// deadCounters writes two files that add up to one archive.
func deadCounters(t *testing.T, dir string) {
	t.Helper()
	for i, pid := range []string{"21", "22"} {
		write(t, dir, "counter_"+pid+".db", pyBytes(pyfile.Newer,
			entry{"a_total", 1, 0}, entry{"b_total", math.Ldexp(0.1, i*40), 0}))
	}
}

const counterArchive = "counter_polymeter-archive.db"

func TestPythonCrash(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, stage := range pythonStages {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				dir := t.TempDir()
				stage.prepare(t, dir)
				want := read(t, dir)
				crashed := crashAt(t, dir, k, later())
				wantTotals(t, dir, want)
				// Another one dies, under an identifier of before.
				add(t, dir, "counter_21.db", 0.3)
				want = read(t, dir)
				for range 3 {
					if result := run(t, dir, later()); len(result.Skipped) > 0 {
						t.Errorf("skipped %v", result.Skipped)
					}
					wantTotals(t, dir, want)
				}
				wantFiles(t, dir, counterArchive)
				if t.Failed() {
					t.Fatalf("after a crash in call %d", k)
				}
				if !crashed {
					return
				}
			}
		})
	}
}

// add adds to the counter b of a process that makes its file if it is not there.
func add(t *testing.T, dir, name string, v float64) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		write(t, dir, name, pyBytes(pyfile.Newer, entry{"b_total", v, 0}))
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, _, _, _ := pyfile.Rows(data)
	for _, row := range rows {
		if row.Parsed.Sample == "b_total" {
			put(data, int(row.Offset), math.Float64bits(row.Value+v))
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
}

func TestPythonFailures(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, stage := range pythonStages {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				dir := t.TempDir()
				stage.prepare(t, dir)
				want := read(t, dir)
				o := later()
				kernel := mappedtest.FailAt(mapped.System(), k, syscall.ENOSPC)
				o.Kernel = kernel
				if _, err := runWith(dir, o); err != nil && !errors.Is(err, syscall.ENOSPC) {
					t.Error(err)
				}
				wantTotals(t, dir, want)
				for range 3 {
					run(t, dir, later())
					wantTotals(t, dir, want)
				}
				wantFiles(t, dir, counterArchive)
				if t.Failed() {
					t.Fatalf("after call %d failed", k)
				}
				if kernel.Calls() < k {
					return
				}
			}
		})
	}
}

// Nothing brings back what somebody wiped, but for the one moment that cannot be
// seen.
func TestPythonWipedDuringPass(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, stage := range pythonStages {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			fresh := pyBytes(pyfile.Newer, entry{"fresh_total", 1, 0})
			for k := 1; ; k++ {
				dir := t.TempDir()
				stage.prepare(t, dir)
				kernel, call := before(k, func() {
					removeAll(t, dir)
					write(t, dir, "counter_77.db", fresh)
				})
				o := later()
				o.Kernel = kernel
				_, _ = runWith(dir, o)
				if call() == "" {
					return
				}
				if call() == "rename" || call() == "link" {
					continue
				}
				want := sums{}
				parsed, _ := pyfile.ParseName("counter_77.db")
				want.readPython(parsed, fresh)
				wantTotals(t, dir, want)
				for range 2 {
					run(t, dir, later())
				}
				wantTotals(t, dir, want)
				if t.Failed() {
					t.Fatalf("before call %d, %s", k, call())
				}
			}
		})
	}
}

// Whoever opens a sealed file for writing, which nobody should, keeps it from
// being folded up to the last moment.
func TestPythonLeaseBroken(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	deadCounters(t, dir)
	run(t, dir, later())
	want := read(t, dir)
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call != "leased" {
			return nil
		}
		for _, name := range list(t, dir) {
			if pyfile.IsSealed(name) {
				if f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
					f.Close()
					t.Errorf("%s is folded without a lease", name)
				}
			}
		}
		return nil
	}}
	o := later()
	o.Kernel = kernel
	if _, err := runWith(dir, o); !errors.Is(err, mapped.ErrInUse) {
		t.Errorf("the error is %v", err)
	}
	wantTotals(t, dir, want)
	run(t, dir, later())
	wantTotals(t, dir, want)
	wantFiles(t, dir, counterArchive)
}

func TestPythonDamagedArchive(t *testing.T) {
	t.Parallel()
	needFolding(t)
	tests := []struct {
		name   string
		change func(data []byte) []byte
		reason string
		left   float64 // of both samples
	}{
		{"entry", func(data []byte) []byte { data[12] = '!'; return data }, "key is not a JSON array [family, sample, {labels}, help]", 0},
		{"value", func(data []byte) []byte {
			rows, _, _, _ := pyfile.Rows(data)
			put(data, int(rows[0].Offset), math.Float64bits(7))
			return data
		}, "wrong checksum of the entries", 7},
		{"no appendix", func(data []byte) []byte { return data[:len(data)-8] }, "shorter than its bytes in use", 2},
		{"appendix", func(data []byte) []byte { data[len(data)-1] ^= 1; return data }, "wrong checksum of the appendix", 2},
		{"empty", func([]byte) []byte { return nil }, "an archive without its appendix", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			deadCounters(t, dir)
			fully(t, dir)
			data, err := os.ReadFile(filepath.Join(dir, counterArchive))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, counterArchive, test.change(data))
			write(t, dir, "counter_5.db", pyBytes(pyfile.Newer, entry{"c_total", 1, 0}))
			result := run(t, dir, later())
			err = skipped(t, result, counterArchive)
			wantDamage(t, err, test.reason)
			var aside *fold.SetAsideError
			if !errors.As(err, &aside) || !strings.HasPrefix(aside.Name, counterArchive) {
				t.Errorf("the problem is %v", err)
			}
			fully(t, dir)
			got := values(pyArchive(t, dir, "counter_"))
			if got["a_total"] != test.left || got["c_total"] != 1 {
				t.Errorf("the archive has %v", got)
			}
			names := list(t, dir)
			if len(names) != 2 || strings.HasSuffix(names[1], ".db") {
				t.Errorf("files are %v, want the archive and the damaged one under a name of no metrics file", names)
			}
		})
	}
}

// Many files are folded a part at a time, all in one pass.
func TestPythonManyFiles(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for i := range 600 {
		write(t, dir, fmt.Sprintf("counter_%d.db", i), pyBytes(pyfile.Newer, entry{"a_total", 0.1, 0}))
	}
	want := read(t, dir)
	if result := run(t, dir, fold.Options{}); result.Sealed != 600 {
		t.Errorf("sealed %d files", result.Sealed)
	}
	if result := run(t, dir, later()); result.Python != 600 {
		t.Errorf("folded %d files", result.Python)
	}
	wantFiles(t, dir, counterArchive)
	wantTotals(t, dir, want)
}
