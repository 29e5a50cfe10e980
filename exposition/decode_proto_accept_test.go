package exposition_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// The following write protocol buffers, apart from the encoder.

func protoTag(field, wire int) string {
	return string(binary.AppendUvarint(nil, uint64(field)<<3|uint64(wire)))
}

// numField is a number in a field of type int64, uint64 and the like.
func numField(field int, v uint64) string { return protoTag(field, 0) + varints(v) }

func varints(all ...uint64) string {
	var b []byte
	for _, v := range all {
		b = binary.AppendUvarint(b, v)
	}
	return string(b)
}

// signedField is a number in a field of type sint32 or sint64.
func signedField(field int, v int64) string { return numField(field, zigzag(v)) }

func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

func doubleField(field int, v float64) string { return protoTag(field, 1) + doubles(v) }

func doubles(all ...float64) string {
	var b []byte
	for _, v := range all {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return string(b)
}

// msgField is a message or a text in a field.
func msgField(field int, parts ...string) string { return protoTag(field, 2) + delimitedMsg(parts...) }

func delimitedMsg(parts ...string) string {
	body := strings.Join(parts, "")
	return varints(uint64(len(body))) + body
}

// protoPage is a page of one family called x.
func protoPage(enum uint64, parts ...string) string {
	return delimitedMsg(msgField(1, "x"), numField(3, enum), strings.Join(parts, ""))
}

const (
	enumCounter, enumGauge, enumSummary, enumUntyped, enumHistogram, enumGaugeHistogram = 0, 1, 2, 3, 4, 5
)

// pairField is a label in a field.
func pairField(field int, name, value string) string {
	return msgField(field, msgField(1, name), msgField(2, value))
}

// histogramPage is a page of one histogram.
func histogramPage(parts ...string) string {
	return protoPage(enumHistogram, msgField(4, msgField(7, parts...)))
}

// otherWriters are pages of a kind that this package does not write. The first
// are in the way of proto3, which leaves out zeros and packs lists of numbers.
func otherWriters() map[string]string {
	return map[string]string{
		"a counter of zeros":  delimitedMsg(msgField(1, "x_total"), msgField(4, msgField(3))),
		"a histogram of zero": histogramPage(),
		"packed deltas":       histogramPage(numField(1, 6), doubleField(2, 9), signedField(5, -1), doubleField(6, 0.5), msgField(9, numField(2, 1)), msgField(10, varints(zigzag(1))), msgField(12, signedField(1, -1), numField(2, 2)), msgField(12, signedField(1, 1), numField(2, 1)), msgField(13, varints(zigzag(2), zigzag(-1), zigzag(1)))),
		"packed counts":       histogramPage(doubleField(4, 4), doubleField(2, 9), doubleField(8, 0.5), msgField(12, numField(2, 2)), msgField(14, doubles(1.5, 1)), msgField(9, numField(2, 1)), msgField(11, doubles(1))),
		"packed in part":      histogramPage(numField(1, 4), msgField(12, numField(2, 4)), signedField(13, 1), msgField(13, varints(0, 0)), msgField(13), signedField(13, 0)),
		"no +Inf":             histogramPage(numField(1, 3), doubleField(2, 1), msgField(3, numField(1, 1), doubleField(2, 0.5), msgField(3, pairField(1, "id", "a"), doubleField(2, 0.25))), msgField(3, numField(1, 2), doubleField(2, 1))),
		"a bound of zero":     histogramPage(numField(1, 3), msgField(3, numField(1, 1), doubleField(2, -1)), msgField(3, numField(1, 1)), msgField(3, numField(1, 3), doubleField(2, 1))),
		"counts of both kinds": histogramPage(
			numField(1, 3), doubleField(4, 3.5), msgField(3, numField(1, 1), doubleField(4, 1.5), doubleField(2, 1)), msgField(3, numField(1, 3), doubleField(4, 0), doubleField(2, 2)), msgField(3, doubleField(4, 3.5), doubleField(2, inf)),
		),
		"metrics before the name": delimitedMsg(msgField(5, "seconds"), msgField(4, untypedField(1, 1), pairField(1, "b", "2"), pairField(1, "a", "1")), numField(3, enumUntyped), numField(3+100, 1), msgField(4, msgField(5, doubleField(1, 2))), msgField(2, "h"), msgField(1, "x_seconds")),
		"unknown fields":          protoPage(enumGauge, numField(99, 1), doubleField(98, 1), protoTag(97, 5)+"abcd", msgField(96, "\xff"), msgField(4, numField(99, 1<<63), msgField(2, doubleField(1, 1), numField(maxFieldNumber, 0)))),
		"a long varint":           protoPage(enumGauge, msgField(4, msgField(2), protoTag(6, 0)+"\x80\x80\x00")),
		"negative milliseconds":   protoPage(enumGauge, msgField(4, msgField(2), numField(6, minusOne))),
		"a start of zero":         delimitedMsg(msgField(1, "x"), msgField(4, msgField(3, doubleField(1, 1), msgField(3)))),
		"a gauge histogram":       protoPage(enumGaugeHistogram, msgField(4, msgField(7, numField(1, 1), msgField(15, numField(1, 5))))),
		"a schema of nothing":     histogramPage(numField(1, 1), signedField(5, 100)),
		"a bound of -Inf":         histogramPage(numField(1, 1), msgField(3, doubleField(2, -inf)), msgField(3, numField(1, 1), doubleField(2, 1))),
		"no samples":              delimitedMsg(msgField(1, "x_total"), msgField(2, "h")),
		"only a zero threshold":   histogramPage(doubleField(6, 0.5)),
		"a marker":                histogramPage(signedField(5, 3), msgField(12)),
		"a rounded count":         histogramPage(numField(1, 1<<53+1)),
		"exemplars at both":       histogramPage(numField(1, 2), doubleField(6, 0.5), numField(7, 2), msgField(3, numField(1, 1), doubleField(2, 1), exemplarField(3, 1)), msgField(3, numField(1, 1), doubleField(2, 2), msgField(3, doubleField(2, 2))), exemplarField(16, 3), exemplarField(16, 1)),
	}
}

const maxFieldNumber = 1<<29 - 1

var minusOne = ^uint64(0)

// untypedField is the value of an untyped metric.
func untypedField(field int, v float64) string { return msgField(5, doubleField(field, v)) }

// exemplarField has the value as its time, too.
func exemplarField(field int, v uint64) string {
	return msgField(field, doubleField(2, float64(v)), msgField(3, numField(1, v)))
}

func TestProtobufDecoderAccepts(t *testing.T) {
	t.Parallel()
	one := func(h metric.Histogram) metric.Family { return of(metric.TypeHistogram, "x", histogram(h)) }
	with := func(f metric.Family, change func(*metric.Desc, *metric.Sample)) metric.Family {
		family := f.(*family)
		change(&family.desc, &family.samples[0])
		return family
	}
	exemplars := func(e ...metric.Exemplar) func(*metric.Desc, *metric.Sample) {
		return func(_ *metric.Desc, s *metric.Sample) { s.Exemplars = e }
	}
	spans := func(pairs ...int) (s []metric.BucketSpan) {
		for i := 0; i < len(pairs); i += 2 {
			s = append(s, metric.BucketSpan{Offset: int32(pairs[i]), Length: uint32(pairs[i+1])})
		}
		return s
	}
	want := map[string]metric.Family{
		"a counter of zeros":  of(metric.TypeCounter, "x", sample("x_total", 0)),
		"a histogram of zero": one(metric.Histogram{Buckets: buckets(inf, 0)}),
		"packed deltas": one(metric.Histogram{Count: 6, Sum: 9, Native: &metric.NativeHistogram{
			Count: 6, Sum: 9, Schema: -1, ZeroThreshold: 0.5,
			PositiveSpans: spans(-1, 2, 1, 1), PositiveCounts: []float64{2, 1, 2}, NegativeSpans: spans(0, 1), NegativeCounts: []float64{1},
		}}),
		"packed counts": one(metric.Histogram{Count: 4, Sum: 9, Native: &metric.NativeHistogram{
			Count: 4, Sum: 9, ZeroCount: 0.5, PositiveSpans: spans(0, 2), PositiveCounts: []float64{1.5, 1}, NegativeSpans: spans(0, 1), NegativeCounts: []float64{1},
		}}),
		"packed in part": one(metric.Histogram{Count: 4, Native: &metric.NativeHistogram{Count: 4, PositiveSpans: spans(0, 4), PositiveCounts: []float64{1, 1, 1, 1}}}),
		"no +Inf": with(one(metric.Histogram{Count: 3, Sum: 1, Buckets: buckets(0.5, 1, 1, 2, inf, 3)}),
			exemplars(metric.Exemplar{Labels: labels("id", "a"), Value: 0.25})),
		"a bound of zero":      one(metric.Histogram{Count: 3, Buckets: buckets(-1, 1, 0, 1, 1, 3, inf, 3)}),
		"counts of both kinds": one(metric.Histogram{Count: 3.5, Buckets: buckets(1, 1.5, 2, 3, inf, 3.5)}),
		"metrics before the name": with(of(metric.TypeUnknown, "x_seconds", sample("x_seconds", 1, "a", "1", "b", "2"), sample("x_seconds", 2)),
			func(d *metric.Desc, _ *metric.Sample) { d.Unit, d.Help = "seconds", "h" }),
		"unknown fields":        of(metric.TypeGauge, "x", sample("x", 1)),
		"a long varint":         of(metric.TypeGauge, "x", timed(sample("x", 0), at(0, 0))),
		"negative milliseconds": of(metric.TypeGauge, "x", timed(sample("x", 0), at(-1, 999e6))),
		"a start of zero": with(of(metric.TypeCounter, "x", sample("x", 1)), func(d *metric.Desc, s *metric.Sample) {
			d.Written, s.Start = "x", at(0, 0)
		}),
		"a gauge histogram":     of(metric.TypeGaugeHistogram, "x", histogram(metric.Histogram{Count: 1, Buckets: buckets(inf, 1)})),
		"a schema of nothing":   one(metric.Histogram{Count: 1, Buckets: buckets(inf, 1)}),
		"a bound of -Inf":       one(metric.Histogram{Count: 1, Buckets: buckets(-inf, 0, 1, 1, inf, 1)}),
		"no samples":            &family{metric.Desc{Name: "x", Help: "h", Type: metric.TypeCounter}, nil},
		"only a zero threshold": one(metric.Histogram{Native: &metric.NativeHistogram{ZeroThreshold: 0.5}}),
		"a marker":              one(metric.Histogram{Native: &metric.NativeHistogram{Schema: 3}}),
		"a rounded count":       one(metric.Histogram{Count: 1 << 53, Buckets: buckets(inf, 1<<53)}),
		"exemplars at both": with(
			one(metric.Histogram{Count: 2, Buckets: buckets(1, 1, 2, 1, inf, 2), Native: &metric.NativeHistogram{Count: 2, ZeroThreshold: 0.5, ZeroCount: 2}}),
			exemplars(metric.Exemplar{Value: 3, Timestamp: at(3, 0)}, metric.Exemplar{Value: 1, Timestamp: at(1, 0)}, metric.Exemplar{Value: 2}),
		),
	}
	pages := otherWriters()
	if len(pages) != len(want) {
		t.Errorf("%d pages, %d wanted", len(pages), len(want))
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mustDecodeProto(t, page)
			if diff := cmp.Diff(protoContentsOf(t, []metric.Family{want[name]}), protoContentsOf(t, got), sameContents); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkProtoWritable(t, got[0])
		})
	}
}

