//go:build unix

package multiprocess_test

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// scarce is a kernel that has run out of something: it opens no file whose name
// begins with one of the prefixes, and reads no names of a directory as long as
// names is set. It does not see the hidden file in a directory.
type scarce struct {
	mapped.Kernel
	err      error
	prefixes []string
	names    bool
	hidden   string
}

func (s *scarce) OpenRead(dir int, name string) (int, error) {
	if slices.ContainsFunc(s.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return -1, s.err
	}
	return s.Kernel.OpenRead(dir, name)
}

func (s *scarce) Names(dir int) ([]string, error) {
	names, err := s.Kernel.Names(dir)
	if s.names { // which are half of them, as it happens
		slices.Sort(names)
		return names[:len(names)/2], s.err
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == s.hidden }), err
}

// scarceCollector returns a collector whose kernel can run out of things.
func scarceCollector(t testing.TB, dir string) (*multiprocess.Collector, *scarce) {
	t.Helper()
	kernel := &scarce{Kernel: mapped.System(), err: syscall.EMFILE}
	o := &multiprocess.CollectorOptions{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	c, err := multiprocess.NewCollectorWith(dir, o, kernel)
	if err != nil {
		t.Fatal(err)
	}
	return c, kernel
}

// jobs is a page with the one counter.
func jobs(n string) string { return "# jobs counter\njobs_total{} " + n + "\n" }

// countedIn fills a file with the counter.
func countedIn(n uint64, absorbed ...string) func(b *pmfile.Builder) {
	return func(b *pmfile.Builder) {
		b.Absorbed(absorbed)
		f := b.Family(&pmfile.Family{Name: "jobs", Type: metric.TypeCounter})
		b.Series(f, nil, nil, []uint64{0, 5, n, 0})
	}
}

// TestNamesCannotBeRead has a directory that cannot be read as a whole: what it
// had before is shown once more, and what its files have now.
func TestNamesCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putNative(t, dir, archiveHeader(1), countedIn(100))
	s := openNative(t, dir, "1")
	countOne(t, s, counterSpec())
	c, kernel := scarceCollector(t, dir)
	fails := func(want string) {
		t.Helper()
		kernel.names = true
		for range 2 {
			if got, err := tryPage(c); withoutStarts(got) != want || !errors.Is(err, syscall.EMFILE) {
				t.Errorf("got %v\n%s", err, got)
			}
		}
		kernel.names = false
	}
	fails(jobs("100")) // never seen as a whole
	if got := undated(t, c); got != jobs("101") {
		t.Errorf("at first: got\n%s", got)
	}
	countOne(t, s, counterSpec())
	fails(jobs("102"))
	countOne(t, openNative(t, dir, "2"), counterSpec())
	fails(jobs("102"))
	if got := undated(t, c); got != jobs("103") {
		t.Errorf("at last: got\n%s", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if got := undated(t, c); got != "" {
		t.Errorf("removed: got\n%s", got)
	}
}

// TestReplacedFilesCannotBeOpened has no descriptors left for what takes the place
// of something that counts. Nothing is missing, and nothing counts twice.
func TestReplacedFilesCannotBeOpened(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dir string) (replace func(), prefix string){
		"archive": func(t *testing.T, dir string) (func(), string) {
			putNative(t, dir, archiveHeader(1), countedIn(4))
			ended := nativeHeader("1")
			path := putNative(t, dir, ended, countedIn(6))
			return func() {
				b := pmfile.NewBuilder(archiveHeader(2))
				countedIn(10, filepath.Base(path))(b)
				next := putBytes(t, dir, pmfile.NextName, b.Bytes())
				if err := errors.Join(os.Rename(next, filepath.Join(dir, pmfile.ArchiveName)), os.Remove(path)); err != nil {
					t.Fatal(err)
				}
			}, pmfile.ArchiveName
		},
		"first archive": func(t *testing.T, dir string) (func(), string) {
			s := openNative(t, dir, "1")
			add(t, openPlace(t, s, counterSpec()), 1, 10)
			closed(t, s)
			return func() { compact(t, dir) }, pmfile.ArchiveName
		},
		"publication": func(t *testing.T, dir string) (func(), string) {
			s := openNative(t, dir, "1")
			publish(t, s, emitting(one("jobs", metric.TypeCounter, 10)), nil)
			refresh(t, s)
			return func() { refresh(t, s) }, "p-"
		},
		"grown file": func(t *testing.T, dir string) (func(), string) {
			path := put(t, dir, "counter_1.db", counter("jobs", "", 10))
			return func() { rewrite(t, path, pyBytes(true, counter("jobs", "", 10), counter("more", "", 1))) }, "counter_1"
		},
		"renamed file": func(t *testing.T, dir string) (func(), string) {
			path := put(t, dir, "counter_1.db", counter("jobs", "", 10))
			return func() {
				if err := os.Rename(path, filepath.Join(dir, "counter_2.db")); err != nil {
					t.Fatal(err)
				}
			}, "counter_2"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			replace, prefix := prepare(t, dir)
			beside := openPlace(t, openNative(t, dir, "beside"), counterSpec())
			c, kernel := scarceCollector(t, dir)
			if got := undated(t, c); got != jobs("10") {
				t.Fatalf("at first: got\n%s", got)
			}
			replace()
			kernel.prefixes = []string{prefix}
			for _, err := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
				kernel.err = err
				count(t, beside, 0, 1)
				want := map[error]string{syscall.EMFILE: "11", syscall.ENFILE: "12", syscall.ENOMEM: "13"}[err]
				if got := undated(t, c); got != jobs(want) {
					t.Errorf("%v: got\n%s", err, got)
				}
				if self := page(t, c.SelfMetrics()); !strings.Contains(self, `file_problem{file="`+filepath.Join(dir, prefix)) ||
					!strings.Contains(self, `reason="cannot be read"} 1`) {
					t.Errorf("%v: not named in\n%s", err, self)
				}
			}
			kernel.prefixes = nil
			for range 2 {
				if got := undated(t, c); !strings.HasPrefix(got, jobs("13")) {
					t.Errorf("at last: got\n%s", got)
				}
				selfSays(t, c, `files{state="skipped"} 0`)
			}
		})
	}
}

