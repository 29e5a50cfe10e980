package fold_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// deadPython writes files of two processes that have ended.
func deadPython(t *testing.T, dir string) {
	t.Helper()
	for i, pid := range []string{"11", "12"} {
		fraction := 0.1 + float64(i)*1e17
		write(t, dir, "counter_"+pid+".db", pyBytes(pyfile.Newer,
			entry{"a_total", 1, 0}, entry{"b_total", fraction, 0}))
		write(t, dir, "histogram_"+pid+".db", pyBytes(pyfile.Newer,
			entry{"h_sum", -fraction, 0}, entry{"h_bucket", 3, 0}))
		write(t, dir, "gauge_min_"+pid+".db", pyBytes(pyfile.Newer, entry{"m", float64(i), 0}))
		write(t, dir, "gauge_all_"+pid+".db", pyBytes(pyfile.Newer, entry{"all", float64(i), 0}))
		write(t, dir, "gauge_livesum_"+pid+".db", pyBytes(pyfile.Newer, entry{"live", float64(i), 0}))
	}
}

func TestPythonFold(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	deadPython(t, dir)
	write(t, dir, "counter_13.db", nil) // just made
	fd := openForWriting(t, dir, "counter_13.db")
	want := read(t, dir)
	delete(want, `gauge_livesum_["live", "live", {}, "Help."]`)

	result := run(t, dir, fold.Options{})
	if result.Sealed != 8 || result.Python != 0 || len(result.Skipped) > 0 {
		t.Errorf("result is %+v", result)
	}
	for _, name := range list(t, dir) {
		sealed := pyfile.IsSealed(name)
		parsed, _ := pyfile.ParseName(name)
		if public := parsed.ID != pyfile.ArchiveID && !sealed; public && !strings.HasPrefix(name, "gauge_all_") && name != "counter_13.db" {
			t.Errorf("%s has not been sealed", name)
		}
	}
	run(t, dir, fold.Options{}) // too early
	result = run(t, dir, later())
	if result.Python != 8 || len(result.Skipped) > 0 {
		t.Errorf("result is %+v", result)
	}
	archives := []string{
		"counter_polymeter-archive.db", "gauge_min_polymeter-archive.db", "histogram_polymeter-archive.db",
		"gauge_all_11.db", "gauge_all_12.db", "counter_13.db",
	}
	wantFiles(t, dir, archives...)
	wantTotals(t, dir, want)
	closeFile(t, fd)

	if got := pyArchive(t, dir, "counter_"); got.Generation != 1 || got.Boot != mapped.Boot() || got.Created == 0 {
		t.Errorf("the appendix is %+v", got.Appendix)
	}
	got := values(pyArchive(t, dir, "histogram_"))
	if want := map[string]float64{"h_sum": -1e17 - 0.2, "h_bucket": 6}; !maps.Equal(got, want) {
		t.Errorf("the histogram archive has %v, want %v", got, want)
	}
}

func TestPythonFoldIsExact(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	want := sums{}
	for i := range 30 {
		name, data := fmt.Sprintf("counter_%d.db", i), pyBytes(pyfile.Older, entry{"a_total", math.Ldexp(0.1, i*4%23), 0})
		write(t, dir, name, data)
		parsed, _ := pyfile.ParseName(name)
		want.readPython(parsed, data)
		if i%5 == 4 {
			fully(t, dir)
			wantFiles(t, dir, "counter_polymeter-archive.db")
			wantTotals(t, dir, want)
		}
	}
	a := pyArchive(t, dir, "counter_")
	if nearest, _ := want[`counter_["a", "a_total", {}, "Help."]`].total.Float64(); a.Rows[0].Value != nearest {
		t.Errorf("the Python client reads %v, want the nearest float, %v", a.Rows[0].Value, nearest)
	}
	if a.Layout != pyfile.Older {
		t.Errorf("the layout is %v, want that of the files", a.Layout)
	}
}

