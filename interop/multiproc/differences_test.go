package multiproc_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// The tests of this file hold both implementations to what
// docs/conformance.md says about where they differ.

// inf and nan are numbers that expectations name.
var inf, nan = math.Inf(1), math.NaN()

// series is one expected sample.
type series struct {
	name   string
	labels map[string]string
	value  float64
}

func (s series) in(set samples.Set) bool {
	value, ok := set[samples.Key(s.name, s.labels)]
	return ok && samples.Exact(value, s.value)
}

// expect compares a whole page.
func expect(t *testing.T, reader string, got samples.Set, want ...series) {
	t.Helper()
	set := samples.Set{}
	for _, s := range want {
		set[samples.Key(s.name, s.labels)] = s.value
	}
	if lines := samples.Diff(set, got, samples.Exact); len(lines) > 0 {
		t.Errorf("%s:\n%s", reader, strings.Join(lines, "\n"))
	}
}

// TestNaNObservation: the Python client adds it to the sum alone, Polymeter
// counts it as the observation that it is.
func TestNaNObservation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "histogram", Name: "h", Registry: "r", Buckets: []workload.Number{1}}}
		observe := workload.Update{Do: "observe", Value: workload.Number(nan)}
		for writer, count := range map[string]float64{"python": 0, "go": 1} {
			s := s.fresh(t)
			update(t, s.declared(t, writer, families, ""), observe)
			want := []series{
				{"h_bucket", map[string]string{"le": "1"}, 0},
				{"h_bucket", map[string]string{"le": "+Inf"}, count},
				{"h_count", nil, count},
				{"h_sum", nil, nan},
			}
			expect(t, writer+" read by python", s.pythonMerge(t).Samples(nil), want...)
			expect(t, writer+" read by go", s.goMerge(t).Samples(nil), want...)
		}
	})
}

// TestNaNOfMinAndMax: NaN gives way to every number in Polymeter. For the
// Python client it depends on which file comes first.
func TestNaNOfMinAndMax(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{
			{Kind: "gauge", Name: "least", Mode: "min", Registry: "r"},
			{Kind: "gauge", Name: "most", Mode: "max", Registry: "r"},
		}
		for i, value := range []float64{nan, 3, nan, 5} {
			update(t, s.declared(t, "python", families, ""),
				workload.Update{Family: 0, Do: "set", Value: workload.Number(value)},
				workload.Update{Family: 1, Do: "set", Value: workload.Number(value)})
			if i == 0 {
				expect(t, "NaN alone", s.goMerge(t).Samples(nil), series{"least", nil, nan}, series{"most", nil, nan})
			}
		}
		expect(t, "go", s.goMerge(t).Samples(nil), series{"least", nil, 3}, series{"most", nil, 5})
		python := s.pythonMerge(t).Samples(nil)
		for name, number := range map[string]float64{"least": 3, "most": 5} {
			if !(series{name, nil, nan}).in(python) && !(series{name, nil, number}).in(python) {
				t.Errorf("python: %s is neither NaN nor %v: %v", name, number, python)
			}
		}
	})
}

// TestNaNIncrement: the Python client's counter is NaN from then on, of all
// processes. Polymeter neither counts one nor lets one that it reads spoil the
// total of the others.
func TestNaNIncrement(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "counter", Name: "c", Registry: "r"}}
		one := workload.Update{Do: "inc", Value: 1}
		none := workload.Update{Do: "inc", Value: workload.Number(nan)}
		update(t, s.declared(t, "go", families, ""), one, none)
		expect(t, "go read by python", s.pythonMerge(t).Samples(nil), series{"c_total", nil, 1})
		update(t, s.declared(t, "python", families, ""), one, none)
		expect(t, "both read by python", s.pythonMerge(t).Samples(nil), series{"c_total", nil, nan})
		expect(t, "both read by go", s.goMerge(t).Samples(nil), series{"c_total", nil, 1})
	})
}

// TestIdentifierWithUnderscore: the Python client cuts it off there. Polymeter
// reads all of it, and writes none.
func TestIdentifierWithUnderscore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "gauge", Name: "g", Mode: "all", Registry: "r"}}
		set := workload.Update{Do: "set", Value: 1}
		update(t, s.declared(t, "python", families, "worker_22"), set)
		expect(t, "python", s.pythonMerge(t).Samples(nil), series{"g", map[string]string{"pid": "wor"}, 1})
		expect(t, "go", s.goMerge(t).Samples(nil), series{"g", map[string]string{"pid": "worker_22"}, 1})

		s = s.fresh(t)
		update(t, s.declared(t, "go", families, "worker_22"), set)
		want := series{"g", map[string]string{"pid": "worker-22"}, 1}
		expect(t, "python", s.pythonMerge(t).Samples(nil), want)
		expect(t, "go", s.goMerge(t).Samples(nil), want)
	})
}

// TestDamagedFile: one is enough for the Python client to fail. Polymeter
// serves what can be read.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	damages := map[string]string{
		"empty":        "",
		"short":        "\x10\x00",
		"bad key":      "\x18\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00{} \x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"foreign":      strings.Repeat("this is not a file of metrics\n", 300),
		"used too big": "\xff\xff\xff\x7f" + strings.Repeat("\x00", 4092),
	}
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "counter", Name: "c", Registry: "r"}}
		for name, content := range damages {
			s := s.fresh(t)
			update(t, s.declared(t, "python", families, ""), workload.Update{Do: "inc", Value: 2})
			if err := os.WriteFile(filepath.Join(s.dir, "counter_1.db"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if page, err := s.reader.Merge(s.dir); err == nil {
				t.Errorf("%s: python reads %v", name, page)
			}
			expect(t, name, s.goMerge(t).Samples(nil), series{"c_total", nil, 2})
		}
	})
}

