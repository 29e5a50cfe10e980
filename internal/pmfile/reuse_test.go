package pmfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

func TestReuse(t *testing.T) {
	t.Parallel()
	var c clock
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, c.options())
	f, a, err := w.AddFirst(requests, []string{"aaaa", "200"}, nil, 0)
	check(t, err)
	a.Words[2].Store(1000)
	a.Words[3].Store(2000)
	addSeries(t, w, f, "b")
	w.Delete(a.Offset, 1234)
	c.pass(time.Minute - 1)
	if early := addSeries(t, w, f, "early"); early.Offset < a.Offset+1 || word(published(t, memory, w), pmfile.ChangesAt) != 2 {
		t.Errorf("the room was used again before a minute, at %d", early.Offset)
	}
	c.pass(1)
	used := w.Used()
	again, err := w.AddSeries(f, []string{"late", "503"}, nil, 77)
	check(t, err)
	if again.Offset != a.Offset || w.Used() != used {
		t.Errorf("the room was not used again: %d, up to %d", again.Offset, w.Used())
	}
	data := published(t, memory, w)
	found := series(t, data)
	if late := found["late"].Cells; late[0] != 0 || late[1] != 77 || late[2] != 0 || late[3] != 0 || len(found) != 3 {
		t.Errorf("there are %v", found)
	}
	if word(data, pmfile.ChangesAt) != 6 {
		t.Errorf("the changes are %d", word(data, pmfile.ChangesAt))
	}
}

// TestReuseShorter puts series with shorter and with longer values into the
// room of others: their cells are where others' payloads were, and the other
// way round.
func TestReuseShorter(t *testing.T) {
	t.Parallel()
	var c clock
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, c.options())
	f, last, err := w.AddFirst(requests, []string{strings.Repeat("x", 100), ""}, nil, 0)
	check(t, err)
	for length := 60; length <= 140; length++ {
		for i := range last.Words[2:] {
			last.Words[2+i].Store(^uint64(0))
		}
		w.Delete(last.Offset, 99)
		c.pass(2 * time.Minute)
		name := strings.Repeat("y", length)
		last = addSeries(t, w, f, name)
		found := series(t, published(t, memory, w))
		if cells := found[name].Cells; len(found) != 1 || cells[0] != 0 || cells[1] != 99 || cells[2] != 0 || cells[3] != 0 {
			t.Fatalf("after one of %d bytes there are %v", length, found)
		}
	}
	if w.Used() > 1500 {
		t.Errorf("%d bytes are in use", w.Used())
	}
}

// TestReuseOfParts deletes series with chunks and exemplars, which must not be
// found to belong to another.
func TestReuseOfParts(t *testing.T) {
	t.Parallel()
	var c clock
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, c.options())
	family := *latency
	family.LabelNames = []string{"i"}
	f, err := w.AddFamily(&family)
	check(t, err)
	add := func(i, parts int) int64 {
		s, err := w.AddSeries(f, []string{fmt.Sprint(i)}, nil, 0)
		check(t, err)
		for part := range parts {
			addChunk(t, w, s.Offset, int32(part))
			cells, err := w.AddExemplar(s.Offset, uint32(part), 24)
			check(t, err)
			if !cells.Store(&metric.Exemplar{Value: float64(i)}) {
				t.Error("an exemplar does not fit")
			}
		}
		return s.Offset
	}
	full := int64(0)
	for i := range 200 {
		parts := i % 4
		offset := add(i, parts)
		data := published(t, memory, w)
		found := 0
		for _, e := range mustDecode(t, data).Entries {
			switch what := e.What.(type) {
			case pmfile.Chunk:
				found += ifEqual(int64(what.Series), offset)
			case pmfile.ExemplarRecord:
				found += ifEqual(int64(what.Series), offset)
				if int64(what.Series) == offset && e.Exemplar.Value != float64(i) {
					t.Fatalf("series %d has the exemplar %v", i, e.Exemplar)
				}
			}
		}
		if found != 2*parts || len(series(t, data)) != 1 {
			t.Fatalf("series %d has %d parts, want %d", i, found, 2*parts)
		}
		w.Delete(offset, 99)
		c.pass(2 * time.Minute)
		if i == 99 {
			full = w.Used()
		}
	}
	if w.Used() != full {
		t.Errorf("the file went on growing from %d to %d bytes", full, w.Used())
	}
}

func ifEqual(a, b int64) int {
	if a == b {
		return 1
	}
	return 0
}

// TestReuseBehind has room before a family that is declared later: its series
// must not get it, as a reader knows families only from there on.
func TestReuseBehind(t *testing.T) {
	t.Parallel()
	var c clock
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, c.options())
	f, a, err := w.AddFirst(requests, []string{"a", ""}, nil, 0)
	check(t, err)
	w.Delete(a.Offset, 99)
	c.pass(time.Hour)
	later, err := w.AddFamily(requests)
	check(t, err)
	if s := addSeries(t, w, later, "b"); s.Offset < later {
		t.Errorf("a series at %d is before its family at %d", s.Offset, later)
	}
	if s := addSeries(t, w, f, "c"); s.Offset != a.Offset {
		t.Errorf("the room at %d is not used again, but %d", a.Offset, s.Offset)
	}
	mustDecode(t, published(t, memory, w))
}

// TestChurn replaces series for ever: the file must not grow for ever.
func TestChurn(t *testing.T) {
	t.Parallel()
	var c clock
	memory := mappedtest.NewMemory("/m")
	w := create(t, memory, c.options())
	f, err := w.AddFamily(requests)
	check(t, err)
	var live []pmfile.SeriesCells
	for i := range 3000 {
		live = append(live, addSeries(t, w, f, fmt.Sprint(i)))
		if len(live) > 50 {
			w.Delete(live[0].Offset, int64(i+2))
			live = live[1:]
		}
		c.pass(time.Second)
	}
	if found := series(t, published(t, memory, w)); len(found) != 50 {
		t.Errorf("%d series", len(found))
	}
	// 50 series count, 60 wait for their minute.
	if w.Used() > 16<<10 {
		t.Errorf("%d bytes are in use", w.Used())
	}
}
