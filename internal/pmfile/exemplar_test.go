package pmfile_test

import (
	"encoding/binary"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

func drawExemplar(t *rapid.T) *metric.Exemplar {
	labels, err := metric.LabelsFromMap(rapid.MapOfN(rapid.StringN(1, -1, -1), rapid.String(), 0, 4).Draw(t, "labels"))
	if err != nil {
		t.Fatal(err)
	}
	e := &metric.Exemplar{Labels: labels, Value: rapid.Float64().Draw(t, "value")}
	if rapid.Bool().Draw(t, "timed") {
		e.Timestamp = metric.NewTimestamp(0, rapid.Int64Range(1, 1<<62).Draw(t, "time"))
	}
	return e
}

// exemplarsOf returns the exemplars that can be read in a file.
func exemplarsOf(t testing.TB, data []byte) []metric.Exemplar {
	t.Helper()
	var found []metric.Exemplar
	for _, e := range mustDecode(t, data).Entries {
		if e.Exemplar != nil {
			found = append(found, *e.Exemplar)
		}
	}
	return found
}

func TestExemplarComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := drawExemplar(rt)
		b := pmfile.NewBuilder(&header)
		s := b.Series(b.Family(latency), nil, nil, make([]uint64, 7))
		b.Exemplar(s, 0, want)
		if got := exemplarsOf(t, b.Bytes()); len(got) != 1 || got[0] != *want {
			rt.Fatalf("%+v came back as %+v", want, got)
		}
	})
}

func TestExemplarCells(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, pmfile.WriterOptions{})
	_, s, err := w.AddFirst(latency, nil, nil, 0)
	check(t, err)
	size := pmfile.ExemplarSize(&trace)
	cells, err := w.AddExemplar(s.Offset, 1, size)
	check(t, err)
	if got := exemplarsOf(t, published(t, memory, w)); len(got) != 0 {
		t.Errorf("before there is one: %v", got)
	}
	if !cells.Store(&trace) || cells.Capacity() < size || cells.Capacity() >= size+8 {
		t.Errorf("no room for %d bytes in %d", size, cells.Capacity())
	}
	long := metric.Exemplar{Labels: metric.MustLabels("trace_id", strings.Repeat("x", 16)), Value: 7}
	if cells.Store(&long) {
		t.Error("a longer one fits")
	}
	if got := exemplarsOf(t, published(t, memory, w)); len(got) != 1 || got[0] != trace {
		t.Errorf("found %v", got)
	}
	for _, timestamp := range []metric.Timestamp{
		metric.NewTimestamp(1<<40, 0), metric.NewTimestamp(-1<<40, 0), metric.NewTimestamp(math.MaxInt64, 0), {},
	} {
		short := metric.Exemplar{Value: 1, Timestamp: timestamp}
		cells.Store(&short)
		short.Timestamp = metric.Timestamp{}
		if got := exemplarsOf(t, published(t, memory, w)); len(got) != 1 || got[0] != short {
			t.Errorf("found %v, want one without time", got)
		}
	}
	cells.Clear()
	if got := exemplarsOf(t, published(t, memory, w)); len(got) != 0 {
		t.Errorf("after it was taken back: %v", got)
	}
	cells.Store(&trace)
	if got := exemplarsOf(t, published(t, memory, w)); len(got) != 1 || got[0] != trace {
		t.Errorf("stored again: %v", got)
	}
	for _, capacity := range []int{-1, math.MaxInt32} {
		if _, err := w.AddExemplar(s.Offset, 2, capacity); err == nil {
			t.Errorf("room for %d bytes", capacity)
		}
	}
}

// TestExemplarsStoredAtOnce stores exemplars whose labels say their value, and
// reads them meanwhile.
func TestExemplarsStoredAtOnce(t *testing.T) {
	t.Parallel()
	w := create(t, mappedtest.NewMemory("/m"), pmfile.WriterOptions{})
	_, s, err := w.AddFirst(latency, nil, nil, 0)
	check(t, err)
	cells, err := w.AddExemplar(s.Offset, 1, 1000)
	check(t, err)
	exemplars := make([]metric.Exemplar, 8)
	for i := range exemplars {
		exemplars[i].Value = float64(i)
		exemplars[i].Labels = metric.MustLabels("v", strings.Repeat(string(rune('a'+i)), 100*i))
	}
	var writers sync.WaitGroup
	for i := range exemplars {
		writers.Go(func() {
			for range 500 {
				cells.Store(&exemplars[i])
			}
		})
	}
	words := pmfile.Words(cells)
	load := func(offset int) uint64 { return words[offset/8].Load() }
	for range 2000 {
		if got, ok := pmfile.ReadExemplar(load, 0, len(words)); ok && got != exemplars[int(got.Value)] {
			t.Errorf("read %v", got)
		}
	}
	writers.Wait()
	if _, ok := pmfile.ReadExemplar(load, 0, len(words)); !ok {
		t.Error("nothing is there in the end")
	}
}

func TestExemplarIsRefused(t *testing.T) {
	t.Parallel()
	text := func(parts ...string) (words []uint64) {
		var b []byte
		for _, p := range parts {
			b = append(binary.NativeEndian.AppendUint32(b, uint32(len(p))), p...)
		}
		words = []uint64{2, 0, 0, uint64(len(b))}
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		for ; len(b) > 0; b = b[8:] {
			words = append(words, binary.NativeEndian.Uint64(b))
		}
		return words
	}
	change := func(words []uint64, i int, v uint64) []uint64 { words[i] = v; return words }
	for _, test := range []struct {
		name  string
		words []uint64
		ok    bool
	}{
		{"whole", text("a", "b", "c", "d"), true},
		{"no labels", text(), true},
		{"no room", text()[:3], false},
		{"never stored", change(text("a", "b"), 0, 0), false},
		{"being stored", change(text("a", "b"), 0, 3), false},
		{"too long", change(text("a", "b"), 3, 17), false},
		{"endless", change(text("a", "b"), 3, math.MaxUint64), false},
		{"cut", change(text("a", "b"), 3, 9), false},
		{"no value", text("a", "b", "c"), false},
		{"twice", text("a", "b", "a", "c"), false},
		{"no name", text("", "b"), false},
		{"not UTF-8", text("a", "\xff"), false},
	} {
		load := func(offset int) uint64 { return test.words[(offset-800)/8] }
		if _, ok := pmfile.ReadExemplar(load, 800, len(test.words)); ok != test.ok {
			t.Errorf("%s: read is %v", test.name, ok)
		}
	}
	// The sequence moves on while the rest is read.
	words := make([]atomic.Uint64, 4)
	words[0].Store(2)
	load := func(offset int) uint64 {
		if offset > 0 {
			words[0].Store(4)
		}
		return words[offset/8].Load()
	}
	if _, ok := pmfile.ReadExemplar(load, 0, 4); ok {
		t.Error("read while it changes")
	}
}
