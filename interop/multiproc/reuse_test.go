package multiproc_test

import (
	"strings"
	"testing"

	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// TestReusedIdentifier has the files of one identifier continued by one process
// after another, of either implementation, that end in either way. Nothing that
// was counted may be lost or counted twice. A gauge is not counted: it is the
// state of a process, which is zero at first for Polymeter, and that of its
// predecessor for the Python client.
func TestReusedIdentifier(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{
			{Kind: "counter", Name: "jobs", Help: "Jobs.", Registry: "r"},
			{Kind: "counter", Name: "visits", Registry: "r", Labels: []string{"path"}},
			{Kind: "gauge", Name: "level", Mode: "all", Registry: "r"},
			{Kind: "gauge", Name: "total", Mode: "sum", Registry: "r"},
			{Kind: "histogram", Name: "took", Registry: "r", Buckets: []workload.Number{1}},
			{Kind: "summary", Name: "size", Registry: "r"},
		}
		updates := []workload.Update{
			{Family: 0, Do: "inc", Value: 1},
			{Family: 1, Do: "inc", Value: 0.5, Values: []string{"ü\"\\\n"}},
			{Family: 2, Do: "inc", Value: 2},
			{Family: 3, Do: "dec", Value: 3},
			{Family: 4, Do: "observe", Value: 0.5},
			{Family: 4, Do: "observe", Value: 8},
			{Family: 5, Do: "observe", Value: 4},
		}
		turns := []string{"python", "go", "python", "python", "go", "go", "python", "go"}
		level := 0.0
		for turn, implementation := range turns {
			w := s.declared(t, implementation, families, "4711")
			update(t, w, updates...)
			n := float64(turn + 1)
			if implementation == "go" {
				level = 0
			}
			level++
			want := samples.Set{
				samples.Key("jobs_total", nil):                                    n,
				samples.Key("visits_total", map[string]string{"path": "ü\"\\\n"}): n / 2,
				samples.Key("level", map[string]string{"pid": "4711"}):            2 * level,
				samples.Key("total", nil):                                         -3 * level,
				samples.Key("took_bucket", map[string]string{"le": "1"}):          n,
				samples.Key("took_bucket", map[string]string{"le": "+Inf"}):       2 * n,
				samples.Key("took_count", nil):                                    2 * n,
				samples.Key("took_sum", nil):                                      8.5 * n,
				samples.Key("size_count", nil):                                    n,
				samples.Key("size_sum", nil):                                      4 * n,
			}
			for reader, got := range map[string]samples.Set{
				"python": s.pythonMerge(t).Samples(nil), "go": s.goMerge(t).Samples(nil),
			} {
				if lines := samples.Diff(want, got, samples.Exact); len(lines) > 0 {
					t.Errorf("turn %d, written by %s, read by %s:\n%s", turn, implementation, reader, strings.Join(lines, "\n"))
				}
			}
			if turn%3 == 0 {
				w.Kill()
			} else {
				w.Stop()
			}
		}
	})
}
