//go:build unix

package multiprocess_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/multiprocess"
)

// strange puts everything into a directory that is named like a process file and
// is none, by the reason for which it is left out.
func strange(t *testing.T, dir string) map[string]string {
	t.Helper()
	outside := t.TempDir()
	target := putNative(t, outside, nativeHeader("outside"), fragile)
	healthy := filepath.Join(dir, nativeFiles(t, dir)[0])
	name := func() string { return filepath.Join(dir, pmfile.FileName(pmfile.RoleProcess, pmfile.NewID())) }
	const irregular, foreign = "not a regular file", "name is not that of a metrics file"
	expected := map[string]string{}
	make := func(reason string, make func(path string) error) {
		path := name()
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		expected[path] = reason
	}
	make(irregular, func(path string) error { return os.Symlink(target, path) })
	make(irregular, func(path string) error { return os.Symlink("nowhere", path) })
	make(irregular, func(path string) error { return os.Symlink(path, path) })
	make(irregular, func(path string) error { return os.Symlink("/dev/zero", path) })
	make(irregular, func(path string) error { return syscall.Mkfifo(path, 0o600) })
	make(irregular, func(path string) error { return os.Mkdir(path, 0o700) })
	make(irregular, func(path string) error { return listen(t, path) })
	make(foreign, func(path string) error { return os.Link(target, path) })  // of another file system, it may be
	make(foreign, func(path string) error { return os.Link(healthy, path) }) // which is counted once
	for _, base := range []string{"w-1.pm", "w-" + strings.Repeat("A", 32) + ".pm", "x.pm", "w-.db"} {
		path := filepath.Join(dir, base)
		if err := os.Link(target, path); err != nil {
			t.Fatal(err)
		}
		expected[path] = foreign
	}
	for _, base := range []string{".new-x", ".w-" + strings.Repeat("0", 32) + ".pm", "w-" + strings.Repeat("0", 32) + ".pm~", "README"} {
		if err := os.Link(target, filepath.Join(dir, base)); err != nil {
			t.Fatal(err)
		}
	}
	return expected
}

// listen makes a socket. Its path may be too long for one, so it is made in the
// directory.
func listen(t *testing.T, path string) error {
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(short)
	l, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		return err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	t.Cleanup(func() { l.Close() })
	return os.Rename(filepath.Join(short, "s"), path)
}

// TestNativeWhatIsNoFile reads, and counts in, a directory of strange things: they
// are never followed, nobody waits for them, and all are named.
func TestNativeWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	expected := strange(t, dir)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 2 {
		if got := undated(t, c); got != "# healthy counter\n"+healthy {
			t.Errorf("got\n%s", got)
		}
		for path, reason := range expected {
			selfSays(t, c, problem(path, reason))
		}
		selfSays(t, c, `files{state="whole"} 1`)
	}
	s := openNative(t, dir, "outside") // as a link would have it
	countOne(t, s, counterSpec())
	if got := undated(t, c); !strings.Contains(got, "jobs_total{} 1\n") || s.Identifier() != "outside" {
		t.Errorf("a store in it, which is called %q:\n%s", s.Identifier(), got)
	}
}

// A directory may be put in the place of another, or be gone for a while.
func TestNativeDirectoryIsReplaced(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "d")
	first := openNative(t, dir, "1")
	countOne(t, first, counterSpec())
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	expect := func(want ...string) {
		t.Helper()
		if got := undated(t, c); got != lines(want...) {
			t.Errorf("got\n%s\nwant\n%s", got, lines(want...))
		}
	}
	expect(`# jobs counter`, `jobs_total{} 1`)
	if err := os.Rename(dir, filepath.Join(parent, "old")); err != nil {
		t.Fatal(err)
	}
	expect()
	second := openNative(t, dir, "2")
	countOne(t, second, counterSpec())
	countOne(t, second, counterSpec())
	expect(`# jobs counter`, `jobs_total{} 2`)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	expect()
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := tryPage(c); got != "" || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file in its place: %v\n%s", err, got)
	}
	if err := errors.Join(os.Remove(dir), os.Rename(filepath.Join(parent, "old"), dir)); err != nil {
		t.Fatal(err)
	}
	countOne(t, first, counterSpec())
	expect(`# jobs counter`, `jobs_total{} 2`)
}

// lodger is a member of a store with one counter.
type lodger struct {
	t     *testing.T
	store *multiprocess.Store
	place cell.Place
	heap  uint64 // what is not in the store
}

// join opens the place of a new member.
func join(t *testing.T, s *multiprocess.Store) *lodger {
	t.Helper()
	l := &lodger{t: t, store: s}
	l.Enter()
	if err := s.Join(l); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lodger) count() {
	if l.place.Words == nil {
		l.heap++
		return
	}
	count(l.t, l.place, 0, 1)
}

func (l *lodger) Closed() { l.Leave() }

func (l *lodger) Leave() {
	if l.place.Words != nil {
		l.heap += cell.WholeAt(l.place.Words[0]).Load()
		l.place = cell.Place{}
	}
}

func (l *lodger) Enter() {
	place, err := l.store.Open(counterSpec(), nil)
	if err != nil {
		return
	}
	l.place = place
	count(l.t, place, 0, l.heap)
	l.heap = 0
}

func (l *lodger) Retry() {
	if l.place.Words == nil {
		l.Enter()
	}
}

// TestNativeRenew removes the file of a store, and its whole directory: the store
// begins anew, with all that it has counted, as soon as it can.
func TestNativeRenew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	s := openNative(t, dir, "1")
	l := join(t, s)
	l.count()
	if s.Renew() {
		t.Error("nothing is lost, but it began anew")
	}
	before := nativeFiles(t, dir)
	os.Remove(filepath.Join(dir, before[0]))
	l.count()
	shows(t, dir)
	if !s.Renew() || s.Renew() {
		t.Error("it did not begin anew, or twice")
	}
	l.count()
	shows(t, dir, `# jobs counter`, `jobs_total{} 3`)
	if after := nativeFiles(t, dir); len(after) != 1 || after[0] == before[0] {
		t.Errorf("the files were %q and are %q", before, after)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l.count()
	if !s.Renew() {
		t.Error("the directory is lost, but it went on")
	}
	l.count()
	if l.heap != 5 || s.Stats().Failures != 1 || s.Renew() {
		t.Errorf("%d are in the heap, %+v", l.heap, s.Stats())
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l.Retry()
	l.count()
	shows(t, dir, `# jobs counter`, `jobs_total{} 6`)
	closed(t, s)
	if l.heap != 6 {
		t.Errorf("after Close %d are in the heap", l.heap)
	}
	if err := s.Join(l); !errors.Is(err, cell.ErrClosed) {
		t.Errorf("Join after Close: %v", err)
	}
	shows(t, dir, `# jobs counter`, `jobs_total{} 6`)
}

// A file that was renamed is still there for whoever finds it; it is not one of
// ours any more.
func TestNativeRenamedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	l := join(t, s)
	l.count()
	path := filepath.Join(dir, nativeFiles(t, dir)[0])
	if err := os.Rename(path, path+".bak"); err != nil {
		t.Fatal(err)
	}
	shows(t, dir)
	if s.Renew() {
		t.Error("the file has a name, but the store began anew")
	}
	if err := os.Rename(path+".bak", path); err != nil {
		t.Fatal(err)
	}
	l.count()
	shows(t, dir, `# jobs counter`, `jobs_total{} 2`)
}
