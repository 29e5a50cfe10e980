package exposition_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

func TestProtobufDecoderRefuses(t *testing.T) {
	t.Parallel()
	gauge := func(parts ...string) string { return protoPage(enumGauge, msgField(4, parts...)) }
	counter := func(parts ...string) string { return protoPage(enumCounter, msgField(4, msgField(3, parts...))) }
	summary := func(parts ...string) string { return protoPage(enumSummary, msgField(4, msgField(2+2, parts...))) }
	fine := msgField(4, msgField(2))
	tests := []struct {
		name, page string
		offset     int64
		field      string
		reason     string
	}{
		{"text", "# TYPE x gauge\n", 15, "", "the page ends 14 bytes into a message of 35"},
		{"a long length", strings.Repeat("\x80", 9) + "\x02", 0, "", "the length of the message has more than 64 bits"},
		{"an endless length", strings.Repeat("\x80", 100), 0, "", "the length of the message has more than 64 bits"},
		{"an empty message", "\x00", 1, "", "the family has no name"},
		{"no name", delimitedMsg(numField(3, 1), fine), 1, "", "the family has no name"},
		{"an empty name", delimitedMsg(msgField(1), fine), 1, "", "the family has no name"},
		{"a name that is not UTF-8", delimitedMsg(msgField(1, "\xff")), 1, "name", "the text is not valid UTF-8"},
		{"two names", delimitedMsg(msgField(1, "x"), msgField(1, "x")), 4, "name", "the field is there twice"},
		{"a name that is a number", delimitedMsg(numField(1, 5)), 1, "name", "the field has the wire type 0, not 2"},
		{"a help that is not UTF-8", protoPage(enumGauge, msgField(2, "a\xc3")), 6, "help", "the text is not valid UTF-8"},
		{"an unknown type", protoPage(6), 4, "type", "there is no type 6"},
		{"a negative type", protoPage(math.MaxUint64), 4, "type", "there is no type -1"},
		{"a type that is a text", delimitedMsg(msgField(1, "x"), msgField(3, "gauge")), 4, "type", "the field has the wire type 2, not 0"},
		{"a length past the end", delimitedMsg(msgField(1, "x"), protoTag(4, 2)+"\x05"), 4, "metric[0]", "the length is 5, the message has 0 bytes left"},
		{"a length past the end of a part", gauge("\x12\x05"), 8, "metric[0].gauge", "the length is 5, the message has 0 bytes left"},
		{"a great length", gauge("\x12" + varints(math.MaxUint64)), 8, "metric[0].gauge", "the length is 18446744073709551615, the message has 0 bytes left"},
		{"a number cut short", protoPage(enumGauge, fine, msgField(4, "\x30\x80")), 12, "metric[1].timestamp_ms", "the message ends inside a number"},
		{"a double cut short", gauge(msgField(2, "\x09abcdefg")), 10, "metric[0].gauge.value", "the message ends inside the field"},
		{"a tag cut short", protoPage(enumGauge, "\x80"), 6, "", "the message ends inside a number"},
		{"a long number", gauge("\x30" + strings.Repeat("\x80", 10) + "\x00"), 8, "metric[0].timestamp_ms", "a number has more than 64 bits"},
		{"field 0", gauge("\x00\x00"), 8, "metric[0]", "no field has the number 0"},
		{"a great field number", gauge(numField(1<<29, 0)), 8, "metric[0]", "no field has the number 536870912"},
		{"a group", gauge(protoTag(9, 3), protoTag(9, 4)), 8, "metric[0]", "field 9 is a group"},
		{"the end of a group", gauge(protoTag(9, 4)), 8, "metric[0]", "field 9 is a group"},
		{"a known field as a group", gauge(protoTag(2, 3), protoTag(2, 4)), 8, "metric[0].gauge", "the field has the wire type 3, not 2"},
		{"wire type 6", gauge(protoTag(9, 6)), 8, "metric[0]", "there is no wire type 6"},
		{"an unknown field cut short", gauge(protoTag(9, 5) + "abc"), 8, "metric[0]", "the message ends inside the field"},

		{"no value", protoPage(enumGauge, fine, msgField(4)), 10, "metric[1]", `field "gauge" is missing`},
		{"no value of an untyped metric", protoPage(enumUntyped, msgField(4)), 6, "metric[0]", `field "untyped" is missing`},
		{"another value", gauge(msgField(3)), 8, "metric[0].counter", "this is not the value of a metric of type gauge"},
		{"a value of the default type", delimitedMsg(msgField(1, "x"), fine), 6, "metric[0].gauge", "this is not the value of a metric of type counter"},
		{"a gauge in a gauge histogram", protoPage(enumGaugeHistogram, fine), 8, "metric[0].gauge", "this is not the value of a metric of type gaugehistogram"},
		{"two values", gauge(msgField(2), msgField(3)), 10, "metric[0].counter", "this is not the value of a metric of type gauge"},
		{"a value twice", gauge(msgField(2), msgField(2)), 10, "metric[0].gauge", "the field is there twice"},
		{"a value that is a double", gauge(doubleField(2, 1)), 8, "metric[0].gauge", "the field has the wire type 1, not 2"},
		{"a packed value", gauge(msgField(2, msgField(1, doubles(1)))), 10, "metric[0].gauge.value", "the field has the wire type 2, not 1"},
		{"a label without a name", gauge(pairField(1, "a", "b"), msgField(1, msgField(2, "b"))), 16, "metric[0].label[1]", "the label has no name"},
		{"a label that is not UTF-8", gauge(pairField(1, "a", "b"), pairField(1, "c", "\xff")), 21, "metric[0].label[1].value", "the text is not valid UTF-8"},
		{"a label twice", gauge(pairField(1, "a", "b"), pairField(1, "a", "b"), msgField(2)), 6, "metric[0]", `label name "a" occurs twice`},
		{"a time out of range", gauge(msgField(2), numField(6, math.MaxInt64)), 10, "metric[0].timestamp_ms", "9223372036854775807 is no time in milliseconds"},
		{"another time out of range", gauge(msgField(2), numField(6, 1<<63)), 10, "metric[0].timestamp_ms", "-9223372036854775808 is no time in milliseconds"},

		{"a start in the year 10000", counter(msgField(3, numField(1, 253402300800))), 12, "metric[0].counter.created_timestamp.seconds", "253402300800 is no second of the years 1 to 9999"},
		{"a start before the year 1", counter(msgField(3, numField(1, ^uint64(62135596800)))), 12, "metric[0].counter.created_timestamp.seconds", "-62135596801 is no second of the years 1 to 9999"},
		{"too many nanoseconds", counter(msgField(3, numField(2, 1e9))), 12, "metric[0].counter.created_timestamp.nanos", "1000000000 is no nanosecond of a second"},
		{"negative nanoseconds", counter(msgField(3, numField(2, math.MaxUint64))), 12, "metric[0].counter.created_timestamp.nanos", "-1 is no nanosecond of a second"},
		{"a label of an exemplar twice", counter(msgField(2, pairField(1, "a", "b"), pairField(1, "a", "b"))), 10, "metric[0].counter.exemplar", `label name "a" occurs twice`},
		{"an exemplar's time", counter(msgField(2, doubleField(2, 1), msgField(3, numField(2, 1e9)))), 23, "metric[0].counter.exemplar.timestamp.nanos", "1000000000 is no nanosecond of a second"},

		{"a quantile above 1", summary(msgField(3), msgField(3, doubleField(1, 1.5))), 14, "metric[0].summary.quantile[1].quantile", "1.5 is not between 0 and 1"},
		{"a quantile below 0", summary(msgField(3, doubleField(1, -0.5))), 12, "metric[0].summary.quantile[0].quantile", "-0.5 is not between 0 and 1"},
		{"a quantile that is no number", summary(msgField(3, doubleField(1, math.NaN()))), 12, "metric[0].summary.quantile[0].quantile", "NaN is not between 0 and 1"},
		{"a quantile twice", summary(msgField(3), msgField(3)), 8, "metric[0].summary", "quantile 0 occurs twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkProtoRefused(t, test.page, test.offset, test.field, test.reason)
		})
	}
}

