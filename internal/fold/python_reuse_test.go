package fold_test

import (
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pyfile"
)

// A process that comes back under the same identifier counts in a new file, or
// goes on with the sealed one, in whatever moment of a pass it opens its file.
func TestPythonIdentifierReused(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for k := 1; ; k++ {
		dir := t.TempDir()
		write(t, dir, "counter_1.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
		var opened <-chan *os.File
		kernel, call := before(k, func() { opened = openAgain(t, dir, "counter_1.db") })
		run(t, dir, fold.Options{Kernel: kernel})
		if call() == "" {
			break
		}
		file := <-opened
		counted := 1.0
		for range 3 {
			countOn(t, file)
			counted += 10
			total, _ := read(t, dir)[`counter_["a", "a_total", {}, "Help."]`].total.Float64()
			if total != counted {
				t.Fatalf("the total is %v, want %v, for a process that came back before call %d, %s", total, counted, k, call())
			}
			run(t, dir, later())
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		want := read(t, dir)
		fully(t, dir)
		wantTotals(t, dir, want)
		wantFiles(t, dir, "counter_polymeter-archive.db")
	}
}

// openAgain opens a file as the Python client does, and makes it if need be. That
// may have to wait until a lease is given back, and so until the pass goes on.
func openAgain(t *testing.T, dir, name string) <-chan *os.File {
	t.Helper()
	opened := make(chan *os.File, 1)
	open := func(flag int) (*os.File, error) {
		return os.OpenFile(filepath.Join(dir, name), flag|os.O_CREATE|os.O_RDWR, 0o600)
	}
	f, err := open(syscall.O_NONBLOCK)
	if err == nil {
		opened <- begin(t, f)
		return opened
	}
	go func() {
		f, err := open(0)
		if err != nil {
			t.Error(err)
		}
		opened <- begin(t, f)
	}()
	return opened
}

// begin makes the first entry of a new file.
func begin(t *testing.T, f *os.File) *os.File {
	t.Helper()
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		_, err = f.Write(pyBytes(pyfile.Newer, entry{"a_total", 0, 0}))
	}
	if err != nil {
		t.Error(err)
	}
	return f
}

// countOn adds ten to the first value of a file.
func countOn(t *testing.T, f *os.File) {
	t.Helper()
	key := len(pyfile.AppendKey(nil, "a", "a_total", nil, "Help."))
	at := int64(8 + 4 + key + 8 - (key+4)%8)
	word := make([]byte, 8)
	if _, err := f.ReadAt(word, at); err != nil {
		t.Fatal(err)
	}
	put(word, 0, math.Float64bits(math.Float64frombits((&content{word}).word(0))+10))
	if _, err := f.WriteAt(word, at); err != nil {
		t.Fatal(err)
	}
}
