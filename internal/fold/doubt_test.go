package fold_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// untrusted is a kernel on a file system that does not show who uses files.
type untrusted struct{ mapped.Kernel }

func (untrusted) Trusted(int) (bool, error) { return false, nil }

func TestUntrusted(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	twoDead(t, dir)
	write(t, dir, ".new-dead", nil)
	before := list(t, dir)
	if result := run(t, dir, fold.Options{Kernel: untrusted{mapped.System()}}); !result.Untrusted || result.Native > 0 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, before...)
}

// noLeases is a kernel that gives no leases.
func noLeases() mapped.Kernel {
	return &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call == "lease" {
			return mapped.ErrNoLease
		}
		return nil
	}}
}

// The lock alone tells about our own files, but not about those that may be of
// another machine.
func TestNoLeases(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	twoDead(t, dir)
	other := deadWith(pmfile.Header{Role: pmfile.RoleProcess, ID: pmfile.NewID(), Boot: [16]byte{1}})
	other.in(t, dir)
	locked := newDead("locked")
	locked.in(t, dir)
	defer living(t, dir, locked.name())()
	result := run(t, dir, fold.Options{Kernel: noLeases()})
	if err := skipped(t, result, other.name()); !errors.Is(err, mapped.ErrNoLease) {
		t.Errorf("the reason is %v", err)
	}
	wantFiles(t, dir, pmfile.ArchiveName, other.name(), locked.name())
}

// Whoever reads the files of another user would not be able to read an archive of
// ours.
func TestOtherUser(t *testing.T) {
	t.Parallel()
	needFolding(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to others")
	}
	dir := t.TempDir()
	d := newDead("1")
	d.in(t, dir)
	if err := os.Chown(filepath.Join(dir, d.name()), 1234, 1234); err != nil {
		t.Fatal(err)
	}
	if err := skipped(t, run(t, dir, fold.Options{}), d.name()); !errors.Is(err, fold.ErrOtherUser) {
		t.Errorf("the reason is %v", err)
	}
	wantFiles(t, dir, d.name())

	deadCounters(t, dir)
	run(t, dir, later())
	for _, name := range list(t, dir) {
		if err := os.Chown(filepath.Join(dir, name), 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	names := list(t, dir)
	if err := skipped(t, run(t, dir, later()), counterArchive); !errors.Is(err, fold.ErrOtherUser) {
		t.Errorf("the reason is %v", err)
	}
	wantFiles(t, dir, names...)
	if err := os.Remove(filepath.Join(dir, counterArchive)); err != nil {
		t.Fatal(err)
	}
	if result := run(t, dir, later()); result.Python > 0 || len(result.Skipped) != len(names)-1 {
		t.Errorf("result is %+v", result)
	}
	removeAll(t, dir)

	twoDead(t, dir)
	run(t, dir, fold.Options{})
	if err := os.Chown(filepath.Join(dir, pmfile.ArchiveName), 1234, 1234); err != nil {
		t.Fatal(err)
	}
	// All that does not need the archive is done nevertheless.
	twoDead(t, dir)
	old := deadWith(pmfile.Header{Role: pmfile.RoleProcess, ID: pmfile.NewID(), Boot: [16]byte{1}})
	old.in(t, dir)
	deadCounters(t, dir)
	result := run(t, dir, later())
	if err := skipped(t, result, pmfile.ArchiveName); !errors.Is(err, fold.ErrOtherUser) {
		t.Errorf("the reason is %v", err)
	}
	if len(result.Skipped) != 1 || result.Native > 0 || result.Discarded != 1 || result.Sealed != 2 {
		t.Errorf("result is %+v", result)
	}
}

// Whoever could read the files can read the archive, unless that was chosen
// otherwise.
func TestPermissions(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	share := func(name string) {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wantMode := func(name string, want fs.FileMode) {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("the mode of %s is %v, want %v", name, info.Mode(), want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "probe"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "probe")); err != nil || info.Mode() != 0o644 {
		t.Skipf("the umask takes permissions away (error: %v)", err)
	}
	d := newDead("1")
	share(d.in(t, dir))
	write(t, dir, "counter_1.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	share("counter_1.db")
	fully(t, dir)
	wantMode(pmfile.ArchiveName, 0o644)
	wantMode(counterArchive, 0o644)
	newDead("2").in(t, dir)
	run(t, dir, fold.Options{})
	wantMode(pmfile.ArchiveName, 0o644)
	newDead("3").in(t, dir)
	run(t, dir, fold.Options{FileMode: 0o600})
	wantMode(pmfile.ArchiveName, 0o600)
}
