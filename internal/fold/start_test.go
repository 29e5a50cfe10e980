package fold_test

import (
	"math"
	"testing"
	"time"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// record is what a test puts into a file, or finds in an archive.
type record struct{ state, start, count uint64 }

// merged is what a reader makes of records of one series.
func merged(records []record) (start, count uint64) {
	var floor uint64
	for _, r := range records {
		switch {
		case r.state > 1:
			floor = max(floor, r.state)
			continue
		case r.state == 1:
			floor = max(floor, r.start)
		}
		count += r.count
		if r.start > 0 && (start == 0 || r.start < start) {
			start = r.start
		}
	}
	if start > 0 {
		start = max(start, floor)
	}
	return start, count
}

func recordsOf(t *testing.T, dir string) []record {
	t.Helper()
	a := loadArchive(t, dir)
	var found []record
	walker := pmfile.NewWalker(a.data, len(a.data), 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind == pmfile.KindSeries {
			word := (&content{a.data}).word
			found = append(found, record{word(r.Cells), word(r.Cells + 8), word(r.Cells + 16)})
		}
	}
	return found
}

func TestStartAndDeletion(t *testing.T) {
	t.Parallel()
	needFolding(t)
	now := uint64(time.Now().UnixNano())
	before := func(d time.Duration) uint64 { return now - uint64(d) }
	long, recent, last := before(5*time.Hour), before(5*time.Minute), before(time.Minute)
	tests := []struct {
		name     string
		files    [][]record // each is folded on its own
		expected []record   // nil when only what a reader makes of it matters
	}{
		{"earliest start", [][]record{{{0, recent, 1}}, {{0, long, 2}}, {{0, last, 4}}}, []record{{0, long, 7}}},
		{"unknown start", [][]record{{{0, 0, 1}}, {{0, 0, 2}}}, []record{{0, 0, 3}}},
		{"one start unknown", [][]record{{{0, 0, 1}}, {{0, last, 2}}}, []record{{0, last, 3}}},
		{"deleted", [][]record{{{recent, long, 100}}}, []record{{recent, 0, 0}}},
		{"deleted twice", [][]record{{{recent, long, 100}}, {{last, long, 100}, {recent, 0, 7}}}, []record{{last, 0, 0}}},
		{"deleted elsewhere", [][]record{{{0, long, 1}}, {{recent, long, 100}}}, []record{{1, recent, 1}}},
		{"made again", [][]record{{{recent, long, 100}, {0, last, 1}}}, nil},
		{"reset", [][]record{{{1, recent, 1}}, {{0, long, 2}}}, []record{{1, recent, 3}}},
		{"reset after all", [][]record{{{0, long, 2}}, {{1, last, 1}}}, []record{{1, last, 3}}},
		{"deleted, start unknown", [][]record{{{recent, long, 100}}, {{0, 0, 1}}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var all []record
			for _, records := range test.files {
				d := newDead("1")
				family := d.Family(&pmfile.Family{Name: "a", Type: metric.TypeCounter})
				for _, r := range records {
					d.Series(family, nil, nil, []uint64{r.state, r.start, r.count, 0})
				}
				d.in(t, dir)
				run(t, dir, fold.Options{})
				all = append(all, records...)
			}
			got := recordsOf(t, dir)
			start, count := merged(got)
			if wantStart, wantCount := merged(all); start != wantStart || count != wantCount {
				t.Errorf("the archive has %v, which is %d since %d, want %d since %d", got, count, start, wantCount, wantStart)
			}
			if test.expected != nil && (len(got) != len(test.expected) || got[0] != test.expected[0]) {
				t.Errorf("the archive has %v, want %v", got, test.expected)
			}
			// Living processes that began earlier are held to the floor as well.
			living := record{0, long, 50}
			start, _ = merged(append(got, living))
			if want, _ := merged(append(all, living)); start != want {
				t.Errorf("with a living process the start is %d, want %d", start, want)
			}
		})
	}
}

func TestDeletionIsForgotten(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := newDead("1")
	family := d.Family(&pmfile.Family{Name: "a", Type: metric.TypeCounter})
	d.Series(family, nil, nil, []uint64{uint64(time.Now().UnixNano()), 0, 5, 0})
	gauge := d.Family(&pmfile.Family{Name: "b", Type: metric.TypeGauge, Mode: metric.GaugeSum})
	d.Series(gauge, nil, nil, []uint64{uint64(time.Now().UnixNano()), 0, math.Float64bits(1), 0})
	d.in(t, dir)
	run(t, dir, fold.Options{})
	loadArchive(t, dir).wantSeries(t, "a[][]")
	run(t, dir, fold.Options{Now: clock(9 * time.Minute)})
	loadArchive(t, dir).wantSeries(t, "a[][]")
	run(t, dir, fold.Options{Now: clock(11 * time.Minute)})
	loadArchive(t, dir).wantSeries(t)
}

// Of the chunks and exemplars of a deleted series nothing is left.
func TestDeletedHistogram(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := newDead("1")
	d.histogram([2]uint64{1, 2}, 0.5, 0, "trace")
	data := d.Bytes()
	walker := pmfile.NewWalker(data, len(data), 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind == pmfile.KindSeries {
			put(data, r.Cells, uint64(time.Now().UnixNano()))
		}
	}
	write(t, dir, d.name(), data)
	run(t, dir, fold.Options{})
	a := loadArchive(t, dir)
	a.wantSeries(t, "latency[][]")
	walker = pmfile.NewWalker(a.data, len(a.data), 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind == pmfile.KindChunk || r.Kind == pmfile.KindExemplar {
			t.Errorf("the archive has a record of kind %d", r.Kind)
		}
	}
}

// A process that died while it deleted a series leaves records that are half
// done: they do not count, and the others do.
func TestDiedWhileChanging(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := newDead("1")
	d.counter("/gone", 1, 0)
	d.histogram([2]uint64{1, 2}, 0.5, 0, "trace")
	d.counter("/there", 1, 0)
	data := d.Bytes()
	put(data, pmfile.ChangesAt, 7)
	walker := pmfile.NewWalker(data, len(data), 0, false)
	series := 0
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind == pmfile.KindSeries {
			if series++; series < 3 {
				data[r.Offset+12] ^= 1
			}
		}
	}
	write(t, dir, d.name(), data)
	if result := run(t, dir, fold.Options{}); result.Native != 1 {
		t.Errorf("result is %+v", result)
	}
	loadArchive(t, dir).wantSeries(t, "requests[/there][]")
}

func TestNewestExemplar(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for _, at := range []uint64{2, 3, 1} { // is also the time of the exemplar
		d := newDead("1")
		d.histogram([2]uint64{at, 0}, float64(at), 0, "trace")
		d.in(t, dir)
		run(t, dir, fold.Options{})
	}
	a := loadArchive(t, dir)
	walker := pmfile.NewWalker(a.data, len(a.data), 0, false)
	found := 0
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind != pmfile.KindExemplar {
			continue
		}
		found++
		e, ok := pmfile.ReadExemplar((&content{a.data}).word, r.Cells, r.CellRoom())
		if !ok || e.Value != 3 || e.Labels.Text() != `trace="trace"` {
			t.Errorf("the exemplar is %v, %v", e, ok)
		}
	}
	if found != 1 {
		t.Errorf("there are %d exemplars, want the newest", found)
	}
}
