package metrictest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

func TestCompareEqual(t *testing.T) {
	t.Parallel()
	build := metric.NewInfoFamily("build", "")
	build.Add(map[string]string{"version": "1.2"})
	dotted := metric.NewGaugeFamily("my.gauge", "", "my.label")
	dotted.Add(1, "x")
	all := families(requests(), latency(), size(), temperature())
	for _, test := range []struct {
		name      string
		collector metric.Collector
		want      string
		names     []string
	}{
		{"nothing", families(), "", nil},
		{"nothing of these", all, "", []string{"app_errors"}},
		{"text", all, `
			# HELP app_requests_total Requests served.
			# TYPE app_requests_total counter
			app_requests_total{code="500"} 1.0
			app_requests_total{code="200"} 3e0

			# TYPE latency_seconds histogram
			latency_seconds_bucket{le="0.5",route="/"} 2
			latency_seconds_bucket{route="/",le="1.0"} 2
			latency_seconds_bucket{le="+Inf",route="/"} 3
			latency_seconds_sum{route="/"} 2.25
			latency_seconds_count{route="/"} 3
			# TYPE temperature_celsius gauge
			temperature_celsius 0.3
			# TYPE size_bytes summary
			size_bytes{quantile="0.5"} 10
			size_bytes_sum 30
			size_bytes_count 2
		`, nil},
		{"without a type", all, `
			app_requests_total{code="200"} 3
			app_requests_total{code="500"} 1
		`, []string{"app_requests"}},
		{"openmetrics 1.0", all, `
			# TYPE app_requests counter
			app_requests_total{code="200"} 3
			app_requests_total{code="500"} 1
			# EOF
		`, []string{"app_requests_total"}},
		{"openmetrics 1.0 that does not say so", all, `
			# TYPE app_requests counter
			app_requests_total{code="200"} 3
			app_requests_total{code="500"} 1
		`, []string{"app_requests"}},
		{"openmetrics 1.0 with start time, unit and exemplar", all, `
			# TYPE latency_seconds histogram
			# UNIT latency_seconds seconds
			latency_seconds_bucket{route="/",le="0.5"} 2 # {trace_id="abc"} 0.25
			latency_seconds_bucket{route="/",le="1.0"} 2
			latency_seconds_bucket{route="/",le="+Inf"} 3
			latency_seconds_sum{route="/"} 2.25
			latency_seconds_count{route="/"} 3
			# TYPE app_requests counter
			app_requests_total{code="200"} 3
			app_requests_created{code="200"} 1000
			app_requests_total{code="500"} 1
		`, []string{"app_requests", "latency_seconds_count"}},
		{"openmetrics 2.0", all, `
			# TYPE app_requests_total counter
			app_requests_total{code="200"} 3 st@1000
			app_requests_total{code="500"} 1
			# TYPE latency_seconds histogram
			latency_seconds{route="/"} {count:3,sum:2.25,schema:0,zero_threshold:0,zero_count:0,positive_spans:[-1:1,1:1],positive_buckets:[2,1],bucket:[0.5:2,1:2,+Inf:3]}
			# TYPE size_bytes summary
			size_bytes {count:2,sum:30,quantile:[0.5:10]}
		`, []string{"app_requests", "latency_seconds", "size_bytes"}},
		{"an info in text", families(build), `
			# TYPE build_info gauge
			build_info{version="1.2"} 1
		`, nil},
		{"an info in openmetrics", families(build), `
			# TYPE build info
			build_info{version="1.2"} 1
		`, nil},
		{"names in quotes", families(dotted), `
			# TYPE "my.gauge" gauge
			{"my.gauge","my.label"="x"} 1
		`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.Compare(&f, test.collector, test.want, test.names...)
			f.passes(t)
		})
	}
}