// TestRenamedFileIsReadOnceMore has a file get another name at the moment at which
// something else cannot be opened: it is read under the name that it had.
func TestRenamedFileIsReadOnceMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := put(t, dir, "counter_1.db", counter("jobs", "", 10))
	c, kernel := scarceCollector(t, dir)
	undated(t, c)
	if err := os.Rename(path, filepath.Join(dir, "counter_2.db")); err != nil {
		t.Fatal(err)
	}
	putNative(t, dir, archiveHeader(1), countedIn(4))
	kernel.prefixes = []string{pmfile.ArchiveName}
	for range 3 {
		if got := undated(t, c); got != jobs("10") {
			t.Errorf("got\n%s", got)
		}
		selfSays(t, c, `files{state="whole"} 1`, `files{state="damaged"} 0`)
	}
	kernel.prefixes = nil
	for range 2 {
		if got := undated(t, c); got != jobs("14") {
			t.Errorf("at last: got\n%s", got)
		}
	}
}

// TestNewFilesCannotBeOpened has files that cannot be opened for good, none of which
// has ever counted: nobody waits for them.
func TestNewFilesCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	countOne(t, openNative(t, dir, "1"), counterSpec())
	c, kernel := scarceCollector(t, dir)
	kernel.err = syscall.EIO
	check := func(want string, problems ...string) {
		t.Helper()
		for range 2 {
			if got := undated(t, c); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, path := range problems {
				selfSays(t, c, problem(path, "cannot be read"))
			}
		}
	}
	check(jobs("1"))
	late := putNative(t, dir, nativeHeader("late"), countedIn(50))
	python := put(t, dir, "counter_1.db", counter("jobs", "", 50))
	kernel.prefixes = []string{filepath.Base(late), "counter_1.db"}
	check(jobs("1"), late, python)
	countOne(t, openNative(t, dir, "2"), counterSpec())
	check(jobs("2"), late, python)

	// An archive may have been there all along. The next one has to be waited for.
	archive := putNative(t, dir, archiveHeader(1), countedIn(4))
	kernel.prefixes = append(kernel.prefixes, pmfile.ArchiveName)
	fresh, freshKernel := scarceCollector(t, dir)
	freshKernel.err, freshKernel.prefixes = kernel.err, kernel.prefixes
	c = fresh
	check(jobs("2"), late, python, archive)
	countOne(t, openNative(t, dir, "3"), counterSpec())
	check(jobs("3"), late, python, archive)
	freshKernel.prefixes = nil
	check(jobs("107"))
}

// TestPublicationOfAnUnseenProcess has a directory be read when a process has just
// begun: its publication is found, but not its file. That is no reason to think
// that it has ended.
func TestPublicationOfAnUnseenProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	rising := rising("jobs")
	publish(t, s, rising, nil)
	publish(t, s, emitting(one("alive", metric.TypeGauge, 1)), &multiprocess.PublishOptions{Mode: metric.GaugeLiveSum})
	refresh(t, s)
	file := nativeFiles(t, dir)[0]
	c, kernel := scarceCollector(t, dir)
	check := func(alive bool, n string) {
		t.Helper()
		want := jobs(n)
		if alive {
			want = "# alive gauge\nalive{} 1\n" + want
		}
		for range 2 {
			if got := undated(t, c); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		}
	}
	kernel.hidden = file
	check(true, "1")
	kernel.hidden = ""
	check(true, "1")

	// What seems to be final for a while is not, once the process's file is back.
	path := filepath.Join(dir, file)
	if err := os.Rename(path, path+"~"); err != nil {
		t.Fatal(err)
	}
	check(false, "1")
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	check(true, "1")
	refresh(t, s)
	check(true, "2")
}
