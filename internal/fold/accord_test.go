package fold_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// accord folds the file of a process that has ended beside a healthy one, and
// checks that readers make of the archive what they made of the files. A file
// that cannot be folded stays, and harms nobody.
func accord(t *testing.T, d *dead, data []byte) (folded bool) {
	t.Helper()
	dir := t.TempDir()
	healthy := newDead("healthy")
	healthy.counter("/healthy", 3, 0)
	healthy.in(t, dir)
	write(t, dir, d.name(), data)
	before, complaints := page(t, dir)
	run(t, dir, fold.Options{})
	folded = !slices.Contains(list(t, dir), d.name())
	if folded != (complaints == "") {
		t.Errorf("folded is %v of a file about which readers say\n%s", folded, complaints)
	}
	after, complaints := page(t, dir)
	if strings.Contains(complaints, pmfile.ArchiveName) || folded && complaints != "" {
		t.Errorf("of the archive readers say\n%s", complaints)
	}
	if !slices.Equal(before, after) {
		t.Errorf("the page was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	return folded
}

// Odd records are either damage to both sides or to none.
func TestAccordWithReaders(t *testing.T) {
	t.Parallel()
	needFolding(t)
	counter := func(d *dead) int64 { return d.counter("/odd", 1, 0.5) }
	histogram := func(d *dead) int64 {
		d.histogram([2]uint64{1, 2}, 0.5, 0, "trace")
		return int64(lastRecord(d.Bytes(), pmfile.KindSeries).Offset)
	}
	gauge := func(d *dead) int64 {
		family := d.Family(&pmfile.Family{Name: "g", Type: metric.TypeGauge, Mode: metric.GaugeMin})
		return d.Series(family, nil, nil, []uint64{0, 0, math.Float64bits(2), 0})
	}
	chunk := func(number int32) func(*dead, int64) {
		return func(d *dead, series int64) { d.Chunk(series, 3, number, false, &[pmfile.ChunkCells]uint64{5}) }
	}
	tests := []struct {
		name   string
		series func(d *dead) int64
		odd    func(d *dead, series int64)
		folded bool
	}{
		{"addends of a counter", counter, func(d *dead, s int64) { d.Addends(s, []float64{0.25}) }, true},
		{"addends of a gauge that does not add up", gauge, func(d *dead, s int64) { d.Addends(s, []float64{0.25}) }, false},
		{"chunk", histogram, chunk(-500), true},
		{"chunk beyond all numbers", histogram, chunk(1 << 20), false},
		{"chunk below all numbers", histogram, chunk(-1 << 20), false},
		{"chunk of a counter", counter, chunk(0), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDead("odd")
			test.odd(d, test.series(d))
			d.counter("/behind", 1, 0)
			if folded := accord(t, d, d.Bytes()); folded != test.folded {
				t.Errorf("folded is %v", folded)
			}
		})
	}
}

// lastRecord returns the last record of a kind.
func lastRecord(data []byte, kind pmfile.Kind) (last pmfile.Record) {
	walker := pmfile.NewWalker(data, len(data), 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		if r.Kind == kind {
			last = r
		}
	}
	return last
}

// An exemplar that has less room than it says is damage to both.
func TestExemplarWithoutItsRoom(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, lie := range []int{0, 8, 1 << 20} {
		d := newDead("odd")
		d.histogram([2]uint64{1, 2}, 0.5, 0, "trace")
		data := d.Bytes()
		r := lastRecord(data, pmfile.KindExemplar)
		parsed, ok := pmfile.ParseExemplar(r.Payload)
		if !ok {
			t.Fatal("there is no exemplar")
		}
		copy(r.Payload, pmfile.AppendExemplar(nil, int64(parsed.Series), parsed.Slot, parsed.Capacity+lie))
		fold.Sign(data)
		if folded := accord(t, d, data); folded != (lie == 0) {
			t.Errorf("with %d bytes more than there are, folded is %v", lie, folded)
		}
	}
}

// FuzzAccord folds any records: what that takes, readers take as well.
func FuzzAccord(f *testing.F) {
	seed := fold.Seed(f)
	f.Add(seed[pmfile.FirstRecord:])
	far := pmfile.NewBuilder(&pmfile.Header{Role: pmfile.RoleProcess})
	family := far.Family(&pmfile.Family{Name: "h", Type: metric.TypeHistogram, Native: true})
	series := far.Series(family, nil, nil, []uint64{0, 0, 0, 0, 0})
	far.Chunk(series, 0, 1<<30, false, &[pmfile.ChunkCells]uint64{1})
	f.Add(far.Bytes()[pmfile.FirstRecord:])
	f.Fuzz(func(t *testing.T, records []byte) {
		needFolding(t)
		dir := t.TempDir()
		d := newDead("odd")
		data := pmfile.AppendHeader(nil, &d.header, pmfile.FirstRecord+len(records)&^7)
		data = append(data, records...)
		fold.Sign(data)
		write(t, dir, d.name(), data)
		_, complaints := page(t, dir)
		run(t, dir, fold.Options{})
		if _, err := os.Stat(filepath.Join(dir, d.name())); err == nil {
			return
		}
		if strings.Contains(complaints, "damage") {
			t.Errorf("a file is folded about which readers say\n%s", complaints)
		}
		if _, complaints = page(t, dir); strings.Contains(complaints, "damage") {
			t.Errorf("of the archive readers say\n%s", complaints)
		}
	})
}
