//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package mapped_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"polymeter.dev/internal/mapped"
)

func openFolder(t *testing.T, dir string) *mapped.Folder {
	t.Helper()
	folder, err := mapped.OpenFolder(mapped.System(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	return folder
}

func TestViewReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var data []byte
	for _, v := range []float64{1, 2.5, math.Inf(1)} {
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(v))
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := openFolder(t, dir)
	names, err := folder.Names()
	if err != nil || !slices.Equal(names, []string{"a"}) {
		t.Fatalf("Names() = %q, %v", names, err)
	}
	view, err := folder.View("a")
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	info, err := folder.Info("a")
	if err != nil || info != view.Info() || info.Size != 24 || !info.Regular || info.Changed == 0 {
		t.Errorf("Info() = %+v, %v; the view has %+v", info, err, view.Info())
	}
	got := make([]float64, 2)
	view.Floats(got, []uint32{16, 8})
	if !slices.Equal(got, []float64{math.Inf(1), 2.5}) || view.Word(0) != math.Float64bits(1) {
		t.Errorf("Floats gave %v, Word %x", got, view.Word(0))
	}
}

func TestViewSurvivesTruncation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := os.Getpagesize()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, make([]byte, 4*page), 0o600); err != nil {
		t.Fatal(err)
	}
	view, err := openFolder(t, dir).View("a")
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if err := os.Truncate(path, int64(page)); err != nil {
		t.Fatal(err)
	}
	read := 0
	err = view.Guard(func() {
		for offset := 0; offset < 4*page; offset += 8 {
			view.Word(offset)
			read = offset
		}
	})
	var fault *mapped.FaultError
	if !errors.As(err, &fault) || fault.Offset < int64(page) || read != page-8 {
		t.Errorf("read up to byte %d, then %v", read, err)
	}
	if err := view.Guard(func() { view.Word(0) }); err != nil {
		t.Errorf("the page that is left: %v", err)
	}
}

func TestGuardPassesOtherPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v", p)
		}
	}()
	new(mapped.View).Guard(func() { panic("mine") })
}

func TestViewRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := openFolder(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "pipe", "."} {
		if _, err := folder.View(name); !errors.Is(err, mapped.ErrNotRegular) {
			t.Errorf("View(%q): %v", name, err)
		}
	}
	if _, err := folder.View("none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("View of a missing file: %v", err)
	}
	if _, err := mapped.OpenFolder(mapped.System(), filepath.Join(dir, "a")); err == nil {
		t.Error("OpenFolder accepted a file")
	}
}