func TestProtobufDecoderRefusesHistograms(t *testing.T) {
	t.Parallel()
	bucket := func(bound float64, count uint64) string {
		return msgField(3, numField(1, count), doubleField(2, bound))
	}
	oneSpan := msgField(12, numField(2, 1))
	tests := []struct {
		name, page string
		offset     int64
		field      string
		reason     string
	}{
		{"a negative count", histogramPage(doubleField(4, -1)), 10, "sample_count_float", "-1 is no count"},
		{"a count that is no number", histogramPage(doubleField(4, math.NaN())), 10, "sample_count_float", "NaN is no count"},
		{"bounds that descend", histogramPage(numField(1, 1), bucket(1, 1), bucket(0.5, 1)), 29, "bucket[1].upper_bound", "0.5 does not ascend from 1"},
		{"a bound twice", histogramPage(numField(1, 1), bucket(1, 1), bucket(1, 1)), 29, "bucket[1].upper_bound", "1 does not ascend from 1"},
		{"a bound that is left out", histogramPage(numField(1, 1), bucket(1, 1), msgField(3, numField(1, 1))), 25, "bucket[1]", "0 does not ascend from 1"},
		{"a bound that is no number", histogramPage(numField(1, 1), bucket(math.NaN(), 1)), 16, "bucket[0].upper_bound", "NaN does not ascend from -Inf"},
		{"something above +Inf", histogramPage(numField(1, 1), bucket(inf, 1), bucket(1, 1)), 29, "bucket[1].upper_bound", "1 does not ascend from +Inf"},
		{"counts that descend", histogramPage(numField(1, 2), bucket(1, 2), bucket(2, 1)), 27, "bucket[1].cumulative_count", "the count is 1, that of the bucket before 2"},
		{"a negative bucket", histogramPage(msgField(3, doubleField(4, -0.5))), 12, "bucket[0].cumulative_count_float", "-0.5 is no count"},
		{"a bucket above the count", histogramPage(numField(1, 2), bucket(1, 3)), 8, "", "the count is 2, that of the bucket for 1 is 3"},
		{"+Inf below the count", histogramPage(numField(1, 2), bucket(inf, 1)), 8, "", "the count is 2, that of the bucket for +Inf is 1"},
		{"+Inf above the count", histogramPage(numField(1, 2), bucket(inf, 3)), 8, "", "the count is 2, that of the bucket for +Inf is 3"},
		{"an exemplar of a bucket", histogramPage(msgField(3), msgField(3, doubleField(2, 1), msgField(3, numField(2, 1)))), 25, "bucket[1].exemplar.value", "the field has the wire type 0, not 1"},
		{"an exemplar in the list", histogramPage(exemplarField(16, 1), msgField(16, pairField(1, "", ""))), 29, "exemplars[1].label[0]", "the label has no name"},

		{"a high schema", histogramPage(signedField(5, 9), oneSpan, signedField(13, 0)), 10, "schema", "the schema 9 is not between -4 and 8"},
		{"a low schema", histogramPage(signedField(5, -5), msgField(12)), 10, "schema", "the schema -5 is not between -4 and 8"},
		{"custom bounds", histogramPage(signedField(5, -53), msgField(12)), 10, "schema", "the schema -53 is not between -4 and 8"},
		{"a schema out of range", histogramPage(signedField(5, math.MaxInt32+1)), 10, "schema", "2147483648 is out of the range of an int32"},
		{"a negative zero threshold", histogramPage(doubleField(6, -1)), 10, "zero_threshold", "-1 is no zero threshold"},
		{"an infinite zero threshold", histogramPage(doubleField(6, inf)), 10, "zero_threshold", "+Inf is no zero threshold"},
		{"a long span", histogramPage(msgField(12, numField(2, 1<<32))), 12, "positive_span[0].length", "4294967296 is no length of a span"},
		{"an offset out of range", histogramPage(msgField(9), msgField(9, signedField(1, math.MinInt32-1))), 14, "negative_span[1].offset", "-2147483649 is out of the range of an int32"},
		{"a delta below 0", histogramPage(numField(1, 1), oneSpan, signedField(13, 1), signedField(13, -2)), 18, "positive_delta[1]", "the delta -2 takes the count below 0 or out of range"},
		{"a packed delta below 0", histogramPage(signedField(10, 1), msgField(10, varints(zigzag(1), zigzag(0), zigzag(-3)))), 16, "negative_delta[3]", "the delta -3 takes the count below 0 or out of range"},
		{"deltas out of range", histogramPage(msgField(13, varints(zigzag(math.MaxInt64), zigzag(1)))), 22, "positive_delta[1]", "the delta 1 takes the count below 0 or out of range"},
		{"a packed delta cut short", histogramPage(msgField(13, "\x02\x80")), 13, "positive_delta[1]", "the message ends inside a number"},
		{"a negative native count", histogramPage(msgField(14, doubles(1, -1))), 20, "positive_count[1]", "-1 is no count"},
		{"packed counts cut short", histogramPage(msgField(11, doubles(1)+"abc")), 20, "negative_count[1]", "the message ends inside the field"},
		{"deltas and counts", histogramPage(oneSpan, signedField(13, 1), doubleField(11, 1)), 8, "", "native buckets have both deltas and counts"},
		{"deltas beside a count of another kind", histogramPage(doubleField(4, 1), oneSpan, signedField(13, 1)), 8, "", "native buckets have deltas beside a count that need not be whole"},
		{"deltas beside a zero count of another kind", histogramPage(numField(1, 2), doubleField(8, 1), oneSpan, signedField(13, 1)), 8, "", "native buckets have deltas beside a count that need not be whole"},
		{"counts alone", histogramPage(doubleField(14, 1)), 8, "", "there are counts of native buckets, but no spans"},
		{"deltas without spans", histogramPage(signedField(13, 1)), 8, "", "there are counts of native buckets, but no spans"},
		{"counts without spans", histogramPage(numField(1, 1), numField(7, 1), doubleField(14, 1)), 8, "", "native histogram's positive spans cover 0 buckets, there are 1"},
		{"spans without counts", histogramPage(numField(1, 1), oneSpan), 8, "", "native histogram's positive spans cover 1 buckets, there are 0"},
		{"a long span without counts", histogramPage(numField(1, 1), msgField(12, numField(2, math.MaxUint32))), 8, "", "native histogram's positive bucket index 4294967294 is above 1025"},
		{"spans that run backwards", histogramPage(numField(1, 2), oneSpan, msgField(12, signedField(1, -1), numField(2, 1)), signedField(13, 1), signedField(13, 0)), 8, "", "native histogram's positive span 1 has the negative offset -1"},
		{"a bucket out of range", histogramPage(numField(1, 1), msgField(9, signedField(1, 2000), numField(2, 1)), signedField(10, 1)), 8, "", "native histogram's negative bucket index 2000 is above 1025"},
		{"buckets that do not add up", histogramPage(numField(1, 3), oneSpan, signedField(13, 2)), 8, "", "native histogram has the count 3, its buckets add up to 2"},
		{"a marker beside a count", histogramPage(numField(1, 3), msgField(12)), 8, "", "native histogram has the count 3, its buckets add up to 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			field := "metric[0].histogram"
			if test.field != "" {
				field += "." + test.field
			}
			checkProtoRefused(t, test.page, test.offset, field, test.reason)
		})
	}
}

