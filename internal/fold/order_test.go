package fold_test

import (
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// watcher is a kernel that checks before a name goes that readers cannot miss it:
// the archive must be another one than that with which the pass began, or list
// the file.
type watcher struct {
	mapped.Kernel
	t        *testing.T
	dir      string
	archive  string // name
	before   string // its inode
	absorbed []string
}

func watch(t *testing.T, dir, archive string, absorbed []string) *watcher {
	w := &watcher{Kernel: mapped.System(), t: t, dir: dir, archive: archive, absorbed: absorbed}
	w.before = w.inode()
	return w
}

func (w *watcher) inode() string {
	if !slices.Contains(list(w.t, w.dir), w.archive) {
		return "none"
	}
	return inodeOf(w.t, w.dir, w.archive)
}

func (w *watcher) Unlink(dir int, name string) error {
	if !strings.HasPrefix(name, ".") && !slices.Contains(w.absorbed, name) && w.inode() == w.before {
		w.t.Errorf("%s goes before there is a new archive", name)
	}
	return w.Kernel.Unlink(dir, name)
}

func TestNothingVanishesBeforeCommit(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, stage := range pythonStages {
		t.Run(stage.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			stage.prepare(t, dir)
			o := later()
			o.Kernel = watch(t, dir, counterArchive, nil)
			run(t, dir, o)
		})
	}
	t.Run("native", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		for range 2 {
			twoDead(t, dir)
			run(t, dir, fold.Options{Kernel: watch(t, dir, pmfile.ArchiveName, nil)})
		}
	})
	// What the last pass did not get to remove goes before the list does.
	t.Run("left by the last pass", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		twoDead(t, dir)
		deadCounters(t, dir)
		run(t, dir, later())
		names := list(t, dir)
		kept := map[string][]byte{}
		for _, name := range names {
			if pyfile.IsSealed(name) {
				kept[name] = fileBytes(t, dir, name)
			}
		}
		run(t, dir, later())
		want := read(t, dir)
		for name, data := range kept {
			write(t, dir, name, data)
		}
		o := later()
		o.Kernel = watch(t, dir, counterArchive, names)
		run(t, dir, o)
		wantTotals(t, dir, want)
		wantFiles(t, dir, counterArchive, pmfile.ArchiveName)
	})
}
