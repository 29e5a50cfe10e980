package exposition_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// FuzzOpenMetrics2Decoder reads any page. What can be read can be written, unless
// names that other formats give the samples clash; and what was written reads and
// writes the same.
func FuzzOpenMetrics2Decoder(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "openmetrics2", "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, filepath.Join("testdata", "openmetrics2-utf8.txt")) {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	for _, page := range []string{
		"", "# EOF", "a 1\n# EOF\n", "# TYPE a gauge\n# UNIT a b\n# HELP a \\\\\\n\\\"\n# EOF\n",
		"# TYPE a counter\na 1 2 st@1 # {b=\"c\"} 1 2 # {} bad # {\"d\"=\"\\\"\"} NaN -1.5\n# EOF\n",
		"# TYPE a unknown\na {count:1,sum:-1,bucket:[+Inf:1]} # {} 1 2\na{b=\"1\"} {count:1,sum:1,quantile:[1.0:1]}\na{b=\"2\"} 1\n# EOF\n",
		"# TYPE a gaugehistogram\na {gcount:2,gsum:NaN,schema:-4,zero_threshold:1e-9,zero_count:0,negative_spans:[-1:1,0:0,+1:1],negative_buckets:[1,.5],bucket:[-Inf:0,+Inf:2]} 5\n# EOF\n",
		"# TYPE a stateset\na{a=\"x\"} 1 1\na{a=\"x\"} 0 2\na{a=\"y\"} 1 1\n# EOF\n",
	} {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		o := &exposition.DecodeOptions{MaxLineBytes: 1 << 16, MaxSamples: 1000}
		families, err := familiesIn(exposition.NewOpenMetrics2Decoder(bytes.NewReader(page), o))
		if err != nil {
			return
		}
		once := rewriteDecoded(t, families)
		again, err := familiesIn(readOpenMetrics2(once))
		if err != nil {
			t.Fatalf("%v in\n%s", err, once)
		}
		if twice := rewriteDecoded(t, again); twice != once {
			t.Errorf("first\n%sthen\n%s", once, twice)
		}
	})
}

func rewriteDecoded(t *testing.T, families []metric.Family) string {
	t.Helper()
	var page bytes.Buffer
	e := exposition.NewEncoder(&page, om2, nil)
	for _, f := range families {
		if err := e.Encode(f); err != nil && !strings.Contains(err.Error(), "is already on the page") {
			t.Errorf("%v of\n%v", err, f.Desc())
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return page.String()
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
				if _, err := familiesIn(exposition.NewOpenMetrics2Decoder(bytes.NewReader(page.Bytes()), nil)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bench.series), "ns/sample")
		})
	}
}
