//go:build unix

package multiprocess_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// fragile fills the file that is going to be damaged: it has records of all kinds
// that the file of a process has.
func fragile(b *pmfile.Builder) {
	a := b.Family(&pmfile.Family{Name: "a", Help: "One.", Type: metric.TypeCounter, LabelNames: []string{"x"}})
	b.Series(a, []string{"1"}, nil, []uint64{0, 5, 7, math.Float64bits(0.5)})
	b.Series(a, []string{"2"}, nil, []uint64{9, 5, 7, 0}) // deleted
	h := b.Family(&pmfile.Family{
		Name: "h", Type: metric.TypeHistogram, Bounds: []float64{1, math.Inf(1)}, Native: true, ZeroThreshold: 0.25,
	})
	s := b.Series(h, nil, nil, []uint64{1, 6, 2, 3, math.Float64bits(8), 1, 0})
	b.Chunk(s, 0, 0, false, &[16]uint64{0, 1, 3})
	b.Chunk(s, 1, -1, true, &[16]uint64{})
	b.Exemplar(s, 1, exemplar("x", 2, 100))
	g := b.Family(&pmfile.Family{Name: "g", Type: metric.TypeGauge, Mode: metric.GaugeMostRecent})
	b.Series(g, nil, nil, []uint64{0, 0, math.Float64bits(-1), 77})
	all := b.Family(&pmfile.Family{Name: "all", Type: metric.TypeGauge, LabelNames: []string{"pid"}})
	b.Series(all, []string{"app"}, nil, []uint64{0, 0, math.Float64bits(3), 0})
	z := b.Family(&pmfile.Family{Name: "z_bytes", Unit: "bytes", Type: metric.TypeSummary})
	b.Series(z, nil, nil, []uint64{0, 5, 4, math.Float64bits(12)})
	i := b.Family(&pmfile.Family{Name: "i", Type: metric.TypeInfo})
	b.Series(i, nil, []pmfile.Label{{Name: "version", Value: "1"}}, []uint64{0, 0})
	states := b.Family(&pmfile.Family{Name: "states", Type: metric.TypeStateSet, States: []string{"on", "off"}})
	b.Series(states, nil, nil, []uint64{0, 0, 2})
	c := b.Family(&pmfile.Family{Name: "c", Type: metric.TypeCounter})
	b.Series(c, nil, nil, []uint64{0, 5, 9, 0})
}

// structure says of each byte of a file whether it is part of what a checksum is
// over, the last words of the header apart.
func structure(data []byte) []bool {
	checked := make([]bool, len(data))
	for i := range 248 {
		checked[i] = true
	}
	w := pmfile.NewWalker(data, len(data), 0, false)
	for r, ok := w.Next(); ok; r, ok = w.Next() {
		for i := r.Offset; i < r.Cells; i++ {
			checked[i] = true
		}
	}
	return checked
}

// eachSeries calls visit with each series of a file and the name of its family.
func eachSeries(data []byte, visit func(name string, r pmfile.Record)) {
	families := map[int]*pmfile.Family{}
	w := pmfile.NewWalker(data, len(data), 0, false)
	for r, ok := w.Next(); ok; r, ok = w.Next() {
		switch r.Kind {
		case pmfile.KindFamily:
			families[r.Offset], _ = pmfile.ParseFamily(r.Payload)
		case pmfile.KindSeries:
			at, _ := pmfile.SeriesFamily(r.Payload)
			visit(families[at].Name, r)
		}
	}
}

// endsOf returns where the first series of each family ends that a page shows.
func endsOf(data []byte, alive bool) map[string]int {
	ends := map[string]int{}
	eachSeries(data, func(name string, r pmfile.Record) {
		if _, found := ends[name]; !found && (alive || name != "i" && name != "states") {
			ends[name] = r.Offset + r.Size
		}
	})
	return ends
}

// living keeps a file from being that of a process which has ended, until the test
// has.
func living(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := mapped.System().Lock(int(f.Fd())); err != nil {
		t.Fatal(err)
	}
	return f
}

