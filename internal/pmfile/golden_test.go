package pmfile_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	requests = &pmfile.Family{
		Name: "requests", Help: "Requests – served.", Type: metric.TypeCounter, LabelNames: []string{"path", "code"},
	}
	latency = &pmfile.Family{
		Name: "latency_seconds", Unit: "seconds", Type: metric.TypeHistogram, Bounds: []float64{0.5, math.Inf(1)},
		Native: true, ZeroThreshold: 1e-9,
	}
	queue = &pmfile.Family{Name: "queue", Type: metric.TypeGauge, Mode: metric.GaugeLiveSum, FloatCounts: true}
	state = &pmfile.Family{Name: "state", Type: metric.TypeStateSet, States: []string{"on", "off"}}
	trace = metric.Exemplar{
		Labels: metric.MustLabels("trace_id", "abc"), Value: 0.25, Timestamp: metric.NewTimestamp(1_700_000_000, 5),
	}
	header = pmfile.Header{
		Version: pmfile.Version, Role: pmfile.RoleProcess, ID: pmfile.ID{0: 0xAB, 15: 1}, Boot: [16]byte{3, 15: 4},
		Created: 1_700_000_000_000_000_000, PID: 4711, Identifier: "worker-1",
	}
)

// build makes a file that has everything.
func build() []byte {
	h := header
	h.Role, h.Generation = pmfile.RoleArchive, 7
	b := pmfile.NewBuilder(&h)
	f := b.Family(requests)
	s := b.Series(f, []string{"/", "200"}, nil, []uint64{0, 1_600_000_000_000_000_000, 12, math.Float64bits(0.5)})
	b.Addends(s, []float64{0.5, 1e-20, -1e-40})
	b.Series(f, []string{"/é", ""}, []pmfile.Label{{Name: "pid", Value: "7"}}, []uint64{1, 5, 1, 0})
	f = b.Family(latency)
	s = b.Series(f, nil, nil, []uint64{0, 0, 3, 4, math.Float64bits(9), 1, 2})
	b.Chunk(s, 3, -2, true, &[16]uint64{0: 1, 15: 2})
	b.Exemplar(s, 2, &trace)
	b.Exemplar(s, 3, &metric.Exemplar{Value: math.Inf(-1)})
	f = b.Family(queue)
	b.Series(f, nil, nil, []uint64{1_650_000_000_000_000_000, 0, math.Float64bits(3), 0})
	b.Series(b.Family(state), nil, nil, []uint64{0, 0, 1})
	b.Absorbed([]string{"w-00.pm", "counter_\xff.db", ""})
	return b.Bytes()
}

// write makes a file with a writer: records of all kinds that it writes, a
// series deleted, another one reset.
func write(t testing.TB) []byte {
	t.Helper()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	f, first, err := w.AddFirst(requests, []string{"/", "200"}, nil, 99)
	check(t, err)
	first.Words[2].Store(12)
	second, err := w.AddSeries(f, []string{"/é", ""}, []pmfile.Label{{Name: "more", Value: "7"}}, 100)
	check(t, err)
	w.Delete(second.Offset, 101)
	f, err = w.AddFamily(latency)
	check(t, err)
	s, err := w.AddSeries(f, nil, nil, 0)
	check(t, err)
	chunk, err := w.AddChunk(s.Offset, 3, -2, true)
	check(t, err)
	chunk[15].Store(2)
	exemplar, err := w.AddExemplar(s.Offset, 2, 20)
	check(t, err)
	exemplar.Store(&trace)
	_, err = w.AddExemplar(s.Offset, 3, 0)
	check(t, err)
	w.Reset(s.Offset, 102)
	return published(t, memory, w)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create makes a file in the directory /m.
func create(t testing.TB, kernel mapped.Kernel, o pmfile.WriterOptions) *pmfile.Writer {
	t.Helper()
	dir, err := mapped.OpenDirectory(kernel, "/m")
	check(t, err)
	defer dir.Close()
	w, err := pmfile.Create(dir, &header, 0o600, o)
	check(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

// published returns the part of a writer's file that is published.
func published(t testing.TB, memory *mappedtest.Memory, w *pmfile.Writer) []byte {
	t.Helper()
	data, err := memory.ReadFile("/m/" + w.Name())
	check(t, err)
	if used := word(data, pmfile.UsedAt); int64(used) != w.Used() || int64(len(data)) != w.Size() {
		t.Fatalf("%d bytes, of which %d are published; the writer says %d and %d", len(data), used, w.Size(), w.Used())
	}
	return data[:w.Used()]
}

// TestGolden sees to it that the format does not change unnoticed: whoever
// changes these files changes the version of the format.
func TestGolden(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the files are little-endian")
	}
	for name, data := range map[string][]byte{"built.pm": build(), "written.pm": write(t)} {
		path := filepath.Join("testdata", name)
		if *update {
			check(t, os.WriteFile(path, data, 0o600))
		}
		want, err := os.ReadFile(path)
		check(t, err)
		if !bytes.Equal(want, data) {
			t.Errorf("%s: want (-) and got (+) differ:\n%s", name,
				cmp.Diff(strings.Split(hex.Dump(want), "\n"), strings.Split(hex.Dump(data), "\n")))
		}
	}
}

// TestLayout compares a file with the specification, by hand.
func TestLayout(t *testing.T) {
	t.Parallel()
	data := build()
	for _, field := range []struct {
		offset int
		want   string
	}{
		{0, "\x89PMF\r\n\x1a\n"},
		{16, "\x03\x00\x00\x00\x00\x00\x00\x00"},
		{24, "\xab" + strings.Repeat("\x00", 14) + "\x01"},
		{40, "\x03" + strings.Repeat("\x00", 14) + "\x04"},
		{84, "worker-1\x00"},
		{324, "\x01\x00\x00\x00"}, // kind of the first record
	} {
		if got := string(data[field.offset : field.offset+len(field.want)]); got != field.want {
			t.Errorf("at %d: %q, want %q", field.offset, got, field.want)
		}
	}
	for _, number := range []struct {
		offset int
		want   uint32
	}{{8, 1}, {12, 0x0A0B0C0D}, {80, 8}, {340, 2}, {344, 0}, {360, 8}} {
		if got := binary.NativeEndian.Uint32(data[number.offset:]); got != number.want {
			t.Errorf("at %d: %d, want %d", number.offset, got, number.want)
		}
	}
	for offset, want := range map[int]uint64{
		56: 1_700_000_000_000_000_000, 64: 4711, 72: 7, 248: 0, 256: uint64(len(data)), 264: 0,
	} {
		if got := word(data, offset); got != want {
			t.Errorf("at %d: %d, want %d", offset, got, want)
		}
	}
}
