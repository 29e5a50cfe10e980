//go:build unix

package mapped_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

const start = 1 << 16

func openDirectory(t testing.TB, kernel mapped.Kernel, path string) *mapped.Directory {
	t.Helper()
	dir, err := mapped.OpenDirectory(kernel, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func nothing(*mapped.File) error { return nil }

func create(t testing.TB, dir *mapped.Directory, name string) *mapped.File {
	t.Helper()
	f, err := dir.Create(name, start, 0o600, nothing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestGrowWhileCounting(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	f := create(t, openDirectory(t, mapped.System(), path), "f")
	var words []*atomic.Uint64
	var wait sync.WaitGroup
	const updates = 10_000
	for size := int64(start); size <= 64*start; size *= 2 {
		if err := f.Grow(size); err != nil {
			t.Fatal(err)
		}
		word := f.Word(size - 8)
		words = append(words, word, f.Word(0))
		wait.Go(func() {
			for range updates {
				word.Add(1)
			}
		})
	}
	wait.Wait()
	data, err := os.ReadFile(filepath.Join(path, "f"))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != f.Size() || f.Size() != 64*start {
		t.Fatalf("%d bytes in the file, size %d", len(data), f.Size())
	}
	for i := 0; i < len(words); i += 2 {
		if got := words[i].Load(); got != updates {
			t.Errorf("segment %d counted %d", i/2, got)
		}
		if words[i+1] != words[1] {
			t.Error("the first word has moved")
		}
	}
}

func TestWordsAndBytesAgree(t *testing.T) {
	t.Parallel()
	f := create(t, openDirectory(t, mapped.System(), t.TempDir()), "f")
	if err := f.WriteAt([]byte{1, 1, 1, 1, 1, 1, 1, 1}, 16); err != nil {
		t.Fatal(err)
	}
	if got := f.Word(16).Load(); got != 0x0101010101010101 {
		t.Errorf("the word is %#x after a write", got)
	}
	f.Word(16).Store(math.MaxUint64)
	got := make([]byte, 8)
	if err := f.ReadAt(got, 16); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []byte{255, 255, 255, 255, 255, 255, 255, 255}) {
		t.Errorf("the bytes are %v after a store", got)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	f := create(t, openDirectory(t, mapped.System(), t.TempDir()), "f")
	for _, offset := range []int64{-8, 1, 7, start, start + 8, math.MaxInt64 - 7, math.MinInt64} {
		if f.Word(offset) != nil {
			t.Errorf("there is a word at %d", offset)
		}
	}
	b := make([]byte, 8)
	for _, offset := range []int64{-1, start - 7, math.MaxInt64} {
		if f.ReadAt(b, offset) == nil || f.WriteAt(b, offset) == nil {
			t.Errorf("8 bytes at %d were read or written", offset)
		}
	}
	if err := f.Grow(-1); err == nil {
		t.Error("grown to -1 bytes")
	}
	if err := f.Grow(math.MaxInt64); err == nil {
		t.Error("grown to 8 EiB")
	}
	if err := f.Grow(10); err != nil || f.Size() != start {
		t.Errorf("growing to less: %v, size %d", err, f.Size())
	}
}

func TestClosedFile(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	f := create(t, openDirectory(t, mapped.System(), path), "f")
	word := f.Word(8)
	word.Store(5)
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := word.Load(); got != 0 {
		t.Errorf("an old pointer reads %d, want 0", got)
	}
	word.Store(9)
	for _, err := range []error{f.Grow(2 * start), f.ReadAt(make([]byte, 1), 0), f.WriteAt(make([]byte, 1), 0)} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("use after Close: %v", err)
		}
	}
	data, err := os.ReadFile(filepath.Join(path, "f"))
	if err != nil {
		t.Fatal(err)
	}
	if data[8] != 5 && data[15] != 5 {
		t.Error("the file lost its value, or got a late one")
	}
}

func TestCreateKeepsWhatExists(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := openDirectory(t, mapped.System(), path)
	create(t, dir, "f").Word(0).Store(1)
	if _, err := dir.Create("f", start, 0o600, nothing); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created twice: %v", err)
	}
	failed := errors.New("no first contents")
	if _, err := dir.Create("g", start, 0o600, func(*mapped.File) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("created without its first contents: %v", err)
	}
	if got := names(t, path); !slices.Equal(got, []string{"f"}) {
		t.Errorf("files left: %v", got)
	}
}

func names(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCreateIsSeenComplete looks for the file at every moment at which it is
// being made.
func TestCreateIsSeenComplete(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if _, err := os.Lstat(filepath.Join(path, "f")); err == nil && call != "cover" {
			t.Errorf("the file has its name before %s", call)
		}
		return nil
	}}
	create(t, openDirectory(t, kernel, path), "f")
	if got := names(t, path); !slices.Equal(got, []string{"f"}) {
		t.Errorf("files: %v", got)
	}
}

