package fold

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"testing"
	"time"

	"polymeter.dev/internal/exact"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// FuzzContent folds any records, whose checksums are made right, which mere
// chance hardly finds. What comes out is an archive that can be read.
func FuzzContent(f *testing.F) {
	for _, changing := range []bool{false, true} {
		f.Add(seed(f)[pmfile.FirstRecord:], changing, false)
		f.Add(seed(f)[pmfile.FirstRecord:], changing, true)
	}
	f.Fuzz(func(t *testing.T, records []byte, changing, archive bool) {
		data := pmfile.AppendHeader(nil, &pmfile.Header{Role: pmfile.RoleProcess, Identifier: "1"}, pmfile.FirstRecord+len(records)&^7)
		data = append(data, records...)
		if changing {
			binary.NativeEndian.PutUint64(data[pmfile.ChangesAt:], 1)
		}
		sign(data)
		totals := newTotals(time.Unix(1000, 0), time.Minute)
		for range 2 {
			totals.add(parse(data, false), source{archive, "1"})
		}
		totals.prune()
		encoded, err := totals.encode(&pmfile.Header{Role: pmfile.RoleArchive}, []string{"w"})
		if err != nil {
			t.Fatal(err)
		}
		again := parse(encoded, false)
		if again.damage != nil {
			t.Fatalf("what was folded is damaged: %v", again.damage)
		}
		reread := newTotals(time.Unix(1000, 0), time.Minute)
		reread.add(again, source{archive: true})
		reread.prune()
		compareTotals(t, totals, reread)
	})
}

// compareTotals checks that an archive says what it was made of, to the last bit.
func compareTotals(t *testing.T, want, got *totals) {
	t.Helper()
	families := slices.DeleteFunc(want.families, func(f *family) bool { return len(f.series) == 0 })
	if len(got.families) != len(families) {
		t.Fatalf("there are %d families, want %d", len(got.families), len(families))
	}
	for i, f := range families {
		for j, w := range f.series {
			g := got.families[i].series[j]
			difference := new(exact.Sum)
			difference.Merge((&familyWriter{family: f}).sum(w))
			for _, part := range g.sum.Parts() {
				difference.Add(-part)
			}
			if v := difference.Value(); v != 0 && v == v || g.counts.len() != w.counts.len() || len(g.exemplars) != len(w.exemplars) {
				t.Fatalf("series %d of family %d is %+v, want %+v", j, i, g, w)
			}
			for k := range w.counts.len() {
				for layer := range w.counts.layers() {
					if g.counts.word(k, layer) != w.counts.word(k, layer) {
						t.Fatalf("count %d of series %d of family %d is %+v, want %+v", k, j, i, g, w)
					}
				}
			}
		}
	}
}

// sign makes the checksums of records right, as far as there are records.
func sign(data []byte) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for at := pmfile.FirstRecord; at+16 <= len(data); {
		size, length := binary.NativeEndian.Uint32(data[at:]), binary.NativeEndian.Uint32(data[at+8:])
		if size < 16 || int64(at)+int64(size) > int64(len(data)) || int64(length) > int64(size)-16 {
			return
		}
		sum := crc32.Update(crc32.Checksum(data[at:at+12], table), table, data[at+16:at+16+int(length)])
		binary.NativeEndian.PutUint32(data[at+12:], sum)
		at += int(size)
	}
}

// seed has a record of each kind.
func seed(f testing.TB) []byte {
	b := pmfile.NewBuilder(&pmfile.Header{Role: pmfile.RoleProcess})
	counter := b.Family(&pmfile.Family{Name: "a", Type: metric.TypeCounter, LabelNames: []string{"l"}})
	series := b.Series(counter, []string{"x"}, nil, []uint64{0, 1, 2, math.Float64bits(0.5)})
	b.Addends(series, []float64{1e-20, 1e20})
	b.Series(counter, []string{"y"}, nil, []uint64{999e9, 1, 2, 0})
	histogram := b.Family(&pmfile.Family{Name: "h", Type: metric.TypeHistogram, Native: true, FloatCounts: true, Bounds: []float64{metric.Inf()}})
	series = b.Series(histogram, nil, nil, []uint64{1, 500e9, math.Float64bits(0.1), 0, 0, 0})
	b.Chunk(series, 3, -7, true, &[pmfile.ChunkCells]uint64{math.Float64bits(0.3)})
	labels, err := metric.MakeLabels([]string{"t"}, []string{"x"})
	if err != nil {
		f.Fatal(err)
	}
	b.Exemplar(series, 3, &metric.Exemplar{Labels: labels, Value: 1})
	for mode := metric.GaugeAll; mode.Valid(); mode++ {
		gauge := b.Family(&pmfile.Family{Name: "g", Type: metric.TypeGauge, Mode: mode})
		b.Series(gauge, nil, []pmfile.Label{{Name: "pid", Value: "1"}}, []uint64{0, 0, math.Float64bits(0.1), 1000e9})
	}
	b.Absorbed([]string{"w-1"})
	return b.Bytes()
}