// besideHealthy returns a directory with a healthy native file in it.
func besideHealthy(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	putNative(t, dir, nativeHeader("healthy"), stable)
	return dir
}

// stable fills a file that stays as it is.
func stable(b *pmfile.Builder) {
	f := b.Family(&pmfile.Family{Name: "healthy", Type: metric.TypeCounter})
	b.Series(f, nil, nil, []uint64{0, 1, 4, 0})
}

// lockIn is living for a kernel in memory.
func lockIn(t testing.TB, memory *mappedtest.Memory, path string) {
	t.Helper()
	dir, err := memory.Directory(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := memory.Open(dir, filepath.Base(path))
	if err := errors.Join(err, memory.Lock(fd)); err != nil {
		t.Fatal(err)
	}
}

// TestNativeTruncation cuts the file of a process, living or not, at every length:
// its whole records are there, and it is named.
func TestNativeTruncation(t *testing.T) {
	t.Parallel()
	for _, alive := range []bool{false, true} {
		dir := besideHealthy(t)
		path := putNative(t, dir, nativeHeader("1"), fragile)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if alive {
			living(t, path)
		}
		want, ends := undatedDir(t, dir), endsOf(whole, alive)
		step := 1
		if alive || testing.Short() {
			step = 7 // which is no divisor of the sizes of records
		}
		for size := 0; size < len(whole); size += step {
			rewrite(t, path, whole[:size])
			c := newCollector(t, dir, multiprocess.CollectorOptions{})
			got := undated(t, c)
			if !strings.Contains(got, healthy) || len(got) > len(want) {
				t.Fatalf("cut to %d bytes:\n%s", size, got)
			}
			for name, end := range ends {
				if strings.Contains(got, "# "+name+" ") != (size >= end) {
					t.Fatalf("cut to %d bytes, %q, which ends at %d, in\n%s", size, name, end, got)
				}
			}
			if !strings.Contains(page(t, c.SelfMetrics()), `file_problem{file="`+path) {
				t.Fatalf("cut to %d bytes, it is not named", size)
			}
		}
		rewrite(t, path, whole)
		shows(t, dir, strings.Split(strings.TrimSuffix(want, "\n"), "\n")...)
	}
}

// TestNativeByteFlips changes every byte of a file. Readers that see it for the
// first time name it if that is where a checksum is over, and show what is before;
// others go on with what they know.
func TestNativeByteFlips(t *testing.T) {
	t.Parallel()
	flips := []byte{0xff, 1}
	if testing.Short() {
		flips = flips[:1]
	}
	for _, alive := range []bool{false, true} {
		memory, dir := memoryDir(t)
		memory.Room = 8 << 10
		store := func(h *pmfile.Header, fill func(b *pmfile.Builder)) (string, []byte) {
			b := pmfile.NewBuilder(h)
			fill(b)
			path := filepath.Join(dir, pmfile.FileName(h.Role, h.ID))
			if err := memory.WriteFile(path, b.Bytes()); err != nil {
				t.Fatal(err)
			}
			return path, b.Bytes()
		}
		store(nativeHeader("healthy"), stable)
		path, whole := store(nativeHeader("1"), fragile)
		if alive {
			lockIn(t, memory, path)
		}
		checked := structure(whole)
		known := collectorWith(t, dir, memory)
		want := page(t, known)
		flipped := bytes.Clone(whole)
		rewrite := func(i int, b byte) {
			if flipped[i] = b; memory.WriteFile(path, flipped) != nil {
				t.Fatal("the file cannot be written")
			}
		}
		for _, flip := range flips {
			for i := range whole {
				rewrite(i, whole[i]^flip)
				if got := page(t, known); checked[i] && got != want {
					t.Fatalf("byte %d ^ %#x: what was known is\n%s", i, flip, got)
				}
				fresh := collectorWith(t, dir, memory)
				got := page(t, fresh)
				if !strings.Contains(got, healthy) {
					t.Fatalf("byte %d ^ %#x: nothing healthy in\n%s", i, flip, got)
				}
				named := strings.Contains(page(t, fresh.SelfMetrics()), `file_problem{file="`+path)
				if checked[i] != named && (i < pmfile.UsedAt || i >= pmfile.UsedAt+16) {
					t.Fatalf("byte %d ^ %#x: named: %v; it shows\n%s", i, flip, named, got)
				}
				rewrite(i, whole[i])
			}
		}
		if got := page(t, known); got != want {
			t.Errorf("when it is whole again:\n%s\nwant\n%s", got, want)
		}
		selfSays(t, known, `files{state="whole"} 2`, `files{state="damaged"} 0`)
	}
}

// TestNativeUsedWord says all sorts of things about how much of the file is in use.
func TestNativeUsedWord(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	path := putNative(t, dir, nativeHeader("1"), fragile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	living(t, path)
	known := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := page(t, known)
	for used, reason := range map[uint64]string{
		0:                      "impossible number of bytes in use",
		8:                      "impossible number of bytes in use",
		320 + 4:                "impossible number of bytes in use",
		1<<64 - 1:              "impossible number of bytes in use",
		1<<64 - 8:              "impossible size of a record", // the zeros behind the last one
		uint64(len(whole)) + 8: "impossible size of a record",
		320 + 8:                "impossible size of a record",
		320:                    "",
	} {
		data := append(bytes.Clone(whole), make([]byte, 4096)...)
		binary.NativeEndian.PutUint64(data[pmfile.UsedAt:], used)
		rewrite(t, path, data)
		if got := page(t, known); got != want {
			t.Errorf("%d bytes: what was known is\n%s", used, got)
		}
		fresh := newCollector(t, dir, multiprocess.CollectorOptions{})
		page(t, fresh)
		if reason != "" {
			selfSays(t, fresh, problem(path, reason), `files{state="damaged"} 1`)
		}
	}
	rewrite(t, path, append(whole, make([]byte, 4096)...))
	if got := page(t, known); got != want {
		t.Errorf("when it is right again:\n%s", got)
	}
	selfSays(t, known, `files{state="whole"} 2`, `files{state="damaged"} 0`)
}

// Files that are whole, but not for this reader.
func TestNativeForeignFiles(t *testing.T) {
	t.Parallel()
	swapped := pmfile.AppendHeader(nil, nativeHeader("1"), pmfile.FirstRecord)
	for i := 8; i < 248; i += 4 {
		binary.NativeEndian.PutUint32(swapped[i:], swap(binary.NativeEndian.Uint32(swapped[i:])))
	}
	with := func(change func(h *pmfile.Header)) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			h := nativeHeader("1")
			change(h)
			return putNative(t, dir, h, fragile)
		}
	}
	raw := func(data []byte) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			return putBytes(t, dir, pmfile.FileName(pmfile.RoleProcess, pmfile.NewID()), data)
		}
	}
	for reason, put := range map[string]func(t *testing.T, dir string) string{
		"written before the last reboot":           with(func(h *pmfile.Header) { h.Boot[3]++ }),
		"written in a newer version of the format": with(func(h *pmfile.Header) { h.Version = 2 }),
		"written in another byte order":            raw(swapped),
		"not a file of this format":                raw(append([]byte("SQLite format 3\x00"), make([]byte, 8192)...)),
		"shorter than its header":                  raw(nil),
		"header does not match its checksum":       raw(append([]byte("\x89PMF\r\n\x1a\n\x01\x00\x00\x00\r\f\v\n")[:12], append([]byte{0x0d, 0x0c, 0x0b, 0x0a}, make([]byte, 500)...)...)),
		"name is not that of a metrics file":       raw(pmfile.AppendHeader(nil, nativeHeader("1"), pmfile.FirstRecord)), // of another identity
		"name is not that of a metrics file (role)": func(t *testing.T, dir string) string {
			h := nativeHeader("1")
			b := pmfile.NewBuilder(h)
			fragile(b)
			return putBytes(t, dir, pmfile.FileName(pmfile.RolePublication, h.ID), b.Bytes())
		},
	} {
		dir := besideHealthy(t)
		path := put(t, dir)
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		for range 2 {
			if got := undated(t, c); got != "# healthy counter\n"+healthy {
				t.Errorf("%s: got\n%s", reason, got)
			}
			reason, _, _ := strings.Cut(reason, " (")
			selfSays(t, c, problem(path, reason), `files{state="whole"} 1`, `files{state="skipped"} 1`)
		}
	}
}