func TestCreateStartsOver(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	tidied := 0
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call == "publish" && tidied < 2 {
			tidied++
			return os.Remove(filepath.Join(path, names(t, path)[0]))
		}
		return nil
	}}
	create(t, openDirectory(t, kernel, path), "f")
	if tidied != 2 {
		t.Errorf("tidied away %d times", tidied)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := openDirectory(t, mapped.System(), path)
	create(t, dir, "open here")
	for _, err := range []error{
		os.Symlink("open here", filepath.Join(path, "link")),
		syscall.Mkfifo(filepath.Join(path, "pipe"), 0o600),
		os.Mkdir(filepath.Join(path, "directory"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{
		"open here": mapped.ErrInUse,
		"link":      mapped.ErrNotRegular,
		"pipe":      mapped.ErrNotRegular,
		"directory": mapped.ErrNotRegular,
		"nothing":   fs.ErrNotExist,
	} {
		if _, err := dir.Open(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name the file", err)
		}
	}
	if _, err := mapped.OpenDirectory(mapped.System(), filepath.Join(path, "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

// TestOpenMeetsOthers has the calls behave as if there had been somebody between
// the first look at a file and its opening, once or each time.
func TestOpenMeetsOthers(t *testing.T) {
	t.Parallel()
	remove := func(file string) error { return os.Remove(file) }
	replace := func(file string) error {
		return errors.Join(os.Rename(file, file+"x"), os.WriteFile(file, make([]byte, start), 0o600))
	}
	leased := func(string) error { return mapped.ErrInUse }
	for _, tt := range []struct {
		name   string
		call   string
		meddle func(file string) error
		times  int
		want   error
	}{
		{"removed", "lock", remove, 1, fs.ErrNotExist},
		{"replaced", "lock", replace, 1, nil},
		{"replaced again and again", "lock", replace, 1000, mapped.ErrInUse},
		{"looked at", "open", leased, 3, nil},
		{"looked at all the time", "open", leased, 1000, mapped.ErrInUse},
		{"written to", "unused", leased, 1, mapped.ErrInUse},
		{"locked", "lock", leased, 1, mapped.ErrInUse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.want == nil && runtime.GOOS != "linux" {
				t.Skip("files are continued on Linux only")
			}
			path := t.TempDir()
			file := filepath.Join(path, "f")
			if err := os.WriteFile(file, make([]byte, start), 0o600); err != nil {
				t.Fatal(err)
			}
			left := tt.times
			kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
				if call != tt.call || left == 0 {
					return nil
				}
				left--
				return tt.meddle(file)
			}}
			f, err := openDirectory(t, kernel, path).Open("f")
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err == nil {
				err = f.Close()
			}
			if tt.want == nil && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenFillsHoles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("files are continued on Linux only")
	}
	path := t.TempDir()
	name := filepath.Join(path, "f")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 1<<20); err != nil {
		t.Fatal(err)
	}
	dir := openDirectory(t, mapped.System(), path)
	f, err := dir.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(name, &st); err != nil {
		t.Fatal(err)
	}
	if st.Blocks*512 < 1<<20 {
		t.Errorf("only %d bytes are reserved", st.Blocks*512)
	}
	got := make([]byte, 8)
	if err := f.ReadAt(got, 0); err != nil || string(got) != "content\x00" {
		t.Errorf("content %q, %v", got, err)
	}
	if err := dir.Remove(f); err != nil {
		t.Fatal(err)
	}
	if err := dir.Remove(f); err != nil { // it is gone already
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRemoveSparesOthers(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := openDirectory(t, mapped.System(), path)
	f := create(t, dir, "f")
	if err := os.Rename(filepath.Join(path, "f"), filepath.Join(path, "old")); err != nil {
		t.Fatal(err)
	}
	create(t, dir, "f")
	if err := dir.Remove(f); err != nil {
		t.Fatal(err)
	}
	if got := names(t, path); !slices.Equal(got, []string{"f", "old"}) {
		t.Errorf("files left: %v", got)
	}
}

// TestEveryCallFails creates and grows a file while the kth call fails, for all
// k until none is left.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		path := t.TempDir()
		kernel := mappedtest.FailAt(mapped.System(), k, syscall.ENOSPC)
		if err := createAndGrow(kernel, path); !errors.Is(err, syscall.ENOSPC) && err != nil {
			t.Errorf("call %d: %v", k, err)
		} else if (err == nil) != (kernel.Calls() < k) {
			t.Errorf("call %d: %v after %d calls", k, err, kernel.Calls())
		}
		if kernel.Calls() < k {
			return
		}
	}
}

func createAndGrow(kernel mapped.Kernel, path string) error {
	dir, err := mapped.OpenDirectory(kernel, path)
	if err != nil {
		return err
	}
	defer dir.Close()
	f, err := dir.Create("f", start, 0o600, nothing)
	if err != nil {
		return err
	}
	if err := f.Grow(2 * start); err != nil {
		size := f.Size()
		info, _ := os.Stat(filepath.Join(path, "f"))
		if size != start || info.Size() != start {
			return errors.New("a failed Grow changed the size")
		}
		return errors.Join(err, f.Grow(2*start), f.Close())
	}
	f.Word(2*start - 8).Store(1)
	return f.Close()
}
