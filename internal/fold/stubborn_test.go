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
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// stubborn is a kernel that does not remove files that were folded.
type stubborn struct{ mapped.Kernel }

func (s stubborn) Unlink(dir int, name string) error {
	if strings.HasPrefix(name, ".") || !strings.Contains(name, ".db_") && strings.HasSuffix(name, ".db") {
		return s.Kernel.Unlink(dir, name)
	}
	return syscall.EPERM
}

// Files that cannot be removed stay listed for as long as they are there, however
// many archives follow.
func TestFilesThatStay(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	o := later()
	o.Kernel = stubborn{mapped.System()}
	for range 4 {
		twoDead(t, dir)
		deadCounters(t, dir)
		want := read(t, dir)
		for range 2 {
			if result := run(t, dir, o); len(result.Skipped) == 0 {
				t.Error("nothing tells that files could not be removed")
			}
			wantTotals(t, dir, want)
		}
	}
	want := read(t, dir)
	run(t, dir, later())
	wantTotals(t, dir, want)
	wantFiles(t, dir, pmfile.ArchiveName, counterArchive)
}

func TestManyFilesThatStay(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for i := range 600 {
		write(t, dir, fmt.Sprintf("counter_%d.db", i), pyBytes(pyfile.Newer, entry{"a_total", 0.1, 0}))
	}
	want := read(t, dir)
	o := later()
	for range 3 {
		run(t, dir, o)
		wantTotals(t, dir, want)
		o.Kernel = stubborn{mapped.System()}
	}
	if got := len(pyArchive(t, dir, "counter_").Absorbed); got != 600 {
		t.Errorf("the archive lists %d files", got)
	}
}

// Of two gauges that were set at the same time the one counts whose process came
// first, as on a page.
func TestTiesOfMostRecent(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, separately := range []bool{false, true} {
		dir := t.TempDir()
		for created, value := range []float64{1, 2, 3} {
			// Identities in the opposite order.
			d := deadWith(pmfile.Header{
				Role: pmfile.RoleProcess, ID: pmfile.ID{0: byte(9 - created)}, Created: int64(created),
			})
			d.gauge(metric.GaugeMostRecent, value, 100)
			d.in(t, dir)
			if separately {
				run(t, dir, fold.Options{})
			}
		}
		run(t, dir, fold.Options{})
		if v := math.Float64frombits(loadArchive(t, dir).value(t, "depth_mostrecent[][]", 0)); v != 1 {
			t.Errorf("the value is %v, want that of the first process", v)
		}
	}
}

// Whoever takes a public name for another file during a pass keeps it, but for
// the one moment that cannot be seen.
func TestPythonPublicNameReplaced(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		const name = "counter_1.db"
		write(t, dir, name, pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
		sealed := false
		kernel, call := before(k, func() {
			for _, other := range list(t, dir) {
				sealed = sealed || pyfile.IsSealed(other)
			}
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
			write(t, dir, name, pyBytes(pyfile.Newer, entry{"b_total", 5, 0}))
		})
		_, _ = runWith(dir, fold.Options{Kernel: kernel})
		if call() == "" {
			return
		}
		if call() == "unlink" && sealed {
			continue
		}
		if got := read(t, dir)[`counter_["b", "b_total", {}, "Help."]`]; got == nil {
			t.Fatalf("the new file is gone, made before call %d, %s", k, call())
		}
	}
}
