package multiproc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/interop/pyclient"
	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// crews are the implementations that three workers can be of.
var crews = [][]string{
	{"python", "python", "python"},
	{"go", "go", "go"},
	{"go", "python", "go"},
	{"python", "go", "python"},
}

// TestRandomWorkloads has crews of workers do the same random updates, and
// compares their directories, each as both implementations merge it. Sums are
// exact here: every value must have the same bits.
func TestRandomWorkloads(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, seed := range seeds(t, 3) {
			t.Logf("seed %d", seed)
			compareCrews(t, s, seed, true, samples.Exact)
		}
	})
}

// TestRandomSums does the same with numbers whose sum depends on the order of
// adding, which the Python client takes from the directory: Polymeter's sums
// do not, so they can differ in the last digits.
func TestRandomSums(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, seed := range seeds(t, 1) {
			t.Logf("seed %d", seed)
			compareCrews(t, s, seed, false, samples.Within(1e-12))
		}
	})
}

func compareCrews(t *testing.T, s *site, seed uint64, exact bool, same func(a, b float64) bool) {
	t.Helper()
	var want samples.Set
	var metadata map[string]string
	for _, crew := range crews {
		merged := runCrew(t, s.fresh(t), crew, workload.NewGenerator(seed, s.modes, exact))
		for _, reader := range []string{"python", "go"} {
			page := merged[reader]
			name := fmt.Sprintf("seed %d: %s read by %s", seed, strings.Join(crew, " "), reader)
			if want == nil {
				want, metadata = page.set, page.metadata
				continue
			}
			if lines := samples.Diff(want, page.set, same); len(lines) > 0 {
				t.Errorf("%s:\n%s", name, strings.Join(lines, "\n"))
			}
			if diff := cmp.Diff(metadata, page.metadata); diff != "" {
				t.Errorf("%s: types and helps (-want +got)\n%s", name, diff)
			}
		}
	}
	if len(want) < 50 {
		t.Errorf("seed %d: only %d samples were compared", seed, len(want))
	}
}

// merged is what a reader made of a directory.
type merged struct {
	set      samples.Set
	metadata map[string]string
}

// runCrew has a crew do a generated workload, and reads the directory while its
// workers are still alive. Their process ids are replaced by their positions.
func runCrew(t *testing.T, s *site, crew []string, g *workload.Generator) map[string]merged {
	t.Helper()
	families := g.Families()
	pids := map[string]string{}
	workers := make([]workload.Worker, len(crew))
	for i, implementation := range crew {
		workers[i] = s.declared(t, implementation, families, "")
		defer workers[i].Stop()
		pids[workers[i].Pid()] = fmt.Sprintf("worker %d", i)
	}
	for range 4 {
		for _, w := range workers {
			update(t, w, g.Updates(families, 150)...)
		}
	}
	read := func(page pyclient.Page) merged {
		return merged{page.Samples(pids), page.Metadata()}
	}
	return map[string]merged{"python": read(s.pythonMerge(t)), "go": read(s.goMerge(t))}
}
