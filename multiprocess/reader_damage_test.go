//go:build unix

package multiprocess_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/multiprocess"
)

// rewrite changes a file without giving it another inode.
func rewrite(t testing.TB, path string, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
}

// damaged is what a file that is going to be damaged holds; beside it is another
// file with the counter "healthy".
var damaged = []pyEntry{counter("a", "", 1), counter("b", `"x": "y"`, 2), counter("c", "", 3)}

func withHealthy(t testing.TB, dir string) {
	t.Helper()
	put(t, dir, "counter_2.db", counter("healthy", "", 4))
}

const healthy = "healthy_total{} 4\n"

// Every beginning of a file gives its whole entries, once as a file that was
// never seen before, and once as a file that was whole at the last scrape.
func TestTruncation(t *testing.T) {
	t.Parallel()
	for _, stamped := range []bool{true, false} {
		dir := t.TempDir()
		withHealthy(t, dir)
		whole := pyBytes(stamped, damaged...)
		ends := []int{len(pyBytes(stamped, damaged[:1]...)), len(pyBytes(stamped, damaged[:2]...)), len(whole)}
		if stamped {
			ends[0] -= 8 // a single value without its time might be of the older layout
		}
		for size := range len(whole) {
			path := putBytes(t, dir, "counter_1.db", whole[:size])
			c := newCollector(t, dir, multiprocess.CollectorOptions{})
			got := page(t, c)
			for i, name := range []string{"a_total", "b_total", "c_total"} {
				if strings.Contains(got, name) != (size >= ends[i]) {
					t.Errorf("cut to %d bytes, %s in\n%s", size, name, got)
				}
			}
			if !strings.Contains(got, healthy) {
				t.Errorf("cut to %d bytes, nothing healthy in\n%s", size, got)
			}
			self := page(t, c.SelfMetrics())
			if size > 0 && !strings.Contains(self, `file_problem{file="`+path) {
				t.Errorf("cut to %d bytes, not named in\n%s", size, self)
			}
			os.Remove(path)
		}
	}
}

func TestTruncationOfKnownFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	withHealthy(t, dir)
	whole := pyBytes(true, damaged...)
	path := putBytes(t, dir, "counter_1.db", whole)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := page(t, c)
	for size := len(whole) - 1; size >= 0; size-- {
		if err := os.Truncate(path, int64(size)); err != nil {
			t.Fatal(err)
		}
		if got := page(t, c); got != want {
			t.Fatalf("cut to %d bytes, lost what was known:\n%s", size, got)
		}
		if self := page(t, c.SelfMetrics()); !strings.Contains(self, `file_problem{file="`+path) {
			t.Fatalf("cut to %d bytes, not named in\n%s", size, self)
		}
	}
	rewrite(t, path, pyBytes(true, counter("a", "", 10)))
	if got := page(t, c); got != lines(`# a counter`, `a_total{} 10`, `# healthy counter`, `healthy_total{} 4`) {
		t.Errorf("a whole file was not taken as it stands:\n%s", got)
	}
}

// A flipped bit may change a value unnoticed. It must not do anything to other
// files, nor anything worse.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	for _, stamped := range []bool{true, false} {
		dir := t.TempDir()
		withHealthy(t, dir)
		whole := pyBytes(stamped, damaged...)
		path := putBytes(t, dir, "counter_1.db", whole)
		known := newCollector(t, dir, multiprocess.CollectorOptions{})
		page(t, known)
		for bit := range 8 * len(whole) {
			flipped := bytes.Clone(whole)
			flipped[bit/8] ^= 1 << (bit % 8)
			rewrite(t, path, flipped)
			for name, c := range map[string]*multiprocess.Collector{
				"new": newCollector(t, dir, multiprocess.CollectorOptions{}), "known": known,
			} {
				got, err := tryPage(c)
				if err != nil || !strings.Contains(got, healthy) {
					t.Fatalf("bit %d, %s collector: %v\n%s", bit, name, err, got)
				}
				if in := bit / 8; in >= 12 && in < 12+len(`["a", "a_total"`) && strings.Contains(got, "a_total{} 1\n") && name == "new" {
					t.Fatalf("bit %d, in the name of the first key, went unnoticed:\n%s", bit, got)
				}
			}
			if bit < 32 { // the number of bytes in use, while all entries are in place
				if got := page(t, known); !strings.Contains(got, "a_total{} 1\n") || !strings.Contains(got, "c_total{} 3\n") {
					t.Fatalf("bit %d: lost what was known:\n%s", bit, got)
				}
			}
			rewrite(t, path, whole)
			if got := page(t, known); !strings.Contains(got, "a_total{} 1\n") || !strings.Contains(got, "c_total{} 3\n") {
				t.Fatalf("bit %d: the file is whole again, but\n%s", bit, got)
			}
		}
	}
}