// The same exemplars may be at many classic buckets as at native ones.
func TestProtobufDecoderManyExemplars(t *testing.T) {
	t.Parallel()
	s := histogram(metric.Histogram{Count: 1, Native: &metric.NativeHistogram{Count: 1, ZeroCount: 1}})
	for i := range 100 {
		s.Histogram.Buckets = append(s.Histogram.Buckets, metric.Bucket{UpperBound: float64(i), Count: 1})
		s.Exemplars = append(s.Exemplars, metric.Exemplar{Labels: labels("id", fmt.Sprint(i)), Value: float64(99 - i), Timestamp: at(int64(i), 0)})
	}
	s.Histogram.Buckets = append(s.Histogram.Buckets, metric.Bucket{UpperBound: inf, Count: 1})
	f := of(metric.TypeHistogram, "x", s)
	page, _ := write(t, pb, f)
	if diff := cmp.Diff(protoContentsOf(t, []metric.Family{f}), protoContentsOf(t, mustDecodeProto(t, page)), sameContents); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A unit that is no suffix of the name harms its family only.
func TestProtobufDecoderUnit(t *testing.T) {
	t.Parallel()
	page := protoPage(enumGauge, msgField(4, msgField(2)), msgField(5, "seconds")) + delimitedMsg(msgField(1, "y"), msgField(4, msgField(3)))
	families := mustDecodeProto(t, page)
	if len(families) != 2 || families[0].Desc().Unit != "seconds" {
		t.Fatalf("got %v", families)
	}
	for i, want := range []string{`metric: unit "seconds" is not the suffix of family name "x"`, "<nil>"} {
		if _, err := metric.Copy(families[i]); fmt.Sprint(err) != want {
			t.Errorf("family %d: %v", i, err)
		}
	}
}

func ExampleProtobufDecoder() {
	page := delimitedMsg(msgField(1, "jobs_total"), msgField(4, pairField(1, "queue", "mail"), msgField(3, doubleField(1, 3)))) +
		delimitedMsg(msgField(1, "wait_seconds"), numField(3, enumHistogram), msgField(4, msgField(7, numField(1, 2), msgField(3, numField(1, 3), doubleField(2, 0.5)))))
	d := exposition.NewProtobufDecoder(strings.NewReader(page), nil)
	for {
		family, err := d.Next()
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(family.Desc().Type, family.Desc().Name)
	}
	// Output:
	// counter jobs
	// exposition: byte 60: family "wait_seconds": metric[0].histogram: the count is 2, that of the bucket for 0.5 is 3
}