func TestCompareDifferent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		want  string
		names []string
		parts []string
	}{
		{
			"value", "app_requests_total{code=\"200\"} 4\napp_requests_total{code=\"500\"} 1",
			[]string{"app_requests"},
			[]string{"app_requests_total (counter):\n\t{code=\"200\"}: got 3, want 4"},
		},
		{
			"type, help and series", `
				# HELP app_requests_total Requests.
				# TYPE app_requests_total gauge
				app_requests_total{code="200"} 3
				app_requests_total{code="404"} 2`,
			[]string{"app_requests_total"},
			[]string{
				"type: got counter, want gauge", `help: got "Requests served.", want "Requests."`,
				`{code="404"}: missing, want 2`, `{code="500"}: not expected, got 1`,
			},
		},
		{
			"type that is said to be unknown", "# TYPE temperature_celsius untyped\ntemperature_celsius 0.3\n",
			[]string{"temperature_celsius"},
			[]string{"type: got gauge, want unknown"},
		},
		{
			"families", "# TYPE app_errors_total counter\napp_errors_total 1\napp_up 1\napp_up{a=\"b\"} 2",
			[]string{"app_errors", "app_up", "temperature_celsius"},
			[]string{
				"app_errors_total (counter): missing, with the series {} 1",
				"app_up (unknown): missing, with 2 series",
				"temperature_celsius (gauge): not expected, but there, with the series {} 0.30000000000000004",
			},
		},
		{
			"classic buckets", `
				# TYPE latency_seconds histogram
				latency_seconds_bucket{route="/",le="0.25"} 1
				latency_seconds_bucket{route="/",le="1"} 1
				latency_seconds_bucket{route="/",le="+Inf"} 3
				latency_seconds_sum{route="/"} 2.5
				latency_seconds_count{route="/"} 3`,
			[]string{"latency_seconds"},
			[]string{
				`{route="/"}:`, "sum: got 2.25, want 2.5", `bucket le="0.25": missing, want 1`,
				`bucket le="0.5": not expected, got 2`, `bucket le="1.0": got 2, want 1`,
			},
		},
		{
			"native buckets", `
				# TYPE latency_seconds histogram
				latency_seconds{route="/"} {count:3,sum:2.25,schema:0,zero_threshold:0,zero_count:0,positive_spans:[-1:2],positive_buckets:[2,1],bucket:[0.5:2,1:2,+Inf:3]}`,
			[]string{"latency_seconds"},
			[]string{"bucket 0 (0.5, 1]: got 0, want 1", "bucket 1 (1, 2]: got 1, want 0"},
		},
		{
			"native buckets of another schema", `
				# TYPE latency_seconds histogram
				latency_seconds{route="/"} {count:3,sum:2.25,schema:1,zero_threshold:0,zero_count:0,positive_spans:[-1:2],positive_buckets:[2,1],bucket:[0.5:2,1:2,+Inf:3]}`,
			[]string{"latency_seconds"},
			[]string{`{route="/"}: schema: got 0, want 1`},
		},
		{
			"native buckets that are not expected", `
				# TYPE latency_seconds histogram
				latency_seconds{route="/"} {count:3,sum:2.25,bucket:[0.5:2,1:2,+Inf:3]}`,
			[]string{"latency_seconds"},
			[]string{"native buckets: not expected, but there"},
		},
		{
			"start time", "# TYPE app_requests_total counter\napp_requests_total{code=\"200\"} 3 st@999\napp_requests_total{code=\"500\"} 1 st@1",
			[]string{"app_requests"},
			[]string{`{code="200"}: start: got 1000, want 999`, `{code="500"}: start: got none, want 1`},
		},
		{
			"exemplar", `
				# TYPE latency_seconds histogram
				latency_seconds_bucket{route="/",le="0.5"} 2 # {trace_id="abc"} 0.25 2001
				latency_seconds_bucket{route="/",le="1.0"} 2
				latency_seconds_bucket{route="/",le="+Inf"} 3
				latency_seconds_sum{route="/"} 2.25
				latency_seconds_count{route="/"} 3`,
			[]string{"latency_seconds"},
			[]string{
				`exemplar: missing, want # {trace_id="abc"} 0.25 2001`,
				`exemplar: not expected, got # {trace_id="abc"} 0.25 2000`,
			},
		},
		{
			"summary", "# TYPE size_bytes summary\nsize_bytes{quantile=\"0.9\"} 10\nsize_bytes_sum 31\nsize_bytes_count 3\n",
			[]string{"size_bytes"},
			[]string{
				"count: got 2, want 3", "sum: got 30, want 31",
				`quantile="0.9": missing, want 10`, `quantile="0.5": not expected, got 10`,
			},
		},
		{
			"form", "# TYPE size_bytes gauge\nsize_bytes 3\n",
			[]string{"size_bytes"},
			[]string{"type: got summary, want gauge", "{}: got a summary, want a single value"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.Compare(&f, families(requests(), latency(), size(), temperature()), test.want, test.names...)
			f.fails(t, append(test.parts, "metrictest.Compare: what is collected is not what is expected:\n")...)
			if len(f.errors) > 1 || f.fatal {
				t.Errorf("reported %d times, fatal: %t", len(f.errors), f.fatal)
			}
		})
	}
}

func TestCompareReport(t *testing.T) {
	t.Parallel()
	var f fake
	metrictest.Compare(&f, families(requests(), temperature()), `
		# TYPE app_requests_total counter
		app_requests_total{code="200"} 4
		app_requests_total{code="404"} 1
		# TYPE up gauge
		up 1
	`)
	f.says(t, `metrictest.Compare: what is collected is not what is expected:
app_requests_total (counter):
	{code="200"}: got 3, want 4
	{code="404"}: missing, want 1
	{code="500"}: not expected, got 1
up (gauge): missing, with the series {} 1
temperature_celsius (gauge): not expected, but there, with the series {} 0.30000000000000004`)
}

