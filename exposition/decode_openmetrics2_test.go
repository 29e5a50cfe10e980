package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// familiesIn reads all families of a page.
func familiesIn(d exposition.Decoder) ([]metric.Family, error) {
	var families []metric.Family
	for {
		f, err := d.Next()
		if errors.Is(err, io.EOF) {
			return families, nil
		}
		if err != nil {
			return families, err
		}
		families = append(families, f)
	}
}

func readOpenMetrics2(page string) *exposition.OpenMetrics2Decoder {
	return exposition.NewOpenMetrics2Decoder(strings.NewReader(page), nil)
}

// rewriteOpenMetrics2 decodes a page and encodes it in the format.
func rewriteOpenMetrics2(t *testing.T, page string, f exposition.Format) string {
	t.Helper()
	families, err := familiesIn(readOpenMetrics2(page))
	if err != nil {
		t.Fatalf("%v in\n%s", err, page)
	}
	return encode(t, f, families...)
}

// Whatever is written in the format comes back as it was. The one unit on these
// pages that is no suffix of its name cannot.
func TestOpenMetrics2DecoderGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "openmetrics2", "*.txt"))
	more, errMore := filepath.Glob(filepath.Join("testdata", "openmetrics2-*.txt"))
	if err != nil || errMore != nil || len(files) < 11 || len(more) < 3 {
		t.Fatal(files, more, err, errMore)
	}
	for _, file := range append(files, more...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			page, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(string(page), "# UNIT \"process.cpu.seconds\" seconds\n", "", 1)
			if diff := cmp.Diff(want, rewriteOpenMetrics2(t, string(page), om2)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What was read means what was written: other formats show the same of both. Only
// a sum that is not known cannot be told from one that is NaN.
func TestOpenMetrics2DecoderCorpus(t *testing.T) {
	t.Parallel()
	families, err := familiesIn(readOpenMetrics2(encode(t, om2, corpus()...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []exposition.Format{text, om1, om2} {
		got := encode(t, format, families...)
		if format == text {
			got = strings.Replace(got, "latency_seconds_count 1\nlatency_seconds_sum NaN\n", "", 1)
		}
		if diff := cmp.Diff(encode(t, format, corpus()...), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
}

func TestOpenMetrics2DecoderSamples(t *testing.T) {
	t.Parallel()
	const page = `# HELP jobs_total Done.
# UNIT jobs_total seconds
# TYPE jobs_total counter
jobs_total{q="a"} 5 1700000009.5 st@1700000000 # {trace_id="z"} 1 1700000009.1 # {} 2 -0.5
# TYPE jobs counter
jobs 1
# TYPE build_info info
build_info 1
# TYPE nat histogram
# UNIT nat nat
nat {count:6,sum:1.3,schema:3,zero_threshold:1e-4,zero_count:1,negative_spans:[0:1],negative_buckets:[2],positive_spans:[-1:1,2:1],positive_buckets:[1,2],bucket:[1:4,+Inf:6]} # {} 1 2
# TYPE depth_bytes gaugehistogram
# UNIT depth_bytes bytes
depth_bytes {gcount:2.5,gsum:-3,bucket:[-Inf:0,1.0:1,+Inf:2.5]}
# TYPE rpc summary
rpc {count:4.0,sum:8,quantile:[0.5:1,0.99:nan]} 7 st@1
bare {count:1,sum:NaN,bucket:[+Inf:1]} # {} 1 2
bare{a="b"} {count:1,sum:2,quantile:[]}
bare{a="c"} 3
# EOF`
	d := readOpenMetrics2(page)
	families, err := familiesIn(d)
	if err != nil {
		t.Fatal(err)
	}
	if d.DroppedUnits() != 2 || d.DroppedExemplars() != 0 {
		t.Errorf("%d units and %d exemplars are dropped", d.DroppedUnits(), d.DroppedExemplars())
	}
	spans := func(offset int32, length uint32) metric.BucketSpan {
		return metric.BucketSpan{Offset: offset, Length: length}
	}
	type sampled struct {
		Desc    metric.Desc
		Samples []metric.Sample
	}
	want := []sampled{
		{metric.Desc{Name: "jobs", Help: "Done.", Type: metric.TypeCounter}, []metric.Sample{{
			Name: "jobs_total", Labels: labels("q", "a"), Value: 5, Timestamp: at(1700000009, 5e8), Start: at(1700000000, 0),
			Exemplars: []metric.Exemplar{{Labels: labels("trace_id", "z"), Value: 1, Timestamp: at(1700000009, 1e8)}, {Value: 2, Timestamp: at(-1, 5e8)}},
		}}},
		{metric.Desc{Name: "jobs", Written: "jobs", Type: metric.TypeCounter}, []metric.Sample{sample("jobs", 1)}},
		{metric.Desc{Name: "build", Type: metric.TypeInfo}, []metric.Sample{sample("build_info", 1)}},
		{metric.Desc{Name: "nat", Type: metric.TypeHistogram}, []metric.Sample{{Name: "nat", Histogram: &metric.Histogram{
			Count: 6, Sum: 1.3, Buckets: buckets(1, 4, inf, 6),
			Native: &metric.NativeHistogram{
				Count: 6, Sum: 1.3, Schema: 3, ZeroThreshold: 1e-4, ZeroCount: 1,
				NegativeSpans: []metric.BucketSpan{spans(0, 1)}, NegativeCounts: []float64{2},
				PositiveSpans: []metric.BucketSpan{spans(-1, 1), spans(2, 1)}, PositiveCounts: []float64{1, 2},
			},
		}, Exemplars: []metric.Exemplar{{Value: 1, Timestamp: at(2, 0)}}}}},
		{metric.Desc{Name: "depth_bytes", Unit: "bytes", Type: metric.TypeGaugeHistogram}, []metric.Sample{
			{Name: "depth_bytes", Histogram: &metric.Histogram{Count: 2.5, Sum: -3, Buckets: buckets(math.Inf(-1), 0, 1, 1, inf, 2.5)}},
		}},
		{metric.Desc{Name: "rpc", Type: metric.TypeSummary}, []metric.Sample{{Name: "rpc", Timestamp: at(7, 0), Start: at(1, 0), Summary: &metric.Summary{
			Count: 4, Sum: 8, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 1}, {Quantile: 0.99, Value: math.NaN()}},
		}}}},
		{metric.Desc{Name: "bare"}, []metric.Sample{
			{Name: "bare", Histogram: &metric.Histogram{Count: 1, Sum: math.NaN(), Buckets: buckets(inf, 1)}, Exemplars: []metric.Exemplar{{Value: 1, Timestamp: at(2, 0)}}},
			{Name: "bare", Labels: labels("a", "b"), Summary: &metric.Summary{Count: 1, Sum: 2}},
			sample("bare", 3, "a", "c"),
		}},
	}
	var got []sampled
	for _, f := range families {
		s := sampled{Desc: *f.Desc()}
		if err := f.Each(func(one *metric.Sample) error { s.Samples = append(s.Samples, *one.Clone()); return nil }); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	byText := cmp.Transformer("labels", func(l metric.Labels) string { return l.Text() })
	byTime := cmp.Transformer("time", func(t metric.Timestamp) string { return t.String() })
	sameFloat := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
	if diff := cmp.Diff(want, got, byText, byTime, sameFloat); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A page may come in pieces of any size.
func TestOpenMetrics2DecoderPieces(t *testing.T) {
	t.Parallel()
	page := encode(t, om2, corpus()...)
	families, err := familiesIn(exposition.NewOpenMetrics2Decoder(iotest.OneByteReader(strings.NewReader(page)), nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page, encode(t, om2, families...)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestOpenMetrics2DecoderLimits(t *testing.T) {
	t.Parallel()
	const line = "a {count:1,sum:1,bucket:[+Inf:1]}"
	const page = "# TYPE a histogram\n" + line + "\na{b=\"1\",c=\"2\"} {count:1,sum:1,bucket:[+Inf:1]}\n# TYPE b gauge\n# EOF\n"
	tests := []struct {
		name    string
		options exposition.DecodeOptions
		want    string
	}{
		{"all fits", exposition.DecodeOptions{MaxLineBytes: 49, MaxSamples: 2, MaxLabels: 2, MaxFamilies: 2, MaxBytes: int64(len(page))}, ""},
		{"a long line", exposition.DecodeOptions{MaxLineBytes: len(line)}, "exposition: line 3, column 34: the line is longer than 33 bytes"},
		{"many samples", exposition.DecodeOptions{MaxSamples: 1}, "exposition: line 3, column 1: the family has more than 1 samples"},
		{"many labels", exposition.DecodeOptions{MaxLabels: 1}, "exposition: line 3, column 2: the series has more than 1 labels"},
		{"many families", exposition.DecodeOptions{MaxFamilies: 1}, "exposition: line 4, column 1: the page has more than 1 families"},
		{"a long page", exposition.DecodeOptions{MaxBytes: int64(len(page)) - 1}, "exposition: read line 5: page longer than 120 bytes: exposition: page exceeds a limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := familiesIn(exposition.NewOpenMetrics2Decoder(strings.NewReader(page), &test.options))
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want || !errors.Is(err, exposition.ErrTooLarge)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestOpenMetrics2DecoderReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, page := range []string{"", "a 1", "a 1\n", "a 1\n# EOF"} {
		d := exposition.NewOpenMetrics2Decoder(io.MultiReader(strings.NewReader(page), iotest.ErrReader(broken)), nil)
		if _, err := familiesIn(d); !errors.Is(err, broken) {
			t.Errorf("after %q: %v", page, err)
		}
		if _, err := d.Next(); !errors.Is(err, broken) {
			t.Errorf("after %q, again: %v", page, err)
		}
	}
}

// A family that is complete is not lost to what is wrong behind it.
func TestOpenMetrics2DecoderStreams(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	c := exposition.Decoded(readOpenMetrics2("# TYPE a gauge\na 1\nb{c=\"d\"} 1\nb 2 # {} 1 2\nb{c=\"d\"} 1\n# EOF\n"))
	_, err := exposition.Write(context.Background(), &page, c, om2, nil)
	if want := "# TYPE a gauge\na 1\n# EOF\n"; page.String() != want {
		t.Errorf("page is\n%s", page.String())
	}
	if want := `exposition: line 5, column 1: the lines of the series {c="d"} are apart`; err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
}
