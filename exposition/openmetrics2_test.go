package exposition_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

// TestOpenMetrics2 compares with pages that were derived by hand from the
// examples of the specification, in the version 2.0.0-rc0
// (https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/): labels are
// sorted, and numbers have the form that this package gives them.
func TestOpenMetrics2(t *testing.T) {
	t.Parallel()
	start := at(1520430000, 123_000_000)
	get := labels("path", "/api/v1", "method", "GET")
	spans := func(pairs ...int32) (s []metric.BucketSpan) {
		for i := 0; i < len(pairs); i += 2 {
			s = append(s, metric.BucketSpan{Offset: pairs[i], Length: uint32(pairs[i+1])})
		}
		return s
	}
	tests := []struct {
		file     string
		families []metric.Family
	}{
		// Section "Metric types", "Gauge".
		{"gauge.txt", []metric.Family{
			of(metric.TypeGauge, "foo", timed(sample("foo", 17, "a", "b"), at(1520879607, 789_000_000))),
			of(metric.TypeGauge, "bar", timed(sample("bar", 17), at(123, 0)), timed(sample("bar", 18), at(456, 0))),
			of(metric.TypeGauge, "none"),
		}},
		// Section "Metric types", "Counter": everything a line can have, and a
		// name without _total.
		{"counter.txt", []metric.Family{
			of(metric.TypeCounter, "foo", metric.Sample{
				Name: "foo_total", Value: 17, Timestamp: at(1520879607, 789_000_000), Start: start,
				Exemplars: []metric.Exemplar{{Labels: labels("trace_id", "KOO5S4vxi0o"), Value: 0.67, Timestamp: at(1520879606, 100_000_000)}},
			}),
			&family{metric.Desc{Name: "bar", Written: "bar", Type: metric.TypeCounter}, []metric.Sample{
				{Name: "bar", Value: 17, Timestamp: at(1520879607, 789_000_000), Start: at(1520879607, 789_000_000)},
			}},
		}},
		// Section "Metric types", "StateSet".
		{"stateset.txt", []metric.Family{of(metric.TypeStateSet, "foo",
			sample("foo", 1, "entity", "controller", "foo", "a"), sample("foo", 0, "entity", "controller", "foo", "bb"),
			sample("foo", 0, "entity", "controller", "foo", "ccc"), sample("foo", 1, "entity", "replica", "foo", "a"),
			sample("foo", 0, "entity", "replica", "foo", "bb"), sample("foo", 1, "entity", "replica", "foo", "ccc"))}},
		// Section "Metric types", "Info".
		{"info.txt", []metric.Family{of(metric.TypeInfo, "foo",
			sample("foo_info", 1, "entity", "controller", "name", "pretty name", "version", "8.2.7"),
			sample("foo_info", 1, "entity", "replica", "name", "prettier name", "version", "8.1.9"))}},
		// Section "Metric types", "Summary": quantiles are sorted.
		{"summary.txt", []metric.Family{
			of(metric.TypeSummary, "foo", metric.Sample{Name: "foo", Start: start, Summary: &metric.Summary{Count: 17, Sum: 324789.3}}),
			of(metric.TypeSummary, "bar", metric.Sample{Name: "bar", Start: start, Summary: &metric.Summary{
				Quantiles: []metric.Quantile{{Quantile: 0.99, Value: 150}, {Quantile: 0.95, Value: 123.7}},
			}}),
		}},
		// Section "Histogram with Classic Buckets".
		{"classic.txt", []metric.Family{of(metric.TypeHistogram, "foo", metric.Sample{Name: "foo", Start: start, Histogram: &metric.Histogram{
			Count: 17, Sum: 324789.3, Buckets: buckets(0, 0, 1e-5, 0, 1e-4, 5, 0.1, 8, 1, 10, 10, 11, 1e5, 11, 1e6, 15, 1e23, 16, 1.1e23, 17, inf, 17),
		}})}},
		// Section "Histogram with Native Buckets": all fields, and no buckets.
		// Names are shortened; the example's counts add up to 59.
		{"native.txt", []metric.Family{
			of(metric.TypeHistogram, "foo_seconds", metric.Sample{Name: "foo_seconds", Labels: get, Start: start, Histogram: &metric.Histogram{
				Count: 59, Sum: 120,
				Native: &metric.NativeHistogram{
					Count: 59, Sum: 120, Schema: 7, ZeroThreshold: 1e-4,
					NegativeSpans: spans(1, 2), NegativeCounts: []float64{5, 7},
					PositiveSpans: spans(-1, 2, 3, 4), PositiveCounts: []float64{5, 7, 10, 9, 8, 8},
				},
			}}),
			of(metric.TypeHistogram, "bar_seconds", metric.Sample{Name: "bar_seconds", Labels: get, Start: start, Histogram: &metric.Histogram{
				Native: &metric.NativeHistogram{Schema: 3, ZeroThreshold: 1e-4},
			}}),
		}},
		// Section "Histogram with both Classic and Native Buckets".
		{"both.txt", []metric.Family{&family{
			metric.Desc{Name: "acme_http_request_seconds", Unit: "seconds", Help: "Latency histogram of all of ACME's HTTP requests.", Type: metric.TypeHistogram},
			[]metric.Sample{{Name: "acme_http_request_seconds", Labels: get, Histogram: &metric.Histogram{
				Count: 2, Sum: 120, Buckets: buckets(0.5, 1, 1, 2, inf, 2),
				Native: &metric.NativeHistogram{Count: 2, Sum: 120, ZeroThreshold: 1e-4, PositiveSpans: spans(1, 2), PositiveCounts: []float64{1, 1}},
			}}},
		}}},
		// Section "Exemplars and Start Timestamp".
		{"exemplars.txt", []metric.Family{of(metric.TypeHistogram, "foo", metric.Sample{
			Name: "foo", Start: start,
			Histogram: &metric.Histogram{
				Count: 17, Sum: 324789.3, Buckets: buckets(0.01, 0, 0.1, 8, 1, 11, 10, 17, inf, 17),
				Native: &metric.NativeHistogram{Count: 17, Sum: 324789.3, ZeroThreshold: 1e-4, PositiveSpans: spans(0, 2), PositiveCounts: []float64{5, 12}},
			},
			Exemplars: []metric.Exemplar{
				{Value: 0.054, Timestamp: at(1520879607, 700_000_000)},
				{Labels: labels("trace_id", "KOO5S4vxi0o"), Value: 1.67, Timestamp: at(1520879602, 890_000_000)},
				{Labels: labels("trace_id", "oHg5SJYRHA0"), Value: 9.8, Timestamp: at(1520879607, 789_000_000)},
			},
		})}},
		// Sections "GaugeHistogram with Classic Buckets" and "Overall
		// Structure": gauge histograms may have fractional counts.
		{"gaugehistogram.txt", []metric.Family{
			of(metric.TypeGaugeHistogram, "foo", metric.Sample{Name: "foo", Histogram: &metric.Histogram{Count: 42, Sum: 3289.3, Buckets: buckets(0.01, 20, 0.1, 25, 1, 34, inf, 42)}}),
			of(metric.TypeGaugeHistogram, "acme_http_request_seconds:rate5m", metric.Sample{Name: "acme_http_request_seconds:rate5m", Labels: get, Histogram: &metric.Histogram{
				Count: 0.01, Sum: 2, Native: &metric.NativeHistogram{Count: 0.01, Sum: 2, ZeroThreshold: 1e-4, PositiveSpans: spans(1, 2), PositiveCounts: []float64{0.005, 0.005}},
			}}),
		}},
		// Sections "UTF-8 Quoting", "Metric" and "MetricFamily metadata".
		{"quoting.txt", []metric.Family{
			trusted{&family{
				metric.Desc{Name: "process.cpu.seconds", Written: "process.cpu.seconds", Unit: "seconds", Help: "Total user and system CPU time spent in seconds.", Type: metric.TypeCounter},
				[]metric.Sample{sample("process.cpu.seconds", 4.20072246e6, "node.name", "my_node")},
			}},
			of(metric.TypeGauge, `"bar".seconds.count`, sample(`"bar".seconds.count`, 0, `b\`, "escaping\" example \n ")),
			&family{metric.Desc{Name: "help", Help: "Some text and \n some \" escaping"}, []metric.Sample{sample("help", 42.23)}},
		}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "openmetrics2", test.file))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := write(t, om2, test.families...)
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
