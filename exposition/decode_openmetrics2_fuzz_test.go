package exposition_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// FuzzOpenMetrics2Decoder reads any page. What can be read can be written, unless
// names that other formats give the samples clash.
func FuzzOpenMetrics2Decoder(f *testing.F) {
	conformantOpenMetrics2.seed(f)
	f.Fuzz(func(t *testing.T, page []byte) {
		for _, err := range conformantOpenMetrics2.fuzzed(t, page).refused {
			if !strings.Contains(err.Error(), "is already on the page") {
				t.Error(err)
			}
		}
	})
}

func BenchmarkOpenMetrics2Decoder(b *testing.B) {
	rich := histograms(1000)
	rich.proto.Histogram.Native = native()
	rich.proto.Histogram.Native.Count, rich.proto.Histogram.Native.ZeroCount = 50, 40
	rich.proto.Exemplars = []metric.Exemplar{{Labels: labels("trace_id", "abc"), Value: 0.3, Timestamp: at(1700000000, 5)}}
	for _, bench := range []struct {
		name   string
		family metric.Family
		series int
	}{
		{"counters", counters(10_000), 10_000},
		{"summaries", summaries(10_000), 10_000},
		{"histograms", histograms(1000), 1000},
		{"histograms with native buckets", rich, 1000},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var page bytes.Buffer
			if _, err := exposition.Write(context.Background(), &page, collector(bench.family), om2, nil); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(page.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decodePage(exposition.NewOpenMetrics2Decoder(bytes.NewReader(page.Bytes()), nil)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bench.series), "ns/sample")
		})
	}
}
