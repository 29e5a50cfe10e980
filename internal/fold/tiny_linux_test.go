package fold_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pmfile"
)

// tinyDirectory returns a directory on a file system of its own with so many
// pages.
func tinyDirectory(t *testing.T, pages int) string {
	t.Helper()
	dir := t.TempDir()
	size := fmt.Sprintf("size=%d", pages*os.Getpagesize())
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, size); err != nil {
		t.Skipf("only root can mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a full file system nothing changes, and as soon as there is room for the
// archive, as much as writers leave, the dead are folded.
func TestFullFileSystem(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := tinyDirectory(t, 8)
	for range 6 {
		d := newDead("1")
		d.counter("/a", 1, 0.1)
		d.in(t, dir)
	}
	filler := make([]byte, 2*os.Getpagesize())
	write(t, dir, "filler", filler)
	want := read(t, dir)
	names := list(t, dir)
	if _, err := runWith(dir, fold.Options{}); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	wantFiles(t, dir, names...)
	wantTotals(t, dir, want)
	if err := os.Truncate(filepath.Join(dir, "filler"), int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	run(t, dir, fold.Options{})
	wantFiles(t, dir, pmfile.ArchiveName, "filler")
	wantTotals(t, dir, want)
}