// TestBothLayouts: neither version of the Python client reads a directory with
// files of the other. Polymeter does.
func TestBothLayouts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{
			{Kind: "counter", Name: "c", Registry: "r"},
			{Kind: "counter", Name: "d", Registry: "r"},
		}
		for _, c := range clients {
			mixed := *s
			mixed.client = c
			w := mixed.worker(t, "go")
			if err := w.Declare(families, ""); err != nil {
				t.Fatal(err)
			}
			update(t, w, workload.Update{Family: 0, Do: "inc", Value: 2}, workload.Update{Family: 1, Do: "inc", Value: 3})
		}
		if page, err := s.reader.Merge(s.dir); err == nil {
			t.Errorf("python reads %v", page)
		}
		expect(t, "go", s.goMerge(t).Samples(nil), series{"c_total", nil, 4}, series{"d_total", nil, 6})
	})
}

// TestGaugeLabelPid: the Python client needs the label itself, and merges
// series that differ in nothing else.
func TestGaugeLabelPid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "gauge", Name: "g", Mode: "sum", Registry: "r", Labels: []string{"pid"}}}
		update(t, s.declared(t, "python", families, ""),
			workload.Update{Do: "set", Value: 1, Values: []string{"a"}},
			workload.Update{Do: "set", Value: 2, Values: []string{"b"}})
		expect(t, "python", s.pythonMerge(t).Samples(nil), series{"g", nil, 3})
		expect(t, "go", s.goMerge(t).Samples(nil),
			series{"g", map[string]string{"pid": "a"}, 1}, series{"g", map[string]string{"pid": "b"}, 2})
	})
}

// TestMostRecent: neither shows a gauge that was never set. Adding to one is an
// error in the Python client; Polymeter takes it for setting it.
func TestMostRecent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if s.name == "0.16" {
			return // it does not know the mode
		}
		families := []workload.Family{{Kind: "gauge", Name: "g", Mode: "mostrecent", Registry: "r"}}
		python, other := s.declared(t, "python", families, ""), s.declared(t, "go", families, "")
		expect(t, "never set, python", s.pythonMerge(t).Samples(nil))
		expect(t, "never set, go", s.goMerge(t).Samples(nil))
		update(t, python, workload.Update{Do: "set", Value: 4})
		update(t, other, workload.Update{Do: "inc", Value: 1})
		expect(t, "python", s.pythonMerge(t).Samples(nil), series{"g", nil, 1})
		expect(t, "go", s.goMerge(t).Samples(nil), series{"g", nil, 1})
		if err := python.Update([]workload.Update{{Do: "inc", Value: 1}}); err == nil || !strings.Contains(err.Error(), "mostrecent") {
			t.Errorf("error of adding = %v", err)
		}
	})
}

// TestMixedBounds: both show the union, in which a bound that a process does
// not have repeats what it counted below.
func TestMixedBounds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for i, implementation := range []string{"python", "go"} {
			families := []workload.Family{{Kind: "histogram", Name: "h", Registry: "r", Buckets: []workload.Number{1, workload.Number(2 + i)}}}
			update(t, s.declared(t, implementation, families, ""),
				workload.Update{Do: "observe", Value: 0.5}, workload.Update{Do: "observe", Value: 1.5})
		}
		want := []series{
			{"h_bucket", map[string]string{"le": "1"}, 2},
			{"h_bucket", map[string]string{"le": "2"}, 3},
			{"h_bucket", map[string]string{"le": "3"}, 4},
			{"h_bucket", map[string]string{"le": "+Inf"}, 4},
			{"h_count", nil, 4},
			{"h_sum", nil, 4},
		}
		expect(t, "python", s.pythonMerge(t).Samples(nil), want...)
		expect(t, "go", s.goMerge(t).Samples(nil), want...)
	})
}

// TestConflictingDeclarations: of two modes and helps the Python client takes
// those of one file or another, Polymeter those of the first by name.
func TestConflictingDeclarations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		modes := []string{"min", "sum"}
		for i, mode := range modes {
			families := []workload.Family{{Kind: "gauge", Name: "g", Help: mode, Mode: mode, Registry: "r"}}
			update(t, s.declared(t, "python", families, ""), workload.Update{Do: "set", Value: workload.Number(2 + i)})
		}
		expect(t, "go", s.goMerge(t).Samples(nil), series{"g", nil, 2})
		if got := s.goMerge(t).Metadata()["g"]; got != "gauge min" {
			t.Errorf("metadata = %q, want those of the first file", got)
		}
		python := s.pythonMerge(t).Samples(nil)
		if !(series{"g", nil, 2}).in(python) && !(series{"g", nil, 5}).in(python) {
			t.Errorf("python: %v", python)
		}
	})
}

// TestInfiniteValues: both add infinities as numbers are added.
func TestInfiniteValues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{{Kind: "summary", Name: "m", Registry: "r"}}
		for i, implementation := range []string{"python", "go"} {
			update(t, s.declared(t, implementation, families, ""),
				workload.Update{Do: "observe", Value: workload.Number(math.Inf(1 - 2*i))})
		}
		expect(t, "python", s.pythonMerge(t).Samples(nil), series{"m_count", nil, 2}, series{"m_sum", nil, nan})
		expect(t, "go", s.goMerge(t).Samples(nil), series{"m_count", nil, 2}, series{"m_sum", nil, nan})
		update(t, s.declared(t, "go", []workload.Family{{Kind: "counter", Name: "c", Registry: "r"}}, ""),
			workload.Update{Do: "inc", Value: workload.Number(inf)})
		if set := s.goMerge(t).Samples(nil); !(series{"c_total", nil, inf}).in(set) {
			t.Errorf("go: %v", set)
		}
	})
}
