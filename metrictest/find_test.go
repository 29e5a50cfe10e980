package metrictest_test

import (
	"fmt"
	"math"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

func TestValue(t *testing.T) {
	t.Parallel()
	all := families(requests(), latency(), size(), temperature())
	for _, test := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"app_requests_total", []string{"code", "200"}, 3},
		{"app_requests_created", []string{"code", "200"}, 1000},
		{"latency_seconds_count", []string{"route", "/"}, 3},
		{"latency_seconds_sum", []string{"route", "/"}, 2.25},
		{"latency_seconds_bucket", []string{"route", "/", "le", "1"}, 2},
		{"latency_seconds_bucket", []string{"le", "1.0", "route", "/"}, 2},
		{"latency_seconds_bucket", []string{"le", "Inf", "route", "/"}, 3},
		{"size_bytes", []string{"quantile", ".5"}, 10},
		{"temperature_celsius", nil, 0.30000000000000004},
	} {
		var f fake
		if got := metrictest.Value(&f, all, test.name, test.labels...); got != test.want {
			t.Errorf("%s%q = %v, want %v", test.name, test.labels, got, test.want)
		}
		f.passes(t)
	}
}

func TestValueOfExpandedFamily(t *testing.T) {
	t.Parallel()
	raw := metric.NewRawFamily("a", "", metric.TypeHistogram)
	raw.AddSample("a_bucket", map[string]string{"le": "1"}, 2) // no histogram yet
	stray := metric.NewRawFamily("b", "", metric.TypeGauge)
	stray.AddSample("b", map[string]string{"le": "x"}, 5)
	var f fake
	if got := metrictest.Value(&f, families(raw, stray), "a_bucket", "le", "1"); got != 2 {
		t.Errorf("got %v", got)
	}
	if got := metrictest.Value(&f, families(raw, stray), "b", "le", "x"); got != 5 {
		t.Errorf("got %v", got)
	}
	f.passes(t)
}

func TestValueMissing(t *testing.T) {
	t.Parallel()
	all := families(requests(), latency(), temperature())
	for _, test := range []struct {
		name      string
		collector metric.Collector
		series    string
		labels    []string
		want      string
	}{
		{"series", all, "app_requests_total", []string{"code", "404"}, `no series app_requests_total{code="404"}; there are:
	app_requests_total{code="200"} 3
	app_requests_total{code="500"} 1`},
		{"suffix", all, "app_requests", nil, `no series is called app_requests; those of the family are called:
	app_requests_total
	app_requests_created`},
		{"family", all, "app_request_total", nil, `no family has the name app_request_total; there are:
	app_requests_total
	latency_seconds
	temperature_celsius`},
		{"everything", families(), "a", nil, "nothing is collected"},
		{"empty family", families(metric.NewGaugeFamily("a", "")), "a", nil, "family a has no series yet"},
		{"odd labels", all, "a", []string{"x"}, `labels are names and values in turn, and ["x"] is an odd number of them`},
		{"label twice", all, "a", []string{"x", "1", "x", "2"}, `metric: label name "x" occurs twice`},
		{"collector", nil, "a", nil, "the collector is nil"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			if got := metrictest.Value(&f, test.collector, test.series, test.labels...); !math.IsNaN(got) || !f.fatal {
				t.Errorf("got %v, fatal: %t", got, f.fatal)
			}
			if test.name == "label twice" {
				f.fails(t, "metrictest.Value: ", `"x"`)
				return
			}
			f.says(t, "metrictest.Value: "+test.want)
		})
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	all := families(requests(), latency(), size())
	var f fake
	for _, name := range []string{"app_requests", "app_requests_total"} {
		if s := metrictest.Sample(&f, all, name, "code", "200"); s.Value != 3 || s.Start != metric.NewTimestamp(1000, 0) {
			t.Errorf("%s = %+v", name, s)
		}
	}
	if s := metrictest.Sample(&f, all, "size_bytes"); s.Summary == nil || s.Summary.Sum != 30 {
		t.Errorf("summary = %+v", s)
	}
	if s := metrictest.Sample(&f, all, "latency_seconds", "route", "/"); len(s.Exemplars) != 1 {
		t.Errorf("histogram = %+v", s)
	}
	f.passes(t)
	if s := metrictest.Sample(&f, all, "size_bytes", "a", "b"); s != nil || !f.fatal {
		t.Errorf("got %+v, fatal: %t", s, f.fatal)
	}
	f.says(t, "metrictest.Sample: no series size_bytes{a=\"b\"}; there are:\n\tsize_bytes{} count 2, sum 30")
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	expanded := metric.NewRawFamily("raw", "", metric.TypeHistogram)
	expanded.AddSample("raw_bucket", map[string]string{"le": "+Inf"}, 2)
	expanded.AddSample("raw_count", nil, 2)
	expanded.AddSample("raw_sum", nil, 5)
	all := families(latency(), size(), expanded)
	var f fake
	if h := metrictest.Histogram(&f, all, "latency_seconds", "route", "/"); h.Count != 3 || len(h.Buckets) != 3 || h.Native.Count != 3 {
		t.Errorf("got %+v", h)
	}
	if h := metrictest.Histogram(&f, all, "raw"); h.Count != 2 || h.Sum != 5 {
		t.Errorf("got %+v", h)
	}
	f.passes(t)
	for name, want := range map[string]string{
		"size_bytes":      "metrictest.Histogram: size_bytes{} is no histogram",
		"latency_seconds": "metrictest.Histogram: no series latency_seconds{}; there are:\n\tlatency_seconds{route=\"/\"} count 3, sum 2.25",
	} {
		var f fake
		if h := metrictest.Histogram(&f, all, name); h != nil || !f.fatal {
			t.Errorf("got %+v, fatal: %t", h, f.fatal)
		}
		f.says(t, want)
	}
}

func TestCountAndSeries(t *testing.T) {
	t.Parallel()
	all := families(requests(), latency(), size())
	for _, test := range []struct {
		names []string
		want  int
	}{
		{nil, 4},
		{[]string{"app_requests"}, 2},
		{[]string{"app_requests_total", "latency_seconds_bucket"}, 3},
		{[]string{"app_errors"}, 0},
	} {
		var f fake
		if got := metrictest.Count(&f, all, test.names...); got != test.want {
			t.Errorf("Count(%q) = %d, want %d", test.names, got, test.want)
		}
		f.passes(t)
	}
	var f fake
	if got := fmt.Sprint(metrictest.Series(&f, all, "app_requests")); got != `[{code="200"} {code="500"}]` {
		t.Errorf("Series = %s", got)
	}
	if got := metrictest.Series(&f, all, "app_errors"); got != nil {
		t.Errorf("Series = %v", got)
	}
	f.passes(t)
	if metrictest.Count(&f, panicking) != 0 || metrictest.Series(&f, panicking, "a") != nil || !f.fatal {
		t.Error("there is something in a collector that panics")
	}
	f.fails(t, "metrictest.Count: the collector panicked: no database", "metrictest.Series: the collector panicked: no database")
}
