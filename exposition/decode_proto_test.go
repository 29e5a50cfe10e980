package exposition_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// decodeProto reads a whole page.
func decodeProto(page io.Reader, o *exposition.DecodeOptions) ([]metric.Family, error) {
	var families []metric.Family
	d := exposition.NewProtobufDecoder(page, o)
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

// mustDecodeProto reads a page that is fine.
func mustDecodeProto(t *testing.T, page string) []metric.Family {
	t.Helper()
	families, err := decodeProto(strings.NewReader(page), nil)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// protoContents is all that a family says.
type protoContents struct {
	Desc    metric.Desc
	Samples []metric.Sample
}

func protoContentsOf(t *testing.T, families []metric.Family) []protoContents {
	t.Helper()
	all := make([]protoContents, len(families))
	for i, f := range families {
		all[i].Desc = *f.Desc()
		err := f.Each(func(s *metric.Sample) error {
			all[i].Samples = append(all[i].Samples, *s.Clone())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sameContents compares contents.
var sameContents = cmp.Options{
	cmpopts.EquateNaNs(), cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b metric.Labels) bool { return a == b }),
	cmp.Comparer(func(a, b metric.Timestamp) bool { return a == b }),
}

// asProtobuf returns a family of the corpus as it comes out of the format.
func asProtobuf(f *family) *family {
	switch f.desc.Type {
	case metric.TypeInfo:
		f.desc.Type, f.desc.Name = metric.TypeGauge, f.desc.Name+"_info"
	case metric.TypeStateSet:
		f.desc.Type = metric.TypeGauge
	}
	switch f.desc.Name {
	case "latency_seconds":
		h := f.samples[1].Histogram
		h.NoSum, h.Sum = false, math.NaN()
	case "custom":
		h := f.samples[0].Histogram
		h.Native, h.Buckets = nil, buckets(0.5, 1, 1, 1, 2, 3, inf, 6)
	case "rpc":
		q := f.samples[0].Summary.Quantiles
		q[0], q[1] = q[1], q[0]
	case "raw":
		f.samples = []metric.Sample{{
			Name: "raw", Labels: labels("x", "1"), Start: at(1.5e9, 0),
			Histogram: &metric.Histogram{Count: 2, Sum: 3, Buckets: buckets(0.5, 1, inf, 2)},
		}}
	}
	return f
}

func TestProtobufDecoderCorpus(t *testing.T) {
	t.Parallel()
	page, _ := write(t, pb, corpus()...)
	got := mustDecodeProto(t, page)
	var want []metric.Family
	for _, f := range corpus() {
		if f := f.(*family); len(f.samples) > 0 { // others are not written
			want = append(want, asProtobuf(f))
		}
	}
	if diff := cmp.Diff(protoContentsOf(t, want), protoContentsOf(t, got), sameContents); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// All families were read before the first is written: they stay what they
	// are.
	if again, _ := write(t, pb, got...); again != page {
		t.Errorf("the page was\n%sand is\n%s", dumpFamilies(t, []byte(page)), dumpFamilies(t, []byte(again)))
	}
}

// A page that went through protobuf says the same in other formats, as far as
// the format can say it.
func TestProtobufDecoderConverts(t *testing.T) {
	t.Parallel()
	var families []metric.Family
	for _, f := range corpus() {
		f := f.(*family)
		if f.desc.Name == "latency_seconds" {
			f.samples = f.samples[:1] // the other has no sum
		}
		if f.desc.Type != metric.TypeInfo && f.desc.Type != metric.TypeStateSet && len(f.samples) > 0 {
			families = append(families, f)
		}
	}
	page, _ := write(t, pb, families...)
	for _, format := range []exposition.Format{text, om2} {
		var got bytes.Buffer
		c := exposition.Decoded(exposition.NewProtobufDecoder(strings.NewReader(page), nil))
		if _, err := exposition.Write(context.Background(), &got, c, format, nil); err != nil {
			t.Fatal(err)
		}
		want, _ := write(t, format, families...)
		if format.Syntax == exposition.Text {
			want = strings.ReplaceAll(want, "rpc{quantile=\"0.99\"} NaN\nrpc{quantile=\"0.5\"} 1\n", "rpc{quantile=\"0.5\"} 1\nrpc{quantile=\"0.99\"} NaN\n")
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
}

// A page may come in pieces of any size.
func TestProtobufDecoderPieces(t *testing.T) {
	t.Parallel()
	page, _ := write(t, pb, append(corpus(), of(metric.TypeGauge, "long", sample("long", 1, "a", strings.Repeat("b", 1<<17))))...)
	want := protoContentsOf(t, mustDecodeProto(t, page))
	for _, r := range []io.Reader{
		iotest.OneByteReader(strings.NewReader(page)), iotest.HalfReader(strings.NewReader(page)), iotest.DataErrReader(strings.NewReader(page)),
	} {
		got, err := decodeProto(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, protoContentsOf(t, got), sameContents); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// A page that is cut short is an error, except between families.
func TestProtobufDecoderCutShort(t *testing.T) {
	t.Parallel()
	page, _ := write(t, pb, corpus()...)
	ends := map[int]bool{0: true}
	for at := 0; at < len(page); {
		length, n := binary.Uvarint([]byte(page[at:]))
		at += n + int(length)
		ends[at] = true
	}
	for n := range len(page) {
		families, err := decodeProto(strings.NewReader(page[:n]), nil)
		if ends[n] {
			if err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
			continue
		}
		var got *exposition.DecodeError
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &got) || got.Offset != int64(n) || !strings.HasPrefix(got.Reason, "the page ends") {
			t.Errorf("%d bytes, after %d families: %v", n, len(families), err)
		}
	}
}

// Whatever happens to a byte of a page, what is read is an error or can be
// written.
func TestProtobufDecoderDamage(t *testing.T) {
	t.Parallel()
	for _, f := range corpus() {
		page, _ := write(t, pb, f)
		for i := range 2 * len(page) {
			damaged := []byte(page)
			damaged[i/2] ^= []byte{1, 8, 2, 64, 4, 128}[i%6]
			families, err := decodeProto(bytes.NewReader(damaged), nil)
			var got *exposition.DecodeError
			if err != nil && (!errors.As(err, &got) || got.Offset > int64(len(page))) {
				t.Fatalf("%s, byte %d: %v", f.Desc().Name, i/2, err)
			}
			for _, f := range families {
				checkProtoWritable(t, f)
			}
		}
	}
}

func TestProtobufDecoderReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	page, _ := write(t, pb, plain("x"))
	for n, want := range map[int]string{0: "exposition: byte 0: broken", 1: "exposition: byte 1: broken", 5: "exposition: byte 5: broken", len(page): "exposition: byte 34: broken"} {
		r := io.MultiReader(strings.NewReader(page[:n]), iotest.ErrReader(broken))
		if _, err := decodeProto(r, nil); !errors.Is(err, broken) || err.Error() != want {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestProtobufDecoderLimits(t *testing.T) {
	t.Parallel()
	page, _ := write(t, pb, of(metric.TypeGauge, "a", sample("a", 1, "x", "1"), sample("a", 1, "x", "2")))
	length := len(page) - 1
	tests := []struct {
		name    string
		page    string
		options exposition.DecodeOptions
		want    string
	}{
		{"the message fits", page + page, exposition.DecodeOptions{MaxLineBytes: length}, ""},
		{"a long message", page, exposition.DecodeOptions{MaxLineBytes: length - 1}, "exposition: byte 0: the message has 47 bytes, more than 46"},
		{"a long message behind another", page + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", exposition.DecodeOptions{}, "exposition: byte 48: the message has 18446744073709551615 bytes, more than 16777216"},
		{"the samples fit", page, exposition.DecodeOptions{MaxSamples: 2}, ""},
		{"many samples", page, exposition.DecodeOptions{MaxSamples: 1}, `exposition: byte 27: family "a": metric[1]: the family has more than 1 samples`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeProto(strings.NewReader(test.page), &test.options)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || err.Error() != test.want || !errors.Is(err, exposition.ErrTooLarge) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// A length takes no memory before its bytes are there.
func TestProtobufDecoderMemory(t *testing.T) { // not parallel: it looks at all memory
	page := string(binary.AppendUvarint(nil, exposition.DefaultMaxLineBytes)) + "\x0a\x01x"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decodeProto(strings.NewReader(page), nil)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes for a page of %d", taken, len(page))
	}
}

// A sample costs one allocation, for its labels.
func TestProtobufDecoderAllocations(t *testing.T) {
	const n, rest = 5000, 150
	for _, f := range []*bulk{counters(n), summaries(n), histograms(n)} {
		page, _ := write(t, pb, f)
		allocs := testing.AllocsPerRun(2, func() {
			if _, err := decodeProto(strings.NewReader(page), nil); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > n+rest {
			t.Errorf("%s: %v allocations for %d samples", f.desc.Name, allocs, n)
		}
	}
}

func BenchmarkProtobufDecoder(b *testing.B) {
	both := histograms(1000)
	both.proto.Histogram.Native = native()
	both.proto.Histogram.Native.Count, both.proto.Histogram.Native.ZeroCount, both.proto.Histogram.Native.Sum = 50, 40, 3.25
	both.proto.Exemplars = []metric.Exemplar{{Labels: labels("trace_id", "a"), Value: 0.3, Timestamp: at(1700000000, 5)}}
	for _, test := range []struct {
		name   string
		family *bulk
	}{
		{"counters", counters(10_000)},
		{"histograms", histograms(1000)},
		{"both kinds of buckets", both},
		{"summaries", summaries(10_000)},
	} {
		b.Run(test.name, func(b *testing.B) {
			var page bytes.Buffer
			if _, err := exposition.Write(context.Background(), &page, collector(test.family), pb, nil); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(page.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := decodeProto(bytes.NewReader(page.Bytes()), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(test.family.labels)), "ns/sample")
		})
	}
}
