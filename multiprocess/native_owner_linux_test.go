package multiprocess_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// asNobody runs do without the rights of root where files are concerned. do must
// do its work in its own goroutine.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Getuid() != 0 {
		do()
		return
	}
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
		if _, err := unix.SetfsuidRetUid(nobody); err != nil {
			t.Error(err)
			return
		}
		if now, _ := unix.SetfsuidRetUid(-1); now != nobody {
			t.Errorf("files belong to user %d", now)
			return
		}
		do()
	}()
	<-done
}

// TestNativeFilesOfOthers has files in the directory that the reader has no right
// to read: they are named, and nothing else is concerned.
func TestNativeFilesOfOthers(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	makeVisible(t, dir)
	hidden := putNative(t, dir, nativeHeader("hidden"), fragile)
	archive := putBytes(t, dir, pmfile.ArchiveName, []byte("secret"))
	for _, path := range []string{hidden, archive} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	asNobody(t, func() {
		for range 2 {
			if got, err := tryPage(c); withoutStarts(got) != "# healthy counter\n"+healthy || err != nil {
				t.Errorf("got %v\n%s", err, got)
			}
		}
	})
	selfSays(t, c, problem(hidden, "cannot be read"), problem(archive, "cannot be read"), `processes{state="dead"} 1`)
}

// Files of another user that can be read count, and whether their processes are
// alive is told by their locks alone.
func TestNativeLifeOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := multiprocess.Options{Format: multiprocess.FormatNative, FileMode: 0o644, Identifier: named("1")}
	s, ended := openStore(t, dir, o), openStore(t, dir, o)
	countOne(t, s, counterSpec())
	countOne(t, ended, counterSpec())
	closed(t, ended)
	makeVisible(t, dir)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	asNobody(t, func() {
		if got, err := tryPage(c); !strings.Contains(got, "jobs_total{} 2\n") || err != nil {
			t.Errorf("got %v\n%s", err, got)
		}
	})
	selfSays(t, c, `processes{state="living"} 1`, `processes{state="dead"} 1`)
}

// TestNativeWriterWithoutALock has somebody hold a file open for writing whose lock
// is not to be seen, as in the upper directory of an overlay: that is life enough.
func TestNativeWriterWithoutALock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := putNative(t, dir, nativeHeader("1"), stable)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	page(t, c)
	selfSays(t, c, `processes{state="living"} 1`, `processes{state="dead"} 0`)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	page(t, c)
	selfSays(t, c, `processes{state="living"} 0`, `processes{state="dead"} 1`)
}

// makeVisible lets everybody look into a directory, but not write to it.
func makeVisible(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, name := range list(t, dir) {
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNativeReadOnlyDirectory opens a store where nothing can be written: its series
// stay in memory until something can.
func TestNativeReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o555), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		s, err := multiprocess.Open(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative}))
		if err != nil {
			t.Errorf("the store itself: %v", err)
			return
		}
		defer s.Close()
		if _, err := s.Open(counterSpec(), nil); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a series: %v", err)
		}
		if err := chmodAgain(dir); err != nil {
			t.Error(err)
			return
		}
		if _, err := s.Open(counterSpec(), nil); err != nil {
			t.Errorf("when it can be written to: %v", err)
		}
		if stats := s.Stats(); stats.Failures != 1 || stats.Files != 1 {
			t.Errorf("%+v", stats)
		}
	})
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		if got, err := tryPage(c); got != "" || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a directory that cannot be read: %v\n%s", err, got)
		}
		if _, err := multiprocess.NewCollector(dir, nil); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a new collector: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// chmodAgain lets everybody write, with the rights of whoever has the directory.
func chmodAgain(dir string) error {
	done := make(chan error)
	go func() { done <- os.Chmod(dir, 0o777) }()
	return <-done
}

// A device is as little a metrics file as a pipe.
func TestNativeDevice(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	path := filepath.Join(dir, pmfile.FileName(pmfile.RoleProcess, pmfile.NewID()))
	if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))); err != nil { // which is /dev/zero
		t.Skipf("needs the right to make devices: %v", err)
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := undated(t, c); got != "# healthy counter\n"+healthy {
		t.Errorf("got\n%s", got)
	}
	if self := page(t, c.SelfMetrics()); !strings.Contains(self, `file_problem{file="`+path) {
		t.Errorf("not named in\n%s", self)
	}
}

// mount mounts a file system in memory with so many bytes.
func mount(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprint("size=", size)); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestNativeReadOnlyFileSystem has a file system be read-only for a while.
func TestNativeReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	dir := mount(t, 8<<20)
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s := openNative(t, dir, "1")
	if _, err := s.Open(counterSpec(), nil); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a series: %v", err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	countOne(t, s, counterSpec())
	shows(t, dir, `# jobs counter`, `jobs_total{} 1`)
}

// TestNativeSmallDisk fills a disk with what processes leave that end: writers stop
// where folding still works, and go on when it has made room.
func TestNativeSmallDisk(t *testing.T) {
	t.Parallel()
	dir := mount(t, 1<<20+200<<10)
	counted := 0
	run := func() (refused bool) {
		s := openNative(t, dir, "")
		for i := range 100 {
			place, err := s.Open(counterSpec("i"), []string{fmt.Sprint(i)})
			if err != nil {
				if !errors.Is(err, syscall.ENOSPC) {
					t.Fatal(err)
				}
				refused = true
				continue
			}
			count(t, place, 0, 1)
			counted++
		}
		closed(t, s)
		return refused
	}
	for range 2 {
		for i := 0; !run(); i++ {
			if i > 100 {
				t.Fatal("the disk does not get full")
			}
		}
		if result := compact(t, dir); result.Native == 0 || len(result.Skipped) > 0 {
			t.Fatalf("folding on the full disk did %+v", result)
		}
		if names := list(t, dir); len(names) != 1 {
			t.Errorf("left are %q", names)
		}
		sum := 0.0
		_ = snapshots(t, newCollector(t, dir, multiprocess.CollectorOptions{}))["jobs"].Each(func(s *metric.Sample) error {
			sum += s.Value
			return nil
		})
		if sum != float64(counted) {
			t.Errorf("the page has %v, counted were %d", sum, counted)
		}
	}
}
