package expvars_test

import (
	"expvar"
	"strings"
	"testing"

	"polymeter.dev/collectors/expvars"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Variables cannot be published twice, however often tests run.
func init() {
	expvar.NewInt("test_requests").Add(3)
	expvar.NewFloat("test_load").Set(0.5)
	expvar.Publish("test_ready", expvar.Func(func() any { return true }))
	expvar.Publish("test_errors", expvar.Func(func() any {
		return map[string]any{"read": map[string]any{"timeout": 1, "reset": 2}, "write": map[string]any{"timeout": 4}}
	}))
	expvar.NewString("test_name").Set("a name")
}

func page(t *testing.T, descs map[string]metric.Desc) (text string, err error) {
	t.Helper()
	c, err := expvars.New(descs)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	_, err = exposition.Write(t.Context(), &out, c, exposition.FormatText(), nil)
	return out.String(), err
}

func TestVariables(t *testing.T) {
	got, err := page(t, map[string]metric.Desc{
		"test_requests": {Name: "requests_total", Help: "Requests.", Type: metric.TypeCounter},
		"test_load":     {Name: "load_ratio", Type: metric.TypeGauge, Unit: "ratio"},
		"test_ready":    {Name: "ready", Type: metric.TypeGauge},
		"test_errors":   {Name: "errors_total", Type: metric.TypeCounter, LabelNames: []string{"operation", "reason"}},
		"test_nowhere":  {Name: "nowhere", Type: metric.TypeGauge},
	})
	const want = `# TYPE errors_total counter
errors_total{operation="read",reason="reset"} 2
errors_total{operation="read",reason="timeout"} 1
errors_total{operation="write",reason="timeout"} 4
# TYPE load_ratio gauge
load_ratio 0.5
# TYPE ready gauge
ready 1
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total 3
`
	if got != want || err != nil {
		t.Errorf("got:\n%s\nwant:\n%s\nerror %v", got, want, err)
	}
}

func TestVariablesOfAnotherForm(t *testing.T) {
	got, err := page(t, map[string]metric.Desc{
		"test_errors":   {Name: "errors", Type: metric.TypeGauge, LabelNames: []string{"operation"}},
		"test_name":     {Name: "name", Type: metric.TypeUnknown},
		"test_load":     {Name: "load", Type: metric.TypeGauge, LabelNames: []string{"cpu"}},
		"test_requests": {Name: "requests", Type: metric.TypeUnknown},
	})
	if want := "# TYPE requests untyped\nrequests 3\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for _, part := range []string{`"test_errors": map`, `"test_name": a name is no number`, `"test_load": 0.5 is no map of values by cpu`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want %s in it", err, part)
		}
	}
}

func TestTypes(t *testing.T) {
	if _, err := expvars.New(map[string]metric.Desc{"x": {Name: "x", Type: metric.TypeHistogram}}); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("error %v", err)
	}
}

func TestDescribe(t *testing.T) {
	c, err := expvars.New(map[string]metric.Desc{"b": {Name: "b_total", Type: metric.TypeCounter}, "a": {Name: "z", Type: metric.TypeGauge}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Describe(); len(got) != 2 || got[0].Name != "z" || got[1].Name != "b" {
		t.Errorf("it describes %v", got)
	}
}
