package fold_test

import (
	"errors"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// bootless is a file whose writer could not know the boot.
func bootless(role pmfile.Role, id pmfile.ID) *dead {
	h := pmfile.Header{Role: role, ID: id, Identifier: "bootless"}
	return &dead{pmfile.NewBuilder(&h), h}
}

// A file that does not say under which boot it was written is not thrown away as
// one of an earlier boot: it counts, and is folded once its process has ended.
func TestUnknownBoot(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	process := bootless(pmfile.RoleProcess, pmfile.NewID())
	process.counter("/a", 5, 0.1)
	process.in(t, dir)
	published := bootless(pmfile.RolePublication, process.header.ID)
	published.counter("/published", 7, 0)
	published.in(t, dir)
	archive := bootless(pmfile.RoleArchive, pmfile.NewID())
	archive.counter("/a", 11, 0.2)
	archive.in(t, dir)
	used := bootless(pmfile.RoleProcess, pmfile.NewID())
	used.counter("/a", 13, 0)
	used.in(t, dir)
	end := living(t, dir, used.name())
	want := read(t, dir)
	wantOnPage(t, dir, `requests_total{path="/a"} 29.3`, `requests_total{path="/published"} 7`)
	result := run(t, dir, fold.Options{})
	if result.Native != 2 || result.Discarded != 0 || len(result.Skipped) > 0 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, pmfile.ArchiveName, used.name())
	wantTotals(t, dir, want)
	wantOnPage(t, dir, `requests_total{path="/a"} 29.3`, `requests_total{path="/published"} 7`)
	if got := loadArchive(t, dir).header.Boot; got != mapped.Boot() {
		t.Errorf("the boot of the archive is %x", got)
	}
	end()
	run(t, dir, fold.Options{})
	wantFiles(t, dir, pmfile.ArchiveName)
	wantTotals(t, dir, want)
}

// Without a lease such a file might be another machine's.
func TestUnknownBootNoLeases(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := bootless(pmfile.RoleProcess, pmfile.NewID())
	d.counter("/a", 5, 0)
	d.in(t, dir)
	result := run(t, dir, fold.Options{Kernel: noLeases()})
	if err := skipped(t, result, d.name()); !errors.Is(err, mapped.ErrNoLease) {
		t.Errorf("the reason is %v", err)
	}
	wantFiles(t, dir, d.name())
}
