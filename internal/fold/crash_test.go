package fold_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// maxSteps is more than a pass of these tests makes system calls.
const maxSteps = 2000

// A crash at any system call changes no total, neither at once nor once the next
// pass has cleared up, which has another dead process to fold.
func TestNativeCrash(t *testing.T) {
	t.Parallel()
	needFolding(t)
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
	}{
		{"without an archive", twoDead},
		{"on an archive", func(t *testing.T, dir string) {
			twoDead(t, dir)
			run(t, dir, fold.Options{})
			twoDead(t, dir)
			write(t, dir, ".new-abandoned", nil)
		}},
		{"damaged archive", func(t *testing.T, dir string) {
			twoDead(t, dir)
			run(t, dir, fold.Options{})
			damageFile(t, dir, pmfile.ArchiveName, 40)
			twoDead(t, dir)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				dir := t.TempDir()
				test.prepare(t, dir)
				want := read(t, dir)
				crashed := crashAt(t, dir, k, fold.Options{})
				wantTotals(t, dir, want)
				another := newDead("another")
				another.counter("/a", 1, 0.3)
				another.gauge(metric.GaugeSum, 0.1, 0)
				another.in(t, dir)
				want = read(t, dir)
				if result := run(t, dir, fold.Options{}); len(result.Skipped) > 0 && test.name != "damaged archive" {
					t.Errorf("skipped %v", result.Skipped)
				}
				wantTotals(t, dir, want)
				wantNoNative(t, dir)
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

// crashAt runs a pass whose process dies in its kth system call, and reports
// whether it came to that.
func crashAt(t *testing.T, dir string, k int, o fold.Options) bool {
	t.Helper()
	if k > maxSteps {
		t.Fatal("the pass does not come to an end")
	}
	kernel := mappedtest.CrashAt(mapped.System(), k)
	defer kernel.Bury()
	o.Kernel = kernel
	_, err := runWith(dir, o)
	if !kernel.Crashed() && err != nil {
		t.Fatal(err)
	}
	return kernel.Crashed()
}

// wantNoNative checks that nothing is left to fold or to remove.
func wantNoNative(t *testing.T, dir string) {
	t.Helper()
	for _, name := range list(t, dir) {
		role, _, ok := pmfile.ParseName(name)
		if ok && role != pmfile.RoleArchive || name[0] == '.' {
			t.Errorf("%s is still there", name)
		}
	}
}

// damageFile changes a byte so far from the end.
func damageFile(t *testing.T, dir, name string, fromEnd int) {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-fromEnd] ^= 0x55
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A system call that fails, for lack of space or for any other reason, changes
// no total either, and leaves nothing behind that the next pass does not clear
// up.
func TestNativeFailures(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, failure := range []error{syscall.ENOSPC, syscall.EIO} {
		for k := 1; ; k++ {
			dir := t.TempDir()
			twoDead(t, dir)
			run(t, dir, fold.Options{})
			twoDead(t, dir)
			want := read(t, dir)
			kernel := mappedtest.FailAt(mapped.System(), k, failure)
			result, err := runWith(dir, fold.Options{Kernel: kernel})
			if err != nil && !errors.Is(err, failure) {
				t.Error(err)
			}
			if err == nil && len(result.Skipped) == 0 && !harmless(t, dir) && kernel.Calls() >= k {
				t.Errorf("nothing tells that call %d failed", k)
			}
			wantTotals(t, dir, want)
			run(t, dir, fold.Options{})
			wantTotals(t, dir, want)
			wantFiles(t, dir, pmfile.ArchiveName)
			if t.Failed() {
				t.Fatalf("after call %d failed with %v", k, failure)
			}
			if kernel.Calls() < k {
				break
			}
		}
	}
}

// harmless reports whether all was folded in spite of a failure.
func harmless(t *testing.T, dir string) bool {
	t.Helper()
	return len(list(t, dir)) == 1
}

// What is reported as lost is lost, and nothing else.
func TestDamagedArchive(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for i := range 3 {
		d := newDead(fmt.Sprint(i))
		d.counter(fmt.Sprint("/", i), 1, 0.5)
		d.in(t, dir)
	}
	run(t, dir, fold.Options{})
	whole := loadArchive(t, dir)
	// The payload of the second series.
	damageFile(t, dir, pmfile.ArchiveName, len(whole.data)-whole.cells["requests[/1][]"]+1)
	result := run(t, dir, fold.Options{})
	wantDamage(t, skipped(t, result, pmfile.ArchiveName), "record does not match its checksum")
	repaired := loadArchive(t, dir)
	repaired.wantSeries(t, "requests[/0][]", "requests[/2][]")
	if got := repaired.value(t, "requests[/2][]", 0); got != 1 {
		t.Errorf("the count behind the damage is %d, want 1", got)
	}
	names := list(t, dir)
	if len(names) != 2 {
		t.Errorf("files are %v, want the archive and the damaged one", names)
	}
	if result := run(t, dir, fold.Options{}); len(result.Skipped) > 0 {
		t.Errorf("skipped %v", result.Skipped)
	}
}

func TestArchiveWithoutHeader(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	write(t, dir, pmfile.ArchiveName, []byte("nonsense"))
	d := newDead("1")
	d.counter("/a", 1, 0)
	d.in(t, dir)
	result := run(t, dir, fold.Options{})
	wantDamage(t, skipped(t, result, pmfile.ArchiveName), "shorter than its header")
	loadArchive(t, dir).wantSeries(t, "requests[/a][]")
}

// An archive of a later version belongs to a later release.
func TestLaterArchive(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	later := deadWith(pmfile.Header{Role: pmfile.RoleArchive, Version: pmfile.Version + 1})
	later.in(t, dir)
	d := newDead("1")
	d.in(t, dir)
	_, err := runWith(dir, fold.Options{})
	wantDamage(t, err, pmfile.ReasonVersion)
	wantFiles(t, dir, d.name(), pmfile.ArchiveName)
}
