package fold_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
)

// before returns a kernel that does something before its kth call, and a function
// that returns which call that was, or "".
func before(k int, do func()) (kernel *mappedtest.Faults, call func() string) {
	var which string
	kernel = &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, n int) error {
		if n == k {
			which = call
			do()
		}
		return nil
	}}
	return kernel, func() string { return which }
}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	for _, name := range list(t, dir) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// Whoever wipes the directory during a pass finds it empty afterwards, but for
// what a process made since.
func TestWipedDuringPass(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, archived := range []bool{false, true} {
		for k := 1; ; k++ {
			dir := t.TempDir()
			twoDead(t, dir)
			if archived {
				run(t, dir, fold.Options{})
				twoDead(t, dir)
			}
			fresh := newDead("fresh")
			fresh.counter("/fresh", 1, 0)
			kernel, call := before(k, func() {
				removeAll(t, dir)
				fresh.in(t, dir)
			})
			_, err := runWith(dir, fold.Options{Kernel: kernel})
			if call() == "" {
				break
			}
			if call() == "rename" {
				continue // nothing can be asked after this
			}
			want := readOne(fresh)
			if err == nil {
				run(t, dir, fold.Options{})
			}
			wantTotals(t, dir, want)
			run(t, dir, fold.Options{})
			wantTotals(t, dir, want)
			wantFiles(t, dir, pmfile.ArchiveName)
			if t.Failed() {
				t.Fatalf("before call %d, %s", k, call())
			}
		}
	}
}

// A pass never reaches the directory that took the place of its own.
func TestDirectoryMadeAnew(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := filepath.Join(t.TempDir(), "metrics")
		mkdir(t, dir)
		twoDead(t, dir)
		kernel, call := before(k, func() {
			removeAll(t, dir)
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
			mkdir(t, dir)
			twoDead(t, dir)
		})
		_, err := runWith(dir, fold.Options{Kernel: kernel})
		if call() == "" {
			break
		}
		if k == 1 && err != nil {
			t.Error(err) // it was not open yet
		}
		if k > 1 {
			if n := len(list(t, dir)); n != 3 {
				t.Errorf("there are %d files, want the three new ones", n)
			}
		}
		other := t.TempDir()
		twoDead(t, other)
		wantTotals(t, dir, read(t, other))
		run(t, dir, fold.Options{})
		wantTotals(t, dir, read(t, other))
		if t.Failed() {
			t.Fatalf("before call %d, %s", k, call())
		}
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

// While a pass goes on, others do nothing, be they in the same process, whatever
// the first one is doing.
func TestSecondCompactor(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 3; ; k++ { // the third call is the first with the lock
		dir := t.TempDir()
		twoDead(t, dir)
		want := read(t, dir)
		kernel, call := before(k, func() {
			if result := run(t, dir, fold.Options{}); !result.Busy || result.Native > 0 {
				t.Errorf("the second pass did %+v", result)
			}
		})
		run(t, dir, fold.Options{Kernel: kernel})
		if call() == "" {
			break
		}
		wantTotals(t, dir, want)
		if t.Failed() {
			t.Fatalf("before call %d, %s", k, call())
		}
	}
}

// Passes at the same time, while processes end, fold everything once.
func TestConcurrentCompactors(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	want := sums{}
	var compactors sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		compactors.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := runWith(dir, fold.Options{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 100 {
		d := newDead(fmt.Sprint(i))
		d.counter("/a", 1, 0.1)
		write(t, dir, ".unborn", d.Bytes())
		if err := os.Rename(filepath.Join(dir, ".unborn"), filepath.Join(dir, d.name())); err != nil {
			t.Fatal(err)
		}
		for name, v := range readOne(d) {
			want.add(name, v.total)
		}
	}
	close(done)
	compactors.Wait()
	run(t, dir, fold.Options{})
	wantTotals(t, dir, want)
	wantFiles(t, dir, pmfile.ArchiveName)
}

// A process that ends during a pass is folded by this pass or the next one.
func TestProcessEndsDuringPass(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		twoDead(t, dir)
		d := newDead("ending")
		d.counter("/a", 1, 0.1)
		d.in(t, dir)
		end := living(t, dir, d.name())
		published := deadWith(pmfile.Header{Role: pmfile.RolePublication, ID: d.header.ID})
		published.counter("/p", 1, 0)
		published.in(t, dir)
		final := deadWith(published.header)
		final.counter("/p", 2, 0)
		kernel, call := before(k, func() {
			// Its last publication comes just before its end.
			write(t, dir, ".unborn", final.Bytes())
			if err := os.Rename(filepath.Join(dir, ".unborn"), filepath.Join(dir, final.name())); err != nil {
				t.Error(err)
			}
			end()
		})
		run(t, dir, fold.Options{Kernel: kernel})
		if call() == "" {
			end()
			break
		}
		run(t, dir, fold.Options{})
		wantFiles(t, dir, pmfile.ArchiveName)
		if got := loadArchive(t, dir).value(t, "requests[/p][]", 0); got != 2 {
			t.Fatalf("the publication folded is that with %d, want 2, when the process ended before call %d, %s", got, k, call())
		}
	}
}

// An archive that is something else is not replaced, nor is anything removed.
func TestStrangeArchive(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for name, put := range map[string]func(path string) error{
		"symbolic link": func(path string) error { return os.Symlink("elsewhere", path) },
		"directory":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			twoDead(t, dir)
			if err := put(filepath.Join(dir, pmfile.ArchiveName)); err != nil {
				t.Fatal(err)
			}
			before := list(t, dir)
			if _, err := runWith(dir, fold.Options{}); !errors.Is(err, mapped.ErrNotRegular) {
				t.Errorf("the error is %v", err)
			}
			wantFiles(t, dir, before...)
		})
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		twoDead(t, dir)
		want := read(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		kernel, call := before(k, cancel)
		_, err := fold.Run(ctx, dir, &fold.Options{Kernel: kernel})
		cancel()
		if call() == "" {
			break
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		wantTotals(t, dir, want)
		run(t, dir, fold.Options{})
		wantTotals(t, dir, want)
		if t.Failed() {
			t.Fatalf("before call %d, %s", k, call())
		}
	}
}