func TestCompareIsShort(t *testing.T) {
	t.Parallel()
	many := metric.NewGaugeFamily("many", "", "n")
	var all []metric.Family
	for i := range 100 {
		many.Add(1, fmt.Sprint(i))
		one := metric.NewGaugeFamily(fmt.Sprintf("one_%d", i), "")
		one.Add(1)
		all = append(all, one)
	}
	var f fake
	metrictest.Compare(&f, families(append(all, many)...), "many 1\n")
	f.fails(t, "many (gauge):", "… and 91 more", "… and 81 more families")
}

func TestCompareCannot(t *testing.T) {
	t.Parallel()
	failing := metric.NewGaugeFamily("broken", "", "a")
	failing.Add(1) // without its label value
	two := families(temperature(), temperature())
	for _, test := range []struct {
		name      string
		collector metric.Collector
		want      string
		names     []string
		part      string
	}{
		{"no collector", nil, "", nil, "the collector is nil"},
		{"no collector to restrict", nil, "", []string{"a"}, "the collector is nil"},
		{"panic", panicking, "", nil, "the collector panicked: no database"},
		{"broken family", families(failing), "", nil, `family "broken"`},
		{"nil family", families(nil), "", nil, "metrictest.Compare: the page is not complete"},
		{"nil family with names", families(nil), "", []string{"a"}, "metrictest.Compare: the page is not complete"},
		{"family twice", two, "temperature_celsius 1", nil, "temperature_celsius"},
		{"invalid text", families(), "\n\ta 1\n\tb x\n", nil, "in the line\n\tb x"},
		{"invalid openmetrics", families(), "# TYPE a counter\na_total 1\na 2\n", nil, "in the line\n\t"},
		{"another format", families(), `{"name":"a"}`, nil, "the expected text looks like json"},
		{"name that is not there", families(temperature()), "temperature_celsius 0", []string{"temperature"}, `family temperature_celsius is expected, but not among the names ["temperature"]`},
		{"exemplar without time", families(), "# TYPE a_total counter\na_total 1 st@1 # {a=\"b\"} 1", nil, "without a timestamp"},
		{"histogram without count", families(), "# TYPE a histogram\na_sum 1\n", nil, "the expected text is not valid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.Compare(&f, test.collector, test.want, test.names...)
			f.fails(t, test.part)
		})
	}
}

// restricter counts how often it was narrowed down.
type restricter struct {
	metric.Collector
	names [][]string
}

func (r *restricter) Restrict(names []string) metric.Collector {
	r.names = append(r.names, names)
	return r.Collector
}

func TestCompareRestricts(t *testing.T) {
	t.Parallel()
	r := &restricter{Collector: families(requests(), temperature())}
	var f fake
	metrictest.Compare(&f, r, "temperature_celsius 0.3", "temperature_celsius")
	f.passes(t)
	if len(r.names) != 1 {
		t.Errorf("restricted to %q", r.names)
	}
}

func TestCompareError(t *testing.T) {
	t.Parallel()
	var f fake
	metrictest.Compare(&f, metric.CollectorFunc(func(context.Context, func(metric.Family) error) error { return errors.New("no database") }), "")
	f.fails(t, "metrictest.Compare: the page is not complete: no database")
}

// TestCompareRareParts has what few families have.
func TestCompareRareParts(t *testing.T) {
	t.Parallel()
	const page = "# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n"
	unitless := metric.NewHistogramFamily("a_seconds", "")
	unitless.AddRow(metric.HistogramRow{Buckets: []metric.Bucket{{UpperBound: metric.Inf(), Count: 3}}, NoSum: true})
	points := metric.NewGaugeFamily("p", "")
	for i := range 2 {
		points.AddRow(metric.ValueRow{Value: float64(i), Timestamp: metric.NewTimestamp(int64(i+1), 0)})
	}
	var f fake
	metrictest.Compare(&f, families(unitless), page+"a_seconds {count:3,sum:1,schema:0,zero_threshold:0,zero_count:3,bucket:[+Inf:3]}")
	f.fails(t, `unit: got "", want "seconds"`, "sum: got NaN, want 1", "native buckets: missing")
	f = fake{}
	metrictest.Compare(&f, families(unitless), page+"a_seconds_bucket{le=\"+Inf\"} 4\na_seconds_sum 1\na_seconds_count 4\n")
	f.fails(t, "count: got 3, want 4", "sum: got none, want 1")
	f = fake{}
	metrictest.Compare(&f, families(points), "# TYPE p gauge\np 0 1\np 2 3\n# EOF")
	f.fails(t, "{}, point 2:", "got 1, want 2", "timestamp: got 2, want 3")
}
