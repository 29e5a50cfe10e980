package fold_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// noLinks is a kernel in which files cannot get a further name.
func noLinks() mapped.Kernel {
	return &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call == "link" {
			return syscall.EPERM
		}
		return nil
	}}
}

// An archive of which nothing can be read is not replaced as long as it cannot be
// kept: somebody may still make sense of it.
func TestLostArchiveIsKept(t *testing.T) {
	t.Parallel()
	needFolding(t)
	t.Run("native", func(t *testing.T) {
		t.Parallel()
		for _, damaged := range []func([]byte) []byte{
			func([]byte) []byte { return []byte("nonsense") },
			func(data []byte) []byte { clear(data[pmfile.FirstRecord:]); return data },
		} {
			dir := t.TempDir()
			twoDead(t, dir)
			run(t, dir, fold.Options{})
			data := damaged(fileBytes(t, dir, pmfile.ArchiveName))
			write(t, dir, pmfile.ArchiveName, data)
			twoDead(t, dir)
			keepsLost(t, dir, pmfile.ArchiveName, data)
		}
	})
	t.Run("python", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		deadCounters(t, dir)
		run(t, dir, later())
		data := []byte("nonsense")
		write(t, dir, counterArchive, data)
		keepsLost(t, dir, counterArchive, data)
	})
}

func keepsLost(t *testing.T, dir, archive string, data []byte) {
	t.Helper()
	before := list(t, dir)
	o := later()
	o.Kernel = noLinks()
	if _, err := runWith(dir, o); !errors.Is(err, syscall.EPERM) {
		t.Errorf("the error is %v", err)
	}
	wantFiles(t, dir, before...)
	if !slices.Equal(fileBytes(t, dir, archive), data) {
		t.Error("the archive was replaced")
	}
	run(t, dir, later())
	if len(list(t, dir)) != 2 || slices.Equal(fileBytes(t, dir, archive), data) {
		t.Errorf("files are %v, want the archive and the damaged one", list(t, dir))
	}
}

// What can be read of an archive is worth more than what cannot: it is replaced
// even if the damaged one cannot be kept.
func TestReadablePartReplaces(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	deadCounters(t, dir)
	fully(t, dir)
	data := fileBytes(t, dir, counterArchive)
	data[len(data)-1] ^= 1
	write(t, dir, counterArchive, data)
	o := later()
	o.Kernel = noLinks()
	for range 2 {
		write(t, dir, pyfile.Name{Type: 1, ID: "9"}.Sealed(), pyBytes(pyfile.Newer, entry{"c_total", 1, 0}))
		run(t, dir, o)
	}
	if got := values(pyArchive(t, dir, "counter_")); got["a_total"] != 2 || got["c_total"] != 2 {
		t.Errorf("the archive has %v", got)
	}
	wantFiles(t, dir, counterArchive)
}

// A next archive that was never finished does not stay until there is another one.
func TestUnfinishedArchive(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	twoDead(t, dir)
	written := false
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if written = written || call == "rename"; written {
			return syscall.EIO
		}
		return nil
	}}
	if _, err := runWith(dir, fold.Options{Kernel: kernel}); err == nil {
		t.Error("a pass that could not replace the archive says nothing")
	}
	for _, name := range list(t, dir) {
		if name != ".next" {
			defer living(t, dir, name)()
		}
	}
	before := list(t, dir)
	if !slices.Contains(before, ".next") {
		t.Fatalf("files are %v", before)
	}
	run(t, dir, fold.Options{})
	wantFiles(t, dir, before[1:]...)
}