// checkProtoRefused decodes a page that must be refused, alone and behind another
// family. The name of the family is x, if there is any.
func checkProtoRefused(t *testing.T, page string, offset int64, field, reason string) {
	t.Helper()
	for _, before := range []string{"", protoPage(enumGauge)} {
		d := exposition.NewProtobufDecoder(strings.NewReader(before+page), nil)
		if before != "" {
			if _, err := d.Next(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := d.Next()
		var got *exposition.DecodeError
		if !errors.As(err, &got) {
			t.Fatalf("error %v", err)
		}
		want := offset + int64(len(before))
		if got.Offset != want || got.Field != field || got.Reason != reason || got.Line != 0 || got.Column != 0 {
			t.Errorf("got byte %d: %q: %s\nwant byte %d: %q: %s", got.Offset, got.Field, got.Reason, want, field, reason)
		}
		if got.Family != "" && got.Family != "x" {
			t.Errorf("family %q", got.Family)
		}
		message := reason
		if field != "" {
			message = field + ": " + message
		}
		if got.Family != "" {
			message = `family "x": ` + message
		}
		if want := fmt.Sprintf("exposition: byte %d: %s", want, message); err.Error() != want {
			t.Errorf("message %q, want %q", err, want)
		}
		if _, again := d.Next(); !errors.Is(again, err) {
			t.Errorf("then %v", again)
		}
	}
}
