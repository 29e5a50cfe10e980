package pyfile_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

func archiveKey(sample string) string {
	return string(pyfile.AppendKey(nil, "a", sample, nil, "Help."))
}

// anArchive returns an archive of three entries, one of which is not exact.
func anArchive(t testing.TB, layout pyfile.Layout) []byte {
	t.Helper()
	data, err := pyfile.AppendArchive(nil, layout, []pyfile.ArchiveEntry{
		{Key: archiveKey("a_total"), Value: 5, Time: 7},
		{Key: archiveKey("b_total"), Value: 1e17, Parts: []float64{1e17, 0.5, -1e-17}},
		{Key: archiveKey("c_total"), Value: math.Inf(1)},
	}, &pyfile.Appendix{Generation: 3, Boot: [16]byte{1, 2, 3}, Created: 99, Absorbed: []string{"counter_1.db_X.db", "y"}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestArchive(t *testing.T) {
	t.Parallel()
	for _, layout := range []pyfile.Layout{pyfile.Newer, pyfile.Older} {
		data := anArchive(t, layout)
		a, damage := pyfile.DecodeArchive(data)
		if damage != nil {
			t.Fatal(damage)
		}
		if a.Layout != layout || !a.Sure || a.Generation != 3 || a.Boot != [16]byte{1, 2, 3} || a.Created != 99 ||
			!slices.Equal(a.Absorbed, []string{"counter_1.db_X.db", "y"}) {
			t.Errorf("%v: decoded %+v", layout, a)
		}
		var values []float64
		for i := range a.Rows {
			values = append(values, a.Rows[i].Value)
		}
		if !slices.Equal(values, []float64{5, 1e17, math.Inf(1)}) {
			t.Errorf("%v: the values are %v", layout, values)
		}
		sum := a.Rows[1].Sum
		sum.Add(-1e17)
		sum.Add(-0.5)
		if v := sum.Value(); v != -1e-17 {
			t.Errorf("%v: the sum differs by %v", layout, v)
		}
		if want := map[pyfile.Layout]float64{pyfile.Newer: 7}[layout]; a.Rows[0].Time != want {
			t.Errorf("%v: the time is %v, want %v", layout, a.Rows[0].Time, want)
		}
		// Others see an ordinary file.
		got, records, err := pyfile.Decode(data)
		if err != nil || got != layout || len(records) != 3 || records[1].Value != 1e17 {
			t.Errorf("%v: read as a file: %v, %v, %v", layout, got, records, err)
		}
	}
}

// An archive is appended to what is there.
func TestAppendArchive(t *testing.T) {
	t.Parallel()
	before := []byte("before")
	data, err := pyfile.AppendArchive(slices.Clone(before), pyfile.Newer, nil, &pyfile.Appendix{})
	if err != nil || !bytes.HasPrefix(data, before) {
		t.Fatalf("got %q, %v", data, err)
	}
	a, damage := pyfile.DecodeArchive(data[len(before):])
	if damage != nil || a.Sure || len(a.Rows) > 0 {
		t.Errorf("got %+v, %v", a, damage)
	}
}

// Every byte of an archive is under a checksum, and a cut is noticed wherever it
// is.
func TestArchiveDamage(t *testing.T) {
	t.Parallel()
	whole := anArchive(t, pyfile.Newer)
	for i := range whole {
		data := slices.Clone(whole)
		data[i] ^= 0x10
		if _, damage := pyfile.DecodeArchive(data); damage == nil {
			t.Errorf("a change of byte %d is not noticed", i)
		}
		if _, damage := pyfile.DecodeArchive(whole[:i]); damage == nil {
			t.Errorf("a cut at byte %d is not noticed", i)
		}
	}
	later := slices.Clone(whole)
	binary.NativeEndian.PutUint32(later[len(whole)-appendixSize(whole)+8:], 2)
	if _, damage := pyfile.DecodeArchive(later); damage == nil || damage.Reason != pyfile.ReasonVersion {
		t.Errorf("a later version is %v", damage)
	}
}

func appendixSize(data []byte) int { return len(data) - int(binary.NativeEndian.Uint32(data)) }

func TestSealed(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"counter_4711.db", "gauge_livesum_a-2.db", "histogram_x.db"} {
		name, ok := pyfile.ParseName(file)
		if !ok {
			t.Fatal(file)
		}
		sealed := name.Sealed()
		if !pyfile.IsSealed(sealed) || pyfile.IsSealed(file) || sealed == name.Sealed() {
			t.Errorf("the sealed name of %s is %s", file, sealed)
		}
		if again, ok := pyfile.ParseName(sealed); !ok || again != name {
			t.Errorf("%s is read as %+v, want %+v", sealed, again, name)
		}
		// The Python client splits the name at underscores, and takes the
		// extension off what is left in the place of the process.
		part := 1
		if name.Type == metric.TypeGauge {
			part = 2
		}
		if parts := strings.Split(sealed, "_"); strings.TrimSuffix(parts[part], ".db") != name.ID {
			t.Errorf("the Python client takes %s for a file of %s", sealed, parts[part])
		}
	}
	for _, other := range []string{
		"counter_1.db_x.db", "counter_1.db_LGYG3ZSYKVWPJ7ZGQSTKTXVTQA.txt", "LGYG3ZSYKVWPJ7ZGQSTKTXVTQA.db",
		"counter_1.db_LGYG3ZSYKVWPJ7ZGQSTKTXVTQA.db_LGYG3ZSYKVWPJ7ZGQSTKTXVTQA.db", "counter_1.db_lgyg3zsykvwpj7zgqstktxvtqa.db",
	} {
		if pyfile.IsSealed(other) {
			t.Errorf("%s counts as sealed", other)
		}
	}
}

func TestHasArchive(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		"counter_": true, "summary_": true, "histogram_": true,
		"gauge_min_": true, "gauge_max_": true, "gauge_sum_": true, "gauge_mostrecent_": true,
	}
	for _, typ := range []metric.Type{metric.TypeCounter, metric.TypeSummary, metric.TypeHistogram, metric.TypeGauge} {
		for mode := metric.GaugeAll; mode.Valid(); mode++ {
			name := pyfile.Name{Type: typ, Mode: mode}
			if got := name.HasArchive(); got != want[name.Prefix()] {
				t.Errorf("%s has an archive: %v", name.Prefix(), got)
			}
			if typ != metric.TypeGauge {
				break
			}
		}
	}
}
