package exposition_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// protoDrawing makes families of which the protobuf format loses nothing.
type protoDrawing struct{ *rapid.T }

func (d protoDrawing) some(what string) bool       { return rapid.Bool().Draw(d.T, what) }
func (d protoDrawing) upTo(n int, what string) int { return rapid.IntRange(0, n).Draw(d.T, what) }

func (d protoDrawing) value(what string) float64 {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), inf, -inf, 0.1})).Draw(d.T, what)
}

// time draws a time that may be absent, between the years 1 and 9999.
func (d protoDrawing) time(what string) metric.Timestamp {
	if d.some("no " + what) {
		return metric.Timestamp{}
	}
	return d.instant(what)
}

func (d protoDrawing) instant(what string) metric.Timestamp {
	return at(rapid.Int64Range(-62135596800, 253402300799).Draw(d.T, what), rapid.Int64Range(0, 999_999_999).Draw(d.T, "nanoseconds"))
}

func (d protoDrawing) labels(more map[string]string) metric.Labels {
	m := labelMaps().Draw(d.T, "labels")
	for name, value := range more {
		m[name] = value
	}
	set, err := metric.LabelsFromMap(m)
	if err != nil {
		d.Fatal(err)
	}
	return set
}

func (d protoDrawing) family(i int) *family {
	f := &family{desc: metric.Desc{
		Name: fmt.Sprintf("n%d%s", i, awkward().Draw(d.T, "name")),
		Help: awkward().Draw(d.T, "help"),
		Type: rapid.SampledFrom([]metric.Type{
			metric.TypeUnknown, metric.TypeCounter, metric.TypeGauge, metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram,
		}).Draw(d.T, "type"),
	}}
	if d.some("unit") {
		f.desc.Unit = "seconds"
		f.desc.Name += "_seconds"
	}
	if f.desc.Type == metric.TypeCounter && d.some("no _total") {
		f.desc.Written = f.desc.Name
	}
	for i := range 1 + d.upTo(3, "samples") {
		s := metric.Sample{Name: f.desc.FullName()}
		if i > 0 {
			s.Labels = d.labels(map[string]string{"sample": fmt.Sprint(i)})
		}
		if d.some("time") {
			s.Timestamp = metric.TimestampMilli(rapid.Int64Range(-1e15, 1e15).Draw(d.T, "milliseconds"))
		}
		if f.desc.Type != metric.TypeUnknown && f.desc.Type != metric.TypeGauge && f.desc.Type != metric.TypeGaugeHistogram {
			s.Start = d.time("start")
		}
		d.fill(f.desc.Type, &s)
		f.samples = append(f.samples, s)
	}
	return f
}

// fill draws the value of a sample.
func (d protoDrawing) fill(t metric.Type, s *metric.Sample) {
	switch t {
	case metric.TypeSummary:
		s.Summary = &metric.Summary{Count: float64(rapid.Int64Range(0, 1<<53).Draw(d.T, "count")), Sum: d.value("sum")}
		for i := range d.upTo(3, "quantiles") {
			s.Summary.Quantiles = append(s.Summary.Quantiles, metric.Quantile{Quantile: float64(i) / 2, Value: d.value("quantile")})
		}
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		d.histogram(s)
	case metric.TypeCounter:
		s.Value = d.value("value")
		if d.some("exemplar") {
			s.Exemplars = []metric.Exemplar{{Labels: d.labels(nil), Value: d.value("exemplar"), Timestamp: d.time("exemplar")}}
		}
	default:
		s.Value = d.value("value")
	}
}

func (d protoDrawing) histogram(s *metric.Sample) {
	// Counts are whole, or they are quarters and add up exactly.
	unit := rapid.SampledFrom([]float64{1, 0.25}).Draw(d.T, "unit")
	h := &metric.Histogram{Sum: d.value("sum"), Count: unit * float64(d.upTo(1000, "count"))}
	s.Histogram = h
	if d.some("native") {
		h.Native = d.native(unit, h.Sum)
		h.Count = h.Native.Count
		for range d.upTo(3, "exemplars") {
			s.Exemplars = append(s.Exemplars, metric.Exemplar{Labels: d.labels(nil), Value: float64(len(s.Exemplars)), Timestamp: d.instant("exemplar")})
		}
		if d.some("only native") {
			return
		}
	}
	bound, below := float64(d.upTo(10, "bound"))-5, 0
	for range d.upTo(4, "buckets") {
		below += d.upTo(int(h.Count/unit)-below, "bucket")
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: bound, Count: unit * float64(below)})
		bound += 0.1 + float64(d.upTo(3, "width"))
	}
	h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: inf, Count: h.Count})
	if h.Native != nil {
		return
	}
	for _, b := range h.Buckets { // one exemplar for each of some
		if d.some("exemplar") {
			s.Exemplars = append(s.Exemplars, metric.Exemplar{Labels: d.labels(nil), Value: b.UpperBound, Timestamp: d.time("exemplar")})
		}
	}
}