// A record that no reader of today knows is passed over if it may be, and else the
// end.
func TestNativeUnknownRecords(t *testing.T) {
	t.Parallel()
	for flags, want := range map[byte]string{1: "9\n", 0: ""} {
		dir := besideHealthy(t)
		path := putNative(t, dir, nativeHeader("1"), fragile)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		w := pmfile.NewWalker(data, len(data), 0, false)
		for r, ok := w.Next(); ok; r, ok = w.Next() {
			if r.Kind == pmfile.KindExemplar {
				data[r.Offset+4], data[r.Offset+5] = 99, flags
				seal(data, r.Offset)
			}
		}
		rewrite(t, path, data)
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		_, got, _ := strings.Cut(undated(t, c), "c_total{} ")
		if got, _, _ = strings.Cut(got, "#"); got != want {
			t.Errorf("flags %d: got %q", flags, got)
		}
		if flags == 0 {
			selfSays(t, c, problem(path, "record of an unknown kind"))
		}
	}
}

// Damage in an archive: what can be read of it counts, and the rest of the
// directory is not concerned.
func TestNativeDamagedArchive(t *testing.T) {
	t.Parallel()
	header := nativeHeader("")
	header.Role, header.Generation = pmfile.RoleArchive, 3
	b := pmfile.NewBuilder(header)
	a := b.Family(&pmfile.Family{Name: "a", Type: metric.TypeCounter})
	b.Series(a, nil, nil, []uint64{0, 1, 5, 0})
	end := len(b.Bytes())
	z := b.Family(&pmfile.Family{Name: "b", Type: metric.TypeCounter})
	b.Series(z, nil, nil, []uint64{0, 1, 6, 0})
	whole := b.Bytes()
	damagedRecord := bytes.Clone(whole)
	damagedRecord[end+20]++
	damagedHeader := bytes.Clone(whole)
	damagedHeader[30]++
	for name, tc := range map[string]struct {
		data []byte
		want []string
	}{
		"record": {damagedRecord, []string{`# a counter`, `a_total{} 5`}},
		"header": {damagedHeader, nil},
		"cut":    {whole[:100], nil},
		"empty":  {nil, nil},
		"text":   {[]byte(strings.Repeat("text", 300)), nil},
	} {
		dir := besideHealthy(t)
		path := putBytes(t, dir, pmfile.ArchiveName, tc.data)
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		for range 2 {
			got, err := tryPage(c)
			if want := lines(append(tc.want, `# healthy counter`, `healthy_total{} 4`)...); withoutStarts(got) != want || err != nil {
				t.Errorf("%s: got %v\n%s", name, err, got)
			}
			if !strings.Contains(page(t, c.SelfMetrics()), `file_problem{file="`+path) {
				t.Errorf("%s: not named", name)
			}
		}
	}
}

// An archive that is something else entirely.
func TestNativeStrangeArchive(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(path string) error{
		"directory":     func(path string) error { return os.Mkdir(path, 0o700) },
		"symbolic link": func(path string) error { return os.Symlink("nowhere", path) },
	} {
		for _, base := range []string{pmfile.ArchiveName, "counter_polymeter-archive.db"} {
			dir := besideHealthy(t)
			path := filepath.Join(dir, base)
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			c := newCollector(t, dir, multiprocess.CollectorOptions{})
			got, err := tryPage(c)
			if withoutStarts(got) != "# healthy counter\n"+healthy || err != nil {
				t.Errorf("%s %s: got %v\n%s", base, name, err, got)
			}
			selfSays(t, c, problem(path, "not a regular file"))
		}
	}
}
