//go:build unix

package fold_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
)

func TestStrangeFiles(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir, elsewhere := t.TempDir(), t.TempDir()
	outside := newDead("outside")
	outside.counter("/outside", 1, 0)
	outside.in(t, elsewhere)
	link := newDead("link")
	if err := os.Symlink(filepath.Join(elsewhere, outside.name()), filepath.Join(dir, link.name())); err != nil {
		t.Fatal(err)
	}
	pipe := newDead("pipe")
	if err := syscall.Mkfifo(filepath.Join(dir, pipe.name()), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := newDead("folder")
	mkdir(t, filepath.Join(dir, folder.name()))
	hard := newDead("hard")
	hard.counter("/hard", 1, 0)
	hard.in(t, dir)
	second := newDead("second")
	if err := os.Link(filepath.Join(dir, hard.name()), filepath.Join(dir, second.name())); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, ".new-link")); err != nil {
		t.Fatal(err)
	}
	before := list(t, dir)
	result := run(t, dir, fold.Options{})
	wantFiles(t, dir, before...)
	for name, want := range map[string]error{
		link.name():   mapped.ErrNotRegular,
		pipe.name():   mapped.ErrNotRegular,
		folder.name(): mapped.ErrNotRegular,
		hard.name():   fold.ErrLinked,
		second.name(): fold.ErrForeign,
	} {
		if err := skipped(t, result, name); !errors.Is(err, want) {
			t.Errorf("%s was skipped because %v, want %v", name, err, want)
		}
	}
	wantFiles(t, elsewhere, outside.name())
}