func (d protoDrawing) native(unit, sum float64) *metric.NativeHistogram {
	h := &metric.NativeHistogram{Sum: sum, Schema: int32(d.upTo(12, "schema")) - 4}
	h.ZeroThreshold = rapid.SampledFrom([]float64{0, 0x1p-128, 1}).Draw(d.T, "zero threshold")
	h.ZeroCount = unit * float64(d.upTo(3, "zero count"))
	h.Count = h.ZeroCount
	side := func(what string) ([]metric.BucketSpan, []float64) {
		var b metric.NativeBuckets
		index := int32(d.upTo(20, what)) - 10
		for range d.upTo(5, what) {
			count := unit * float64(d.upTo(1000, what))
			b.Append(index, count)
			h.Count += count
			index += 1 + int32(d.upTo(2, what))
		}
		return b.Spans, b.Counts
	}
	h.PositiveSpans, h.PositiveCounts = side("positive")
	h.NegativeSpans, h.NegativeCounts = side("negative")
	if math.IsNaN(sum) {
		h.Count += unit
	}
	return h
}

// What is written is read as what it was, and written again as it was.
func TestProtobufDecoderProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var families []metric.Family
		draw := protoDrawing{r}
		for i := range draw.upTo(4, "families") {
			families = append(families, draw.family(i))
		}
		page, stats := write(t, pb, families...)
		if stats.Exemplars != (exposition.DroppedExemplars{}) {
			r.Fatalf("the format loses exemplars: %+v", stats.Exemplars)
		}
		got, err := decodeProto(strings.NewReader(page), nil)
		if err != nil {
			r.Fatalf("%v in\n%s", err, dumpFamilies(t, []byte(page)))
		}
		if diff := cmp.Diff(protoContentsOf(t, families), protoContentsOf(t, got), sameContents); diff != "" {
			r.Errorf("(-want +got)\n%s", diff)
		}
		if again, _ := write(t, pb, got...); again != page {
			r.Errorf("the page was\n%sand is\n%s", dumpFamilies(t, []byte(page)), dumpFamilies(t, []byte(again)))
		}
	})
}

// protoMayRefuse are the reasons for which what was read may not be written: what
// the decoder leaves to who gets a family.
var protoMayRefuse = []string{
	"is already on the page", "is reserved", `starts with the reserved "__"`, "occurs twice", "are apart", "in the same series", "duplicate sample",
	"is not the suffix of family name",
	// A summary can have a count that is too large to be exact.
	"is not a whole number",
}

// checkProtoWritable writes a family and reads it again, and reports whether it can be
// written at all. What is written again then stays the same.
func checkProtoWritable(t *testing.T, f metric.Family) {
	t.Helper()
	var once bytes.Buffer
	e := exposition.NewEncoder(&once, pb, nil)
	err := e.Encode(f)
	if closed := e.Close(); closed != nil {
		t.Fatal(closed)
	}
	if err != nil {
		var refused *exposition.FamilyError
		if !errors.As(err, &refused) || !slices.ContainsFunc(protoMayRefuse, func(reason string) bool { return strings.Contains(err.Error(), reason) }) {
			t.Fatal(err)
		}
		return
	}
	second := mustDecodeProto(t, once.String())
	again, _ := write(t, pb, second...)
	if again != once.String() {
		t.Fatalf("first\n%sthen\n%s", dumpFamilies(t, once.Bytes()), dumpFamilies(t, []byte(again)))
	}
	if diff := cmp.Diff(protoContentsOf(t, second), protoContentsOf(t, mustDecodeProto(t, again)), sameContents); diff != "" {
		t.Fatalf("(-second +third)\n%s", diff)
	}
}

func FuzzProtobufDecoder(f *testing.F) {
	for _, family := range corpus() {
		var page bytes.Buffer
		e := exposition.NewEncoder(&page, pb, nil)
		if err := errors.Join(e.Encode(family), e.Close()); err != nil {
			f.Fatal(err)
		}
		f.Add(page.Bytes())
	}
	for _, page := range otherWriters() {
		f.Add([]byte(page))
	}
	f.Add([]byte("\x00"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, page []byte) {
		// What comes before an error counts, too.
		families, err := decodeProto(bytes.NewReader(page), &exposition.DecodeOptions{MaxLineBytes: 1 << 16})
		var wrong *exposition.DecodeError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		for _, family := range families {
			checkProtoWritable(t, family)
		}
	})
}
