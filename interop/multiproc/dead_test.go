package multiproc_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// TestMarkProcessDead has a worker of either implementation killed, and its
// death marked by the other one: only what counts the living disappears, and
// only for that process.
func TestMarkProcessDead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families, updates := oneOfEach(s.modes)
		mark := map[string]func(*testing.T, *site, string) error{
			"go":     func(_ *testing.T, s *site, pid string) error { return multiprocess.MarkProcessDead(s.dir, pid) },
			"python": func(_ *testing.T, s *site, pid string) error { return s.reader.MarkProcessDead(s.dir, pid) },
		}
		for _, pair := range [][2]string{{"go", "python"}, {"python", "go"}} {
			t.Run(pair[0]+" marks "+pair[1], func(t *testing.T) {
				s := s.fresh(t)
				survivor := s.declared(t, "python", families, "")
				update(t, survivor, updates...)
				alone := s.pythonMerge(t).Samples(nil)
				victim := s.declared(t, pair[1], families, "")
				update(t, victim, updates...)
				both := s.pythonMerge(t).Samples(nil)
				victim.Kill()
				if lines := samples.Diff(both, s.pythonMerge(t).Samples(nil), samples.Exact); len(lines) > 0 {
					t.Errorf("dying alone changed the directory:\n%s", strings.Join(lines, "\n"))
				}
				if err := mark[pair[0]](t, s, victim.Pid()); err != nil {
					t.Fatal(err)
				}
				// What counts the living is as if the victim had never been.
				want := maps.Clone(both)
				maps.DeleteFunc(want, func(key string, _ float64) bool { return strings.HasPrefix(key, "live") })
				for key, value := range alone {
					if strings.HasPrefix(key, "live") {
						want[key] = value
					}
				}
				for reader, page := range map[string]samples.Set{
					"python": s.pythonMerge(t).Samples(nil), "go": s.goMerge(t).Samples(nil),
				} {
					if lines := samples.Diff(want, page, samples.Exact); len(lines) > 0 {
						t.Errorf("read by %s:\n%s", reader, strings.Join(lines, "\n"))
					}
				}
			})
		}
	})
}

// TestGoWorkerLeaves checks that an orderly end takes the values of live gauges
// along, which the Python client needs a death hook for.
func TestGoWorkerLeaves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families, updates := oneOfEach(s.modes)
		w := s.declared(t, "go", families, "")
		update(t, w, updates...)
		before := s.pythonMerge(t).Samples(nil)
		w.Stop()
		want := maps.Clone(before)
		maps.DeleteFunc(want, func(key string, _ float64) bool { return strings.HasPrefix(key, "live") })
		if len(want) == len(before) || len(want) == 0 {
			t.Fatalf("live gauges are missing from the start: %v", slices.Sorted(maps.Keys(before)))
		}
		if lines := samples.Diff(want, s.pythonMerge(t).Samples(nil), samples.Exact); len(lines) > 0 {
			t.Error(strings.Join(lines, "\n"))
		}
	})
}

// oneOfEach declares a gauge of every mode, named after it, and one of each
// other kind; and an update of each.
func oneOfEach(modes []string) ([]workload.Family, []workload.Update) {
	families := []workload.Family{
		{Kind: "counter", Name: "counted", Registry: "r"},
		{Kind: "summary", Name: "summed", Registry: "r"},
		{Kind: "histogram", Name: "observed", Registry: "r", Buckets: []workload.Number{1, 2}},
	}
	updates := []workload.Update{
		{Family: 0, Do: "inc", Value: 2},
		{Family: 1, Do: "observe", Value: 1.5},
		{Family: 2, Do: "observe", Value: 1.5},
	}
	for _, mode := range modes {
		updates = append(updates, workload.Update{Family: len(families), Do: "set", Value: 7})
		families = append(families, workload.Family{Kind: "gauge", Name: mode, Mode: mode, Registry: "r"})
	}
	return families, updates
}
