package exposition_test

import (
	"io"
	"strconv"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// bulk is a trusted family of many series that allocates nothing itself.
type bulk struct {
	desc   metric.Desc
	labels []metric.Labels
	proto  metric.Sample // what all samples have in common
	sample metric.Sample
}

func (b *bulk) Desc() *metric.Desc  { return &b.desc }
func (b *bulk) Trusted(gather.Mark) {}

func (b *bulk) Each(visit func(*metric.Sample) error) error {
	for i, l := range b.labels {
		b.sample = b.proto
		b.sample.Labels, b.sample.Value = l, float64(i)
		if err := visit(&b.sample); err != nil {
			return err
		}
	}
	return nil
}

func manyLabels(n int, names ...string) []metric.Labels {
	schema, err := metric.NewLabelSchema(names)
	if err != nil {
		panic(err)
	}
	all := make([]metric.Labels, n)
	values := make([]string, len(names))
	for i := range all {
		for j := range values {
			values[j] = "/api/v1/" + strconv.Itoa(i)
		}
		if all[i], err = schema.Make(values); err != nil {
			panic(err)
		}
	}
	return all
}

func counters(n int) *bulk {
	return &bulk{
		desc:   metric.Desc{Name: "http_requests", Help: "Requests.", Type: metric.TypeCounter},
		labels: manyLabels(n, "path", "method"), proto: metric.Sample{Name: "http_requests_total"},
	}
}

func histograms(n int) *bulk {
	h := &metric.Histogram{Sum: 3.25}
	for i := range 14 {
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: float64(i) / 4, Count: float64(i * 3)})
	}
	h.Count = 50
	h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: inf, Count: h.Count})
	return &bulk{
		desc:   metric.Desc{Name: "latency_seconds", Help: "Latency.", Unit: "seconds", Type: metric.TypeHistogram},
		labels: manyLabels(n, "path", "method"), proto: metric.Sample{Name: "latency_seconds", Histogram: h},
	}
}

func summaries(n int) *bulk {
	s := &metric.Summary{Count: 3, Sum: 2.5, Quantiles: []metric.Quantile{{Quantile: 0.99, Value: 1.5}, {Quantile: 0.5, Value: 0.25}}}
	return &bulk{desc: metric.Desc{Name: "rpc", Type: metric.TypeSummary}, labels: manyLabels(n, "path"), proto: metric.Sample{Name: "rpc", Summary: s}}
}

var allFormats = []exposition.Format{
	exposition.FormatText(), exposition.FormatText100(), exposition.FormatOpenMetrics(),
	exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON(),
	{Syntax: exposition.Text, Escaping: metric.Dots},
	{Syntax: exposition.Protobuf, Escaping: metric.Values},
}

// TestAllocationsDoNotFollowSeries checks that a page costs few allocations
// however many series it has. The limit leaves room for a buffer that grows from
// nothing, as the pool of encoders may have been emptied.
func TestAllocationsDoNotFollowSeries(t *testing.T) {
	const limit = 150
	const n = 20_000
	start := metric.NewTimestamp(1700000000, 5)
	exemplars := []metric.Exemplar{{Labels: labels("trace_id", "a\"b"), Value: 0.3, Timestamp: start}}
	rich := histograms(n / 10)
	rich.proto.Start, rich.proto.Exemplars = start, exemplars
	rich.proto.Histogram.Native = native()
	rich.proto.Histogram.Native.Count, rich.proto.Histogram.Native.ZeroCount = 50, 40
	total := counters(n)
	total.proto.Start, total.proto.Exemplars = start, exemplars
	dotted := counters(n / 2)
	dotted.desc.Name, dotted.labels = "a.b", manyLabels(n/2, "c.d")
	dotted.proto.Name, dotted.desc.LabelNames = "a.b_total", []string{"c.d"}
	families := []*bulk{counters(n), total, histograms(n / 10), rich, summaries(n / 2), dotted}
	for _, format := range allFormats {
		for _, f := range families {
			encode := func() {
				e := exposition.NewEncoder(io.Discard, format, nil)
				if err := e.Encode(f); err != nil {
					t.Fatal(err)
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
			}
			encode() // fills the pool
			if allocs := testing.AllocsPerRun(2, encode); allocs > limit {
				t.Errorf("%s, %s of %d series: %v allocations", format.ContentType(), f.desc.Name, len(f.labels), allocs)
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, format := range []exposition.Format{exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON()} {
		b.Run(format.String()+"/counters", func(b *testing.B) { benchmark(b, format, counters(1000), 1000) })
		b.Run(format.String()+"/histograms", func(b *testing.B) { benchmark(b, format, histograms(100), 100*17) })
	}
}

// benchmark reports the time for each line that the text formats have.
func benchmark(b *testing.B, format exposition.Format, f metric.Family, lines int) {
	b.ReportAllocs()
	for b.Loop() {
		e := exposition.NewEncoder(io.Discard, format, nil)
		if err := e.Encode(f); err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}