func TestForeignFiles(t *testing.T) {
	t.Parallel()
	swapped := pyBytes(true, damaged...)
	binary.NativeEndian.PutUint32(swapped, swap(uint32(len(swapped))))
	for name, data := range map[string][]byte{
		"an SQLite database":            append([]byte("SQLite format 3\x00"), make([]byte, 8192)...),
		"written in another byte order": swapped,
		"impossible number of bytes":    bytes.Repeat([]byte{0xff}, 100),
		"shorter than its bytes in use": bytes.Repeat([]byte("text "), 100),
	} {
		dir := t.TempDir()
		withHealthy(t, dir)
		putBytes(t, dir, "counter_1.db", data)
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		if got := page(t, c); got != "# healthy counter\n"+healthy {
			t.Errorf("%s: got\n%s", name, got)
		}
		if self := page(t, c.SelfMetrics()); !strings.Contains(self, `counter_1.db",reason="`+name) {
			t.Errorf("%s: not named in\n%s", name, self)
		}
	}
}

func swap(v uint32) uint32 { return v>>24 | v>>8&0xff00 | v<<8&0xff0000 | v<<24 }

func TestProblemsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var log strings.Builder
	c := newCollector(t, dir, multiprocess.CollectorOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for i := range 30 {
		putBytes(t, dir, fmt.Sprintf("counter_%d.db", i), []byte("x"))
	}
	page(t, c)
	page(t, c)
	if n := strings.Count(log.String(), "\n"); n != 11 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
	if n := strings.Count(page(t, c.SelfMetrics()), "file_problem{"); n != 20 {
		t.Errorf("%d files named", n)
	}
	log.Reset()
	put(t, dir, "counter_0.db")
	page(t, c)
	putBytes(t, dir, "counter_0.db", []byte("x"))
	page(t, c)
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// Files are cut and restored while a scrape reads them.
func TestTruncationDuringScrapes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var entries []pyEntry
	for i := range 2000 {
		entries = append(entries, counter("big", fmt.Sprintf(`"n": "%04d"`, i), 1))
	}
	data := pyBytes(true, entries...)
	path := putBytes(t, dir, "counter_1.db", data)
	withHealthy(t, dir)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			os.Truncate(path, int64(i*4096%len(data)))
			rewrite(t, path, data)
		}
	}()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 300 {
		if got := page(t, c); !strings.Contains(got, healthy) {
			t.Errorf("nothing healthy in\n%.200s", got)
		}
	}
	close(stop)
	<-done
	if got := page(t, c); strings.Count(got, "big_total") != 2000 {
		t.Errorf("%d series at the end", strings.Count(got, "big_total"))
	}
}

func TestVanishingFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	withHealthy(t, dir)
	stop, done := make(chan struct{}), make(chan struct{})
	data := pyBytes(true, damaged...)
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			path := filepath.Join(dir, fmt.Sprintf("counter_%d.db", 10+i%3))
			os.WriteFile(path, data, 0o600)
			os.Remove(path)
		}
	}()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 500 {
		if got := page(t, c); !strings.Contains(got, healthy) {
			t.Errorf("nothing healthy in\n%s", got)
		}
	}
	close(stop)
	<-done
}

// setValue stores a value as a writer does, through a mapping or otherwise.
func setValue(t testing.TB, path string, offset int, v float64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var word [8]byte
	binary.NativeEndian.PutUint64(word[:], math.Float64bits(v))
	if _, err := f.WriteAt(word[:], int64(offset)); err != nil {
		t.Fatal(err)
	}
}
