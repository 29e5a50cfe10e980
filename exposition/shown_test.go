package exposition_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// TestShown checks the lines of families that need care in one format.
func TestShown(t *testing.T) {
	t.Parallel()
	const gauge, counter = metric.TypeGauge, metric.TypeCounter
	const hist, gaugeHist, summ = metric.TypeHistogram, metric.TypeGaugeHistogram, metric.TypeSummary
	on, off := &exposition.Options{Created: exposition.On}, &exposition.Options{Created: exposition.Off}
	le := func(bound string, value float64, pairs ...string) metric.Sample {
		return sample("x_bucket", value, append([]string{"le", bound}, pairs...)...)
	}
	tests := []struct {
		name    string
		format  exposition.Format
		options *exposition.Options
		family  metric.Family
		want    string
	}{
		{
			"text: times before 1970 are left out", text, nil,
			of(gauge, "x", timed(sample("x", 1), at(-1, 0)), timed(sample("x", 2, "a", "b"), at(0, 0))),
			"# TYPE x gauge\nx 1\nx{a=\"b\"} 2 0\n",
		},
		{
			"text: times beyond int64 milliseconds are left out", text, nil,
			of(gauge, "x", timed(sample("x", 1), at(math.MaxInt64/1000, 0))), "# TYPE x gauge\nx 1\n",
		},
		{
			"text: times are cut to milliseconds", text, nil,
			of(gauge, "x", timed(sample("x", 1), at(1, 999_999_999))), "# TYPE x gauge\nx 1 1999\n",
		},
		{
			"text: stray names follow the family", text, nil,
			of(gauge, "x", sample("x", 1), sample("y", 2), sample("y", 3, "a", "b"), sample("z.z", 4)),
			"# TYPE x gauge\nx 1\ny 2\ny{a=\"b\"} 3\nz_z 4\n",
		},
		{
			"text: fractional counts", text, nil,
			of(hist, "x", histogram(metric.Histogram{Count: 1.5, Sum: math.NaN(), Buckets: buckets(inf, 1.5)})),
			"# TYPE x histogram\nx_bucket{le=\"+Inf\"} 1.5\nx_count 1.5\nx_sum NaN\n",
		},
		{
			"text: expanded series in any order", text, on,
			of(hist, "x", sample("x_created", 5, "a", "1"), sample("x_sum", 3, "a", "1"), le("+Inf", 1, "a", "2"), le("+Inf", 1, "a", "1")),
			"# TYPE x histogram\nx_sum{a=\"1\"} 3\nx_bucket{a=\"2\",le=\"+Inf\"} 1\nx_bucket{a=\"1\",le=\"+Inf\"} 1\n# TYPE x_created gauge\nx_created{a=\"1\"} 5\n",
		},
		{
			"text: expanded _created lines follow the switch", text, nil,
			of(counter, "x", sample("x_total", 1), sample("x_created", 5)), "# TYPE x_total counter\nx_total 1\n",
		},
		{
			"text: a counter with its bare name", text, nil,
			of(counter, "x", sample("x", 1)), "# TYPE x_total counter\nx_total 1\n",
		},
		{
			"text: an expanded gauge histogram", text, nil,
			of(gaugeHist, "x", le("+Inf", 1), sample("x_gcount", 1), sample("x_gsum", 2)),
			"# TYPE x histogram\nx_bucket{le=\"+Inf\"} 1\n# TYPE x_gcount gauge\nx_gcount 1\n# TYPE x_gsum gauge\nx_gsum 2\n",
		},
		{
			"text: quoted names of extra families", textUTF8, on,
			of(counter, "x.y", metric.Sample{Name: "x.y_total", Start: at(1, 0)}),
			"# TYPE \"x.y_total\" counter\n{\"x.y_total\"} 0\n# TYPE \"x.y_created\" gauge\n{\"x.y_created\"} 1\n",
		},
		{
			"om1: negative times, exactly", om1, nil,
			of(gauge, "x", timed(sample("x", 1), at(-1, 500_000_000))), "# TYPE x gauge\nx 1 -0.5\n",
		},
		{
			"om1: created lines have the timestamp of the point", om1, nil,
			of(counter, "x", metric.Sample{Name: "x_total", Value: 17, Timestamp: at(1520879607, 789_000_000), Start: at(1520430000, 123_000_000)}),
			"# TYPE x counter\nx_total 17 1520879607.789\nx_created 1520430000.123 1520879607.789\n",
		},
		{
			"om1: created off", om1, off,
			of(counter, "x", metric.Sample{Name: "x_total", Start: at(1, 0)}), "# TYPE x counter\nx_total 0\n",
		},
		{
			"om1: expanded created off", om1, off,
			of(counter, "x", sample("x_total", 1), sample("x_created", 5)), "# TYPE x counter\nx_total 1\n",
		},
		{
			"om1: created may come first", om1, nil,
			of(counter, "x", sample("x_created", 5, "a", "1"), sample("x_total", 1, "a", "1"), sample("x_created", 5), sample("x_total", 1)),
			"# TYPE x counter\nx_created{a=\"1\"} 5\nx_total{a=\"1\"} 1\nx_created 5\nx_total 1\n",
		},
		{
			"om1: a summary keeps its count without a sum", om1, nil,
			of(summ, "x", summary(metric.Summary{Count: 2, Sum: -1, Quantiles: []metric.Quantile{{Quantile: 0.1, Value: -3}, {Quantile: 1, Value: 2}}})),
			"# TYPE x summary\nx{quantile=\"1.0\"} 2\nx_count 2\n",
		},
		{
			"om1: NaN sum", om1, nil,
			of(hist, "x", histogram(metric.Histogram{Count: 1, Sum: math.NaN(), Buckets: buckets(inf, 1)})),
			"# TYPE x histogram\nx_bucket{le=\"+Inf\"} 1\n",
		},
		{
			"om1: negative gsum without negative bounds", om1, nil,
			of(gaugeHist, "x", histogram(metric.Histogram{Count: 1, Sum: -1, Buckets: buckets(inf, 1)})),
			"# TYPE x gaugehistogram\nx_bucket{le=\"+Inf\"} 1\n",
		},
		{
			"om1: expanded points of one series", om1, nil,
			of(summ, "x", timed(sample("x_count", 1), at(1, 0)), timed(sample("x_sum", 1), at(1, 0)), timed(sample("x_count", 2), at(2, 0)), timed(sample("x_sum", 2), at(2, 0))),
			"# TYPE x summary\nx_count 1 1\nx_sum 1 1\nx_count 2 2\nx_sum 2 2\n",
		},
		{
			"om1: expanded negative gsum", om1, nil,
			of(gaugeHist, "x", le("-1.0", 1), le("+Inf", 1), sample("x_gcount", 1), sample("x_gsum", -2)),
			"# TYPE x gaugehistogram\nx_bucket{le=\"-1.0\"} 1\nx_bucket{le=\"+Inf\"} 1\nx_gcount 1\nx_gsum -2\n",
		},
		{
			"om1: units of other characters have no line", om1, nil,
			&family{metric.Desc{Name: "x_µs", Unit: "µs"}, nil}, "# TYPE \"x_µs\" unknown\n",
		},
		{
			"om1: a unit that escaping takes off the name has no line",
			exposition.Format{Syntax: exposition.OpenMetrics, Escaping: metric.Dots},
			nil,
			&family{metric.Desc{Name: "x_a_b", Unit: "a_b"}, nil}, "# TYPE x__a__b unknown\n",
		},
		{
			"om1: a counter written without _total", om1, nil,
			&family{metric.Desc{Name: "x", Written: "x", Type: counter}, []metric.Sample{sample("x_total", 1)}},
			"# TYPE x counter\nx_total 1\n",
		},
		{
			"om1: a colon needs no quotes in a metric name but in a label name", om1, nil,
			of(gauge, "a:b", sample("a:b", 1, "c:d", "e")), "# TYPE a:b gauge\na:b{\"c:d\"=\"e\"} 1\n",
		},
		{
			"om1: state sets with a quoted name", om1, nil,
			of(metric.TypeStateSet, "a\"b", sample("a\"b", 1, "a\"b", "on", "c", "d"), sample("a\"b", 0, "a\"b", "off", "c", "d")),
			"# TYPE \"a\\\"b\" stateset\n{\"a\\\"b\",\"a\\\"b\"=\"on\",c=\"d\"} 1\n{\"a\\\"b\",\"a\\\"b\"=\"off\",c=\"d\"} 0\n",
		},
		{
			"om2: no start where the switch is off", om2, off,
			of(counter, "x", metric.Sample{Name: "x_total", Start: at(1, 0)}), "# TYPE x_total counter\nx_total 0\n",
		},
		{
			"om2: units of other characters have no line", om2, nil,
			&family{metric.Desc{Name: "x_µs", Unit: "µs"}, nil}, "# TYPE \"x_µs\" unknown\n",
		},
		{
			"om2: an expanded summary", om2, nil,
			of(summ, "x", sample("x", 2, "quantile", "0.9"), sample("x", 1, "quantile", "0.5"), sample("x_count", 3), sample("x_sum", 4), sample("x_created", 5)),
			"# TYPE x summary\nx {count:3,sum:4,quantile:[0.5:1,0.9:2]} st@5\n",
		},
		{
			"json: fractional native counts", json, nil,
			of(hist, "x", histogram(metric.Histogram{Count: 1.5, Native: &metric.NativeHistogram{Count: 1.5, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1.5}}})),
			`{"name":"x","type":"histogram","help":"","unit":"","samples":[{"name":"x","labels":{},"native_histogram":{"count_value":1.5,"sum_value":0,"schema":0,"zero_threshold":0,"zero_count":0,"pos_spans":[[0,1]],"neg_spans":[],"pos_counts":[1.5],"neg_counts":[]}}]}` + "\n",
		},
		{
			"json: any sample name", json, nil, of(gauge, "x", sample("y\t", 1, "a", "b")),
			`{"name":"x","type":"gauge","help":"","unit":"","samples":[{"name":"y\u0009","labels":{"a":"b"},"value":1}]}` + "\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _ := writeWith(t, test.format, test.options, test.family)
			if diff := cmp.Diff(test.want, strings.TrimSuffix(got, "# EOF\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestShownProtobuf checks messages that need care.
func TestShownProtobuf(t *testing.T) {
	t.Parallel()
	old := []metric.Exemplar{{Value: 1, Timestamp: at(-1e12, 0)}}
	tests := []struct {
		name   string
		family metric.Family
		want   string
	}{
		{
			"fractional counts", of(metric.TypeGaugeHistogram, "x", histogram(metric.Histogram{
				Count: 1.5, Sum: 2, Buckets: buckets(inf, 1.5),
				Native: &metric.NativeHistogram{Count: 1.5, Sum: 2, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1.5}},
			})),
			"metric:{histogram:{sample_count_float:1.5 sample_sum:2 bucket:{cumulative_count_float:1.5 upper_bound:+Inf} schema:0 zero_threshold:0 zero_count_float:0 positive_span:{offset:0 length:1} positive_count:1.5}}",
		},
		{"times before 1970", of(metric.TypeGauge, "x", timed(sample("x", 1), at(-1, 0))), "metric:{gauge:{value:1} timestamp_ms:-1000}"},
		{
			"times out of range", of(metric.TypeCounter, "x", metric.Sample{Name: "x_total", Timestamp: at(math.MaxInt64, 0), Start: at(math.MaxInt64, 0), Exemplars: old}),
			"metric:{counter:{value:0 exemplar:{value:1}}}",
		},
		{
			"long label values", of(metric.TypeGauge, "x", sample("x", 1, "a", strings.Repeat("y", 300), "b", "\"")),
			"metric:{label:{name:\"a\" value:\"" + strings.Repeat("y", 300) + "\"} label:{name:\"b\" value:\"\\\"\"} gauge:{value:1}}",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page, _ := write(t, pb, test.family)
			has(t, dumpFamilies(t, []byte(page)), test.want)
		})
	}
}

// TestDropped checks what is counted as left out.
func TestDropped(t *testing.T) {
	t.Parallel()
	with := func(s metric.Sample, exemplars ...metric.Exemplar) metric.Sample {
		s.Exemplars = exemplars
		return s
	}
	fine := metric.Exemplar{Labels: labels("a", "b"), Value: 1, Timestamp: at(1, 0)}
	long := metric.Exemplar{Labels: labels("a", strings.Repeat("é", metric.MaxExemplarRunes)), Value: 1, Timestamp: at(1, 0)}
	longest := metric.Exemplar{Labels: labels("a", strings.Repeat("\"", metric.MaxExemplarRunes-1)), Value: 1, Timestamp: at(1, 0)}
	clash := metric.Exemplar{Labels: labels("a.b", "1", "a_b", "2"), Value: 1, Timestamp: at(1, 0)}
	const gauge, counter, hist = metric.TypeGauge, metric.TypeCounter, metric.TypeHistogram
	type drops = exposition.DroppedExemplars
	om1Escaped := exposition.Format{Syntax: exposition.OpenMetrics}
	nat := histogram(metric.Histogram{Count: 12, Sum: 18.4, Native: native()})
	tests := []struct {
		name   string
		format exposition.Format
		family metric.Family
		want   exposition.Stats
	}{
		{"om1: on a gauge", om1, of(gauge, "x", with(sample("x", 1), fine, fine)), exposition.Stats{Exemplars: drops{Misplaced: 2}}},
		{"om2: on a gauge", om2, of(gauge, "x", with(sample("x", 1), fine)), exposition.Stats{Exemplars: drops{Misplaced: 1}}},
		{"protobuf: on a gauge", pb, of(gauge, "x", with(sample("x", 1), fine)), exposition.Stats{Exemplars: drops{Misplaced: 1}}},
		{"text has none", text, of(gauge, "x", with(sample("x", 1), fine)), exposition.Stats{}},
		{"om1: on the count of an expanded histogram", om1, of(hist, "x", sample("x_bucket", 1, "le", "+Inf"), with(sample("x_count", 1), fine), sample("x_sum", 1)), exposition.Stats{Samples: 2, Exemplars: drops{Misplaced: 1}}},
		{"om1: too long", om1, of(counter, "x", with(sample("x_total", 1), long)), exposition.Stats{Exemplars: drops{TooLong: 1}}},
		{"om1: as long as may be", om1, of(counter, "x", with(sample("x_total", 1), longest)), exposition.Stats{}},
		{"om2: has no such limit", om2, of(counter, "x", with(sample("x_total", 1), long)), exposition.Stats{}},
		{"om1: names clash", om1Escaped, of(counter, "x", with(sample("x_total", 1), clash)), exposition.Stats{Exemplars: drops{Unnameable: 1}}},
		{"om1: NUL", om1, of(counter, "x", with(sample("x_total", 1), metric.Exemplar{Labels: labels("id", "\x00")})), exposition.Stats{Exemplars: drops{Unreadable: 1}}},
		{"om1: outside its bucket", om1, of(hist, "x", with(sample("x_bucket", 1, "le", "0.5"), fine), sample("x_bucket", 1, "le", "+Inf")), exposition.Stats{Samples: 1, Exemplars: drops{OutsideBucket: 1}}},
		{"om1: NaN is in no bucket", om1, of(hist, "x", with(sample("x_bucket", 1, "le", "+Inf"), metric.Exemplar{Value: math.NaN()})), exposition.Stats{Exemplars: drops{OutsideBucket: 1}}},
		{"om2: no timestamp", om2, of(counter, "x", with(sample("x_total", 1), metric.Exemplar{Value: 1}, fine)), exposition.Stats{Exemplars: drops{NoTimestamp: 1}}},
		{"om1: needs no timestamp", om1, of(counter, "x", with(sample("x_total", 1), metric.Exemplar{Value: 1})), exposition.Stats{}},
		{"protobuf: native without timestamp", pb, of(hist, "x", with(nat, metric.Exemplar{Value: 1}, fine)), exposition.Stats{Exemplars: drops{NoTimestamp: 1}}},
		{"text: time before 1970", text, of(gauge, "x", timed(sample("x", 1), at(-1, 0))), exposition.Stats{DroppedTimestamps: 1}},
		{"protobuf: time out of range", pb, of(gauge, "x", timed(sample("x", 1), at(math.MinInt64, 0))), exposition.Stats{DroppedTimestamps: 1}},
		{"om1: sum", om1, of(metric.TypeSummary, "x", summary(metric.Summary{Sum: -1, Quantiles: []metric.Quantile{{Value: -1}}})), exposition.Stats{OmittedValues: 2}},
		{"om2: quantile", om2, of(metric.TypeSummary, "x", summary(metric.Summary{Quantiles: []metric.Quantile{{Value: -1}}})), exposition.Stats{OmittedValues: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.Families, test.want.Samples = 1, test.want.Samples+1
			if _, got := write(t, test.format, test.family); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
