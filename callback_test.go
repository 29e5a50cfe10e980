package polymeter_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestCallbacks(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	calls := 0.0
	if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: "g"}, func() float64 { calls++; return calls }); err != nil {
		t.Fatal(err)
	}
	if err := r.NewCounterFunc(polymeter.CounterOpts{Name: "c"}, func() float64 { return 7 }); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, "g 1", "c_total 7")
	wantLines(t, r, "g 2", "c_total 7")
	wantLines(t, r.Restrict([]string{"c"}), "c_total 7")
	if calls != 2 {
		t.Errorf("the callback was called %v times", calls)
	}
}

func TestCallbackVec(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	v := polymeter.Must(r.NewCounterFuncVec(polymeter.CounterOpts{Name: "c", Labels: []string{"l"}}))
	constant := func(f float64) func() float64 { return func() float64 { return f } }
	for i, value := range []string{"a", "b", "c", "a"} {
		if err := v.Set(constant(float64(i)), value); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, r, `c_total{l="a"} 3`, `c_total{l="b"} 1`, `c_total{l="c"} 2`)
	if !v.Delete("b") || v.Delete("b") || v.Delete("\xff") || v.Delete() {
		t.Error("Delete reports the wrong thing")
	}
	// A callback may use its own vector.
	if err := v.Set(func() float64 { v.Delete("c"); return 9 }, "a"); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, `c_total{l="a"} 9`)
	for name, err := range map[string]error{
		"arity": v.Set(constant(1)),
		"UTF-8": v.Set(constant(1), "\xff"),
		"nil":   v.Set(nil, "x"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWrongCallbacks(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	f := func() float64 { return 1 }
	for name, err := range map[string]error{
		"labels": r.NewGaugeFunc(polymeter.GaugeOpts{Name: "a", Labels: []string{"l"}}, f),
		"nil":    r.NewGaugeFunc(polymeter.GaugeOpts{Name: "a"}, nil),
		"name":   r.NewCounterFunc(polymeter.CounterOpts{}, f),
		"label":  second(r.NewGaugeFuncVec(polymeter.GaugeOpts{Name: "a", Labels: []string{""}})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: "a"}, f); err != nil {
		t.Errorf("a wrong declaration took the name: %v", err)
	}
}

func TestPanickingCallback(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	if err := r.NewGaugeFunc(polymeter.GaugeOpts{Name: "a"}, func() float64 { panic("x") }); err != nil {
		t.Fatal(err)
	}
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "b"}))
	got, err := collect(r)
	if diff := cmp.Diff([]string{"b 0"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"*polymeter.FuncVec/a"}, losses(t, err)); diff != "" {
		t.Error(diff)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	s := polymeter.Must(r.NewSnapshot(metric.Desc{Name: "rows_total", Help: "Rows.", Type: metric.TypeCounter, LabelNames: []string{"table"}}))
	wantLines(t, r)
	rows := metric.NewCounterFamily("rows_total", "Other help.", "table")
	rows.Add(1, "a")
	rows.Add(2, "b")
	if err := s.Replace(rows); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, `rows_total{table="a"} 1`, `rows_total{table="b"} 2`)
	_ = r.Collect(t.Context(), func(f metric.Family) error {
		if help := f.Desc().Help; help != "Rows." {
			t.Errorf("help = %q, not as declared", help)
		}
		return nil
	})
	rows.Reset()
	rows.Add(5, "c")
	twice := metric.NewCounterFamily("rows", "", "table")
	twice.Add(1, "a")
	twice.Add(2, "a")
	wrong := metric.NewCounterFamily("rows", "", "table")
	wrong.Add(1)
	for name, f := range map[string]metric.Family{
		"nil": nil, "other name": metric.NewCounterFamily("columns", ""), "other type": metric.NewGaugeFamily("rows", ""),
		"series twice": twice, "an error": wrong,
	} {
		if s.Replace(f) == nil {
			t.Errorf("%s: no error", name)
		}
	}
	wantLines(t, r, `rows_total{table="a"} 1`, `rows_total{table="b"} 2`)
	if err := s.Replace(rows); err != nil {
		t.Fatal(err)
	}
	wantLines(t, r, `rows_total{table="c"} 5`)
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{
		Name: "latency", Unit: "seconds", Help: "Time | taken.\nAll of it.", Labels: []string{"method", "path"},
	}))
	polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "jobs", Help: "Jobs."}))
	r.MustRegister(&described{name: "depth"})
	r.MustRegister(gauges(gauge("unknown", 1)))
	catalogue := r.Catalogue()
	catalogue[2].LabelNames[0] = "changed" // must be the caller's
	want := []metric.Desc{
		{Name: "depth", Type: metric.TypeGauge},
		{Name: "jobs", Help: "Jobs.", Type: metric.TypeCounter},
		{Name: "latency_seconds", Help: "Time | taken.\nAll of it.", Unit: "seconds", Type: metric.TypeHistogram, LabelNames: []string{"method", "path"}},
	}
	if diff := cmp.Diff(want, r.Catalogue()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	var markdown, document bytes.Buffer
	if err := errors.Join(r.WriteCatalogueMarkdown(&markdown), r.WriteCatalogueJSON(&document)); err != nil {
		t.Fatal(err)
	}
	wantMarkdown := `| Name | Type | Unit | Labels | Help |
|---|---|---|---|---|
| depth | gauge |  |  |  |
| jobs_total | counter |  |  | Jobs. |
| latency_seconds | histogram | seconds | method, path | Time \| taken. All of it. |
`
	if diff := cmp.Diff(wantMarkdown, markdown.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantJSON := `[
  {
    "name": "depth",
    "type": "gauge",
    "unit": "",
    "labels": [],
    "help": ""
  },
  {
    "name": "jobs_total",
    "type": "counter",
    "unit": "",
    "labels": [],
    "help": "Jobs."
  },
  {
    "name": "latency_seconds",
    "type": "histogram",
    "unit": "seconds",
    "labels": [
      "method",
      "path"
    ],
    "help": "Time | taken.\nAll of it."
  }
]
`
	if diff := cmp.Diff(wantJSON, document.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
