package exposition_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// family is a family of given samples, checked like any foreign one.
type family struct {
	desc    metric.Desc
	samples []metric.Sample
}

func (f *family) Desc() *metric.Desc { return &f.desc }

func (f *family) Each(visit func(*metric.Sample) error) error {
	for i := range f.samples {
		if err := visit(&f.samples[i]); err != nil {
			return err
		}
	}
	return nil
}

// trusted is a family that is not checked, as instruments are.
type trusted struct{ metric.Family }

func (trusted) Trusted(gather.Mark) {}

// collector emits families.
func collector(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

// labels makes a label set of names and values in turns.
func labels(pairs ...string) metric.Labels {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	l, err := metric.LabelsFromMap(m)
	if err != nil {
		panic(err)
	}
	return l
}

// sample makes a simple sample.
func sample(name string, value float64, pairs ...string) metric.Sample {
	return metric.Sample{Name: name, Labels: labels(pairs...), Value: value}
}

func at(sec, nsec int64) metric.Timestamp { return metric.NewTimestamp(sec, nsec) }

// buckets makes classic buckets of bounds and cumulative counts in turns.
func buckets(pairs ...float64) []metric.Bucket {
	var b []metric.Bucket
	for i := 0; i < len(pairs); i += 2 {
		b = append(b, metric.Bucket{UpperBound: pairs[i], Count: pairs[i+1]})
	}
	return b
}

var inf = math.Inf(1)

func native() *metric.NativeHistogram {
	return &metric.NativeHistogram{
		Count: 12, Sum: 18.4, Schema: 3, ZeroThreshold: 0.001, ZeroCount: 2,
		PositiveSpans:  []metric.BucketSpan{{Offset: -1, Length: 2}, {Offset: 3, Length: 1}},
		PositiveCounts: []float64{1, 5, 2},
		NegativeSpans:  []metric.BucketSpan{{Offset: 0, Length: 1}},
		NegativeCounts: []float64{2},
	}
}

// corpus is one family of every kind, most of them with something unusual.
// Every format can say all of it, in its way.
func corpus() []metric.Family {
	return []metric.Family{
		&family{
			metric.Desc{Name: "build", Help: "What runs.", Type: metric.TypeInfo},
			[]metric.Sample{sample("build_info", 1, "version", "1.2", "commit", "a\"b\\c\nd")},
		},
		&family{metric.Desc{Name: "requests", Help: "Served \\ \"all\"\nof them.", Type: metric.TypeCounter}, []metric.Sample{
			{
				Name: "requests_total", Labels: labels("code", "200"), Value: 5, Start: at(1700000000, 0),
				Exemplars: []metric.Exemplar{{Labels: labels("trace_id", "z"), Value: 1, Timestamp: at(1700000009, 100000000)}},
			},
			{Name: "requests_total", Labels: labels("code", "500"), Value: 1e300, Timestamp: at(1520879607, 789000000)},
		}},
		&family{metric.Desc{Name: "jobs", Written: "jobs", Type: metric.TypeCounter}, []metric.Sample{sample("jobs", 2.5)}},
		&family{metric.Desc{Name: "queue_bytes", Help: "", Unit: "bytes", Type: metric.TypeGauge}, []metric.Sample{
			sample("queue_bytes", math.NaN(), "q", ""), sample("queue_bytes", inf, "q", "a"),
			sample("queue_bytes", math.Inf(-1), "q", "é\x01"), sample("queue_bytes", -0.25, "q", "b", "z", "1"),
		}},
		&family{metric.Desc{Name: "points", Help: "Two points of one series.", Type: metric.TypeUnknown}, []metric.Sample{
			{Name: "points", Value: 17, Timestamp: at(123, 0)}, {Name: "points", Value: 18, Timestamp: at(456, 5000000)},
		}},
		&family{metric.Desc{Name: "empty_seconds", Help: "No samples.", Unit: "seconds", Type: metric.TypeSummary}, nil},
		&family{metric.Desc{Name: "state", Help: "On or off.", Type: metric.TypeStateSet}, []metric.Sample{
			sample("state", 0, "state", "a", "x", "1"), sample("state", 1, "state", "b", "x", "1"),
		}},
		&family{metric.Desc{Name: "latency_seconds", Help: "Classic.", Unit: "seconds", Type: metric.TypeHistogram}, []metric.Sample{
			{
				Name: "latency_seconds", Labels: labels("path", "/"), Start: at(1700000000, 123456789),
				Histogram: &metric.Histogram{Count: 3, Sum: 0.7, Buckets: buckets(0.1, 1, 1, 3, inf, 3)},
				Exemplars: []metric.Exemplar{{Value: 0.05, Timestamp: at(1700000001, 0)}, {Labels: labels("id", "1"), Value: 0.6, Timestamp: at(1700000002, 0)}},
			},
			{Name: "latency_seconds", Histogram: &metric.Histogram{Count: 1, NoSum: true, Buckets: buckets(0.1, 1, 1, 1, inf, 1)}},
		}},
		&family{metric.Desc{Name: "change", Help: "Negative bounds.", Type: metric.TypeHistogram}, []metric.Sample{
			{Name: "change", Histogram: &metric.Histogram{Count: 3, Sum: -2, Buckets: buckets(-1, 2, 0, 2, 1e6, 3, inf, 3)}},
		}},
		&family{metric.Desc{Name: "nat", Help: "Native.", Type: metric.TypeHistogram}, []metric.Sample{
			{
				Name: "nat", Labels: labels("k", "only"), Start: at(1700000000, 0), Histogram: &metric.Histogram{Count: 12, Sum: 18.4, Native: native()},
				Exemplars: []metric.Exemplar{{Labels: labels("id", "n"), Value: 2, Timestamp: at(1700000003, 0)}},
			},
			{Name: "nat", Labels: labels("k", "both"), Histogram: &metric.Histogram{Count: 12, Sum: 18.4, Native: native(), Buckets: buckets(1, 9, inf, 12)}},
			{Name: "nat", Labels: labels("k", "none"), Histogram: &metric.Histogram{Native: &metric.NativeHistogram{Schema: 3}}},
		}},
		&family{metric.Desc{Name: "custom", Help: "Custom bounds.", Type: metric.TypeHistogram}, []metric.Sample{
			{Name: "custom", Histogram: &metric.Histogram{Count: 6, Sum: 9, Native: &metric.NativeHistogram{
				Count: 6, Sum: 9, Schema: metric.CustomBoundsSchema, CustomBounds: []float64{0.5, 1, 2},
				PositiveSpans: []metric.BucketSpan{{Offset: 0, Length: 1}, {Offset: 1, Length: 2}}, PositiveCounts: []float64{1, 2, 3},
			}}},
		}},
		&family{metric.Desc{Name: "depth", Help: "Now waiting.", Type: metric.TypeGaugeHistogram}, []metric.Sample{
			{Name: "depth", Labels: labels("q", "a"), Histogram: &metric.Histogram{Count: 2, Sum: 3, Buckets: buckets(1, 1, inf, 2)}},
			{Name: "depth", Labels: labels("q", "b"), Histogram: &metric.Histogram{Count: 1, Sum: -3, Buckets: buckets(-1, 1, inf, 1)}},
		}},
		&family{metric.Desc{Name: "rpc", Help: "Quantiles.", Type: metric.TypeSummary}, []metric.Sample{
			{Name: "rpc", Start: at(1700000000, 500000000), Summary: &metric.Summary{Count: 4, Sum: 8, Quantiles: []metric.Quantile{{Quantile: 0.99, Value: math.NaN()}, {Quantile: 0.5, Value: 1}}}},
			{Name: "rpc", Labels: labels("m", "x"), Summary: &metric.Summary{}},
		}},
		&family{metric.Desc{Name: "http.server.größe", Help: "Names of any kind.", Type: metric.TypeCounter}, []metric.Sample{
			{
				Name: "http.server.größe_total", Labels: labels("a.b", "1", "plain", "2"), Value: 1, Start: at(5, 0),
				Exemplars: []metric.Exemplar{{Labels: labels("span.id", "s"), Value: 1, Timestamp: at(6, 0)}},
			},
			sample("http.server.größe_total", 2, "a_b", "1"),
		}},
		&family{metric.Desc{Name: "wait.time_seconds", Unit: "seconds", Type: metric.TypeHistogram}, []metric.Sample{
			{Name: "wait.time_seconds", Labels: labels("a.b", "\\"), Histogram: &metric.Histogram{Count: 1, Sum: 1, Buckets: buckets(1, 1, inf, 1)}},
		}},
		&family{metric.Desc{Name: "raw", Help: "Lines.", Type: metric.TypeHistogram}, []metric.Sample{
			sample("raw_bucket", 1, "le", "0.5", "x", "1"), sample("raw_bucket", 2, "le", "+Inf", "x", "1"),
			sample("raw_count", 2, "x", "1"), sample("raw_sum", 3, "x", "1"), sample("raw_created", 1.5e9, "x", "1"),
		}},
	}
}

// has reports whether the text has the line.
func has(t *testing.T, text, line string) {
	t.Helper()
	if !strings.Contains("\n"+text, "\n"+line+"\n") {
		t.Errorf("no line %s in\n%s", line, text)
	}
}