func TestPythonGauges(t *testing.T) {
	t.Parallel()
	needFolding(t)
	nan := math.NaN()
	tests := []struct {
		mode   string
		values []entry // one by one, each in a file
		want   entry
	}{
		{"min", []entry{{"g", nan, 5}, {"g", 2, 9}, {"g", 1, 7}, {"g", nan, 0}}, entry{"g", 1, 9}},
		{"max", []entry{{"g", nan, 5}, {"g", 2, 3}, {"g", 1, 7}}, entry{"g", 2, 7}},
		{"sum", []entry{{"g", -1, 5}, {"g", 3, 3}}, entry{"g", 2, 5}},
		{"sum", []entry{{"g", math.Inf(1), 5}, {"g", 3, 3}}, entry{"g", math.Inf(1), 5}},
		{"mostrecent", []entry{{"g", 1, 5}, {"g", 2, 9}, {"g", 3, 7}, {"g", 4, 9}}, entry{"g", 2, 9}},
		{"mostrecent", []entry{{"g", 1, 0}, {"g", 2, 0}}, entry{"g", 1, 0}},
		{"mostrecent", []entry{{"g", 1, nan}, {"g", 2, 5}, {"g", 3, 1e12}, {"g", 4, -8}}, entry{"g", 2, 5}},
		{"max", []entry{{"g", 1, nan}, {"g", 2, 5}, {"g", 3, 1e12}, {"g", 4, -8}}, entry{"g", 4, 5}},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			for _, together := range []bool{true, false} {
				dir := t.TempDir()
				for i, e := range test.values {
					write(t, dir, fmt.Sprintf("gauge_%s_%d.db", test.mode, i), pyBytes(pyfile.Newer, e))
					if !together {
						fully(t, dir)
					}
				}
				fully(t, dir)
				row := pyArchive(t, dir, "gauge_"+test.mode+"_").Rows[0]
				if got := (entry{"g", row.Value, row.Time}); got != test.want {
					t.Errorf("the archive has %v, want %v", got, test.want)
				}
			}
		})
	}
}

// A count that cannot be one is left out; the sum of observations may be anything.
func TestPythonOddValues(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for i, v := range []float64{1, math.NaN(), -5, 2} {
		write(t, dir, fmt.Sprintf("summary_%d.db", i), pyBytes(pyfile.Newer, entry{"s_count", v, 0}, entry{"s_sum", -v, 0}))
		write(t, dir, fmt.Sprintf("counter_%d.db", i), pyBytes(pyfile.Newer, entry{"c_total", v, 0}))
	}
	before, _ := page(t, dir)
	fully(t, dir)
	wantOnPage(t, dir, before...)
	if got := values(pyArchive(t, dir, "summary_")); got["s_count"] != 3 || got["s_sum"] == got["s_sum"] {
		t.Errorf("the archive has %v", got)
	}
	if got := values(pyArchive(t, dir, "counter_")); got["c_total"] != 3 {
		t.Errorf("the archive has %v", got)
	}
}

func TestPythonStrangeFiles(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	sealed := pyfile.Name{Type: 1, ID: "9"}.Sealed()
	damaged := pyBytes(pyfile.Newer, entry{"a_total", 1, 0})
	damaged[12] = '!'
	write(t, dir, sealed, damaged)
	write(t, dir, "counter_1.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	if err := os.Link(filepath.Join(dir, "counter_1.db"), filepath.Join(dir, "counter_2.db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("counter_1.db", filepath.Join(dir, "counter_3.db")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "counter_1.db_copy.db", nil)
	write(t, dir, "notes.txt", nil)
	write(t, dir, "gauge_other_1.db", nil)
	before := list(t, dir)
	var result fold.Result
	for range 3 {
		result = run(t, dir, later())
	}
	for name, want := range map[string]error{
		"counter_1.db": fold.ErrLinked, "counter_2.db": fold.ErrLinked, "counter_3.db": mapped.ErrNotRegular,
	} {
		if err := skipped(t, result, name); !errors.Is(err, want) {
			t.Errorf("%s was skipped because %v, want %v", name, err, want)
		}
	}
	wantDamage(t, skipped(t, result, sealed), "key is not a JSON array [family, sample, {labels}, help]")
	for _, name := range before {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil && name != "counter_1.db_copy.db" {
			t.Error(err)
		}
	}
}

// An archive of native files is nothing to those of the Python client.
func TestBothFormats(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	deadPython(t, dir)
	twoDead(t, dir)
	want := read(t, dir)
	delete(want, `gauge_livesum_["live", "live", {}, "Help."]`)
	fully(t, dir)
	wantFiles(t, dir, pmfile.ArchiveName,
		"counter_polymeter-archive.db", "gauge_min_polymeter-archive.db", "histogram_polymeter-archive.db",
		"gauge_all_11.db", "gauge_all_12.db")
	wantTotals(t, dir, want)
}
