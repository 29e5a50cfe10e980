package multiproc_test

import (
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// TestMergedFiles compares the merge of named files. The Python client rounds its
// sums at every step, Polymeter once.
func TestMergedFiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, seed := range seeds(t, 1) {
			t.Logf("seed %d", seed)
			g := workload.NewGenerator(seed, s.modes, false)
			families := g.Families()
			for _, implementation := range []string{"go", "python", "go"} {
				w := s.declared(t, implementation, families, "")
				update(t, w, g.Updates(families, 400)...)
			}
			files, err := filepath.Glob(filepath.Join(s.dir, "*.db"))
			if err != nil {
				t.Fatal(err)
			}
			for _, accumulate := range []bool{true, false} {
				python, err := s.reader.MergeFiles(files, accumulate)
				if err != nil {
					t.Fatal(err)
				}
				want := python.Samples(nil)
				if lines := samples.Diff(want, mergeFiles(t, files, accumulate), samples.Within(1e-12)); len(lines) > 0 {
					t.Errorf("seed %d, accumulate %t:\n%s", seed, accumulate, strings.Join(lines, "\n"))
				}
			}
		}
	})
}

// mergeFiles returns the expanded samples of a merge.
func mergeFiles(t *testing.T, files []string, accumulate bool) samples.Set {
	t.Helper()
	snapshots, errs := multiprocess.Merge(files, accumulate)
	for _, err := range errs {
		t.Error(err)
	}
	set := samples.Set{}
	for _, snapshot := range snapshots {
		lines, err := metric.Expand(snapshot, false)
		if err != nil {
			t.Error(err)
		}
		for _, s := range lines {
			set[samples.Key(s.Name, s.Labels.Map())] = s.Value
		}
	}
	return set
}
