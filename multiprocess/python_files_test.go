package multiprocess_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// pythonSeries are the values in testdata/python, by series; those of 0.21 have
// a gauge more.
func pythonSeries(version string) map[string]float64 {
	series := map[string]float64{
		"visits_total{b=\"ü 日本 🎉\\n\",path=\"/\\\"quoted\\\"\\\\\"}": 2.5,
		`visits_total{b="",path=""}`:                                 1,
		`jobs_total{}`:                                               0,
		`level{pid="4711"}`:                                          -0.1,
		`took_seconds_bucket{a="x",le="-1.0"}`:                       1,
		`took_seconds_bucket{a="x",le="0.25"}`:                       2,
		`took_seconds_count{a="x"}`:                                  5,
		`took_seconds_sum{a="x"}`:                                    math.Inf(1),
		`took_seconds_bucket{a="x",le="1e+06"}`:                      3,
		`took_seconds_bucket{a="x",le="+Inf"}`:                       5,
		`size_count{}`:                                               2,
	}
	// Not the constant expression, which is exact.
	tenth, fifth := 0.1, 0.2
	series[`size_sum{}`] = tenth + fifth
	if version == "0.21" {
		series["latest{}"] = 7
	}
	return series
}

func TestFilesOfThePythonClient(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"0.16", "0.21"} {
		// As long as they are in the repository, and as the client makes them.
		for name, size := range map[string]int{"short": 0, "whole": 65536} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := pythonFiles(t, version, size)
				if diff := cmp.Diff(pythonSeries(version), expandedSeries(t, dir)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

// TestContinuedPythonFiles has a store go on in files that the Python client
// began.
func TestContinuedPythonFiles(t *testing.T) {
	t.Parallel()
	for version, layout := range map[string]multiprocess.Layout{
		"0.16": multiprocess.LayoutOlder, "0.21": multiprocess.LayoutNewer,
	} {
		for name, layout := range map[string]multiprocess.Layout{"auto": multiprocess.LayoutAuto, "given": layout} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := pythonFiles(t, version, 65536)
				store, err := multiprocess.Open(dir, &multiprocess.Options{
					Format:     multiprocess.FormatPython,
					Layout:     layout,
					Identifier: func() string { return "4711" },
				})
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				visits := &cell.Spec{Desc: metric.Desc{
					Name: "visits", Help: "Visits, \"all\"\nof them: \\ ü.", Type: metric.TypeCounter,
					LabelNames: []string{"path", "b"},
				}}
				for _, values := range [][]string{{"", ""}, {"new", ""}} {
					place, err := store.Open(visits, values)
					if err != nil {
						t.Fatal(err)
					}
					cell.FloatAt(place.Words[0]).Add(0.5)
				}
				want := pythonSeries(version)
				want[`visits_total{b="",path=""}`] = 1.5
				want[`visits_total{b="",path="new"}`] = 0.5
				if diff := cmp.Diff(want, expandedSeries(t, dir)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

// pythonFiles returns a folder with copies of testdata/python, of at least the
// given size.
func pythonFiles(t *testing.T, version string, size int) string {
	t.Helper()
	dir := t.TempDir()
	paths, err := filepath.Glob(filepath.Join("testdata", "python", version, "*.db"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("found %q, %v", paths, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, make([]byte, max(0, size-len(data)))...)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// expandedSeries is the merged directory, line by line.
func expandedSeries(t *testing.T, dir string) map[string]float64 {
	t.Helper()
	collector, err := multiprocess.NewCollector(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]float64{}
	err = collector.Collect(t.Context(), func(f metric.Family) error {
		lines, err := metric.Expand(f, true)
		for _, s := range lines {
			if math.IsNaN(s.Value) {
				t.Errorf("%s%s is NaN", s.Name, s.Labels)
			}
			series[s.Name+s.Labels.String()] = s.Value
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return series
}
