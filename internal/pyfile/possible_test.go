package pyfile_test

import (
	"math"
	"testing"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

func TestPossible(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		typ    metric.Type
		sample string
		counts bool
	}{
		{metric.TypeCounter, "a_total", true},
		{metric.TypeCounter, "a_sum", true},
		{metric.TypeSummary, "a_count", true},
		{metric.TypeSummary, "a_sum", false},
		{metric.TypeHistogram, "a_bucket", true},
		{metric.TypeHistogram, "a_count", true},
		{metric.TypeHistogram, "a_sum", false},
		{metric.TypeGauge, "a", false},
	} {
		if got := (pyfile.Name{Type: test.typ}).Counts(test.sample); got != test.counts {
			t.Errorf("%v %s: Counts() = %v", test.typ, test.sample, got)
		}
	}
	for seconds, want := range map[float64]float64{-5: 0, nan: 0, inf: 0, 1e10: 0, 0: 0, 0.5: 0.5, 1.7e9: 1.7e9} {
		if got := pyfile.PossibleTime(seconds); got != want {
			t.Errorf("the time %v is taken for %v, want %v", seconds, got, want)
		}
	}
}

// The beginning of a file tells its layout as the whole does.
func TestLayoutOf(t *testing.T) {
	t.Parallel()
	for _, layout := range []pyfile.Layout{pyfile.Newer, pyfile.Older} {
		var entries []pyfile.ArchiveEntry
		for i := range 50 {
			entries = append(entries, pyfile.ArchiveEntry{Key: archiveKey("a" + string(rune('a'+i)) + "_total"), Value: float64(i), Time: 1.7e9})
		}
		data, err := pyfile.AppendArchive(nil, layout, entries, &pyfile.Appendix{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(data) {
			got, sure := pyfile.LayoutOf(data[:n])
			if sure && n > 400 && got != layout || !sure && n > 100 {
				t.Errorf("%d bytes of a file in the layout %v tell %v, %v", n, layout, got, sure)
			}
		}
	}
	for _, nothing := range [][]byte{nil, {1}, make([]byte, 100), []byte("SQLite format 3\x00 and so on")} {
		if _, sure := pyfile.LayoutOf(nothing); sure {
			t.Errorf("%q has a layout", nothing)
		}
	}
}
