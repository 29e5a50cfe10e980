package exposition_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// rewrite decodes a page of JSON and encodes it in the format.
func rewrite(t *testing.T, page string, f exposition.Format) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := exposition.Decoded(exposition.NewJSONDecoder(strings.NewReader(page), nil))
	_, err := exposition.Write(context.Background(), &out, c, f, nil)
	return out.String(), err
}

// encode writes families as one page.
func encode(t *testing.T, f exposition.Format, families ...metric.Family) string {
	t.Helper()
	var page bytes.Buffer
	if _, err := exposition.Write(context.Background(), &page, collector(families...), f, nil); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestJSONDecoderRoundTrip(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"json-utf8.ndjson", "json-values.ndjson"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			page, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := rewrite(t, string(page), exposition.FormatJSON())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(page), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestJSONDecoderConverts checks that a page that went through JSON says the
// same in other formats, except what JSON has no place for: the written name of
// a counter, and that a histogram with negative bounds is one sample, of which
// OpenMetrics 1.0 may leave out the sum; it refuses the line of a sum.
func TestJSONDecoderConverts(t *testing.T) {
	t.Parallel()
	families := func() []metric.Family {
		kept := corpus()[:0]
		for _, f := range corpus() {
			if f.Desc().Written == "" && f.Desc().Name != "change" {
				kept = append(kept, f)
			}
		}
		return kept
	}
	for _, format := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(),
	} {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			want := encode(t, format, families()...)
			got, err := rewrite(t, encode(t, exposition.FormatJSON(), families()...), format)
			if err != nil {
				t.Fatal(err)
			}
			if format.Syntax == exposition.Protobuf {
				want, got = dumpFamilies(t, []byte(want)), dumpFamilies(t, []byte(got))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A histogram may have series with native buckets, classic ones or both, in any
// order.
func TestJSONDecoderJoins(t *testing.T) {
	t.Parallel()
	const native = `"native_histogram":{"count_value":2,"sum_value":3,"schema":0,"zero_threshold":0,"zero_count":0,"pos_spans":[[0,1]],"neg_spans":[],"pos_deltas":[2],"neg_deltas":[]}`
	classic := func(series string) string {
		return strings.ReplaceAll(`{"name":"h_bucket","labels":{"s":"S","le":"1.0"},"value":2},{"name":"h_bucket","labels":{"s":"S","le":"+Inf"},"value":2},`+
			`{"name":"h_count","labels":{"s":"S"},"value":2},{"name":"h_sum","labels":{"s":"S"},"value":3}`, "S", series)
	}
	page := `{"name":"h","type":"histogram","help":"","unit":"","samples":[` + strings.Join([]string{
		classic("a"), classic("b"),
		`{"name":"h","labels":{"s":"c"},"start":"5.000000001",` + native + `}`, classic("c"), `{"name":"h_created","labels":{"s":"c"},"value":5.000000001}`,
		`{"name":"h","labels":{"s":"d"},` + native + `}`,
		`{"name":"h","labels":{"s":"e"},"timestamp":"7.000000000",` + native + `}`, `{"name":"h","labels":{"s":"e"},"timestamp":"8.000000000",` + native + `}`,
		classic("f"), `{"name":"h_created","labels":{"s":"f"},"value":6.000000001}`,
	}, ",") + "]}\n"
	got, err := rewrite(t, page, exposition.FormatJSON())
	if diff := cmp.Diff(page, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	got, err = rewrite(t, page, exposition.FormatOpenMetrics2())
	if err != nil {
		t.Fatal(err)
	}
	const value = "{count:2,sum:3,schema:0,zero_threshold:0,zero_count:0,positive_spans:[0:1],positive_buckets:[2]"
	for _, line := range []string{
		`h{s="a"} {count:2,sum:3,bucket:[1.0:2,+Inf:2]}`, `h{s="c"} ` + value + `,bucket:[1.0:2,+Inf:2]} st@5.000000001`,
		`h{s="d"} ` + value + `}`, `h{s="e"} ` + value + `} 8`, `h{s="f"} {count:2,sum:3,bucket:[1.0:2,+Inf:2]} st@6.000000001`,
	} {
		has(t, got, line)
	}
}

func TestJSONDecoderAccepts(t *testing.T) {
	t.Parallel()
	const family = `{"name":"a","type":"gauge","help":"","unit":"","samples":[{"name":"a","labels":{},"value":1}]}` + "\n"
	tests := []struct{ name, page, want string }{
		{"nothing", "", ""},
		{"blank lines", "\n  \r\n\t\n" + family + "\n\n", family},
		{"no line feed at the end", strings.TrimSuffix(family, "\n"), family},
		{"white space", "\t" + strings.NewReplacer(",", " , ", ":", " : ", "{", "{ ", "}", " }", "[", "[ ", "]", " ]").Replace(family[:len(family)-1]) + " \r\n", family},
		{"fields in another order", `{"samples":[{"value":1,"name":"a"}],"type":"gauge","name":"a"}`, family},
		{
			"a written name", `{"name":"a_total","type":"counter","samples":[{"name":"a_total","value":1}]}`,
			`{"name":"a","type":"counter","help":"","unit":"","samples":[{"name":"a_total","labels":{},"value":1}]}` + "\n",
		},
		{
			"escapes", `{"name":"a","type":"gauge","help":"\"\\\/\b\f\n\r\té\ud83d\ude00é","samples":[]}`,
			`{"name":"a","type":"gauge","help":"\"\\/\u0008\u000c\n\u000d\u0009é😀é","unit":"","samples":[]}` + "\n",
		},
		{
			"numbers", `{"name":"a","type":"gauge","samples":[{"name":"a","value":-0.5e+1,"labels":{"x":"1"}},{"name":"a","value":"-Inf"}]}`,
			`{"name":"a","type":"gauge","help":"","unit":"","samples":[{"name":"a","labels":{"x":"1"},"value":-5},{"name":"a","labels":{},"value":"-Inf"}]}` + "\n",
		},
		{
			"an exact time", `{"name":"a","type":"gauge","samples":[{"name":"a","value":1,"timestamp":"-0.000000001"}]}`,
			`{"name":"a","type":"gauge","help":"","unit":"","samples":[{"name":"a","labels":{},"value":1,"timestamp":"-0.000000001"}]}` + "\n",
		},
		{
			"a start", `{"name":"a","type":"counter","samples":[{"name":"a_total","value":1,"start":"5.000000001"}]}`,
			`{"name":"a","type":"counter","help":"","unit":"","samples":[{"name":"a_total","labels":{},"value":1},{"name":"a_created","labels":{},"value":5.000000001}]}` + "\n",
		},
		{
			"a gauge called created", `{"name":"a_created","type":"gauge","samples":[{"name":"a_created","value":5.5}]}`,
			`{"name":"a_created","type":"gauge","help":"","unit":"","samples":[{"name":"a_created","labels":{},"value":5.5}]}` + "\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := rewrite(t, test.page, exposition.FormatJSON())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestJSONDecoderRefuses(t *testing.T) {
	t.Parallel()
	sample := func(fields string) string {
		return `{"name":"a","type":"gauge","samples":[{` + fields + `}]}`
	}
	native := func(fields string) string {
		return `{"name":"a","type":"histogram","samples":[{"name":"a","native_histogram":{` + fields + `}}]}`
	}
	tests := []struct {
		name, page   string
		line, column int
		problem      string
	}{
		{"text", "# TYPE a gauge\n", 1, 1, "'#' instead of an object"},
		{"a byte order mark", "\ufeff{}", 1, 1, `'\ufeff' instead of an object`},
		{"binary", "\n\xff\x00", 2, 1, "the byte 0xff instead of an object"},
		{"a list", "[{}]", 1, 1, "a list instead of an object"},
		{"an empty object", "{}", 1, 1, `field "name" is missing`},
		{"two on a line", `{"name":"a","type":"gauge","samples":[]} {}`, 1, 42, "an object instead of the end of the line"},
		{"the page ends", `{"name":"a"`, 1, 12, "the page ends where ',' or '}' should be"},
		{"the line ends", "{\"name\":\"a\",\n\"type\":\"gauge\"}", 1, 13, "the line ends where a field name in quotes should be"},
		{"the line ends in a string", "{\"name\":\"a\n\"}", 1, 11, "name: the line ends where the end of a string should be"},
		{"an unknown field", `{"name":"a","colour":1}`, 1, 13, `unknown field "colour"`},
		{"a field twice", `{"name":"a","name":"a"}`, 1, 13, `field "name" occurs twice`},
		{"no colon", `{"name" "a"}`, 1, 9, "a string instead of ':'"},
		{"no comma", `{"name":"a" "type":"gauge"}`, 1, 13, "a string instead of ',' or '}'"},
		{"a trailing comma", `{"name":"a",}`, 1, 13, "'}' instead of a field name in quotes"},
		{"null", `{"name":null}`, 1, 9, "name: null instead of a string"},
		{"an empty name", `{"name":""}`, 1, 9, "name: the name is empty"},
		{"an unknown type", `{"name":"a","type":"gouge"}`, 1, 20, `type: unknown type "gouge"`},
		{"samples that are no list", `{"name":"a","type":"gauge","samples":{}}`, 1, 38, "samples: an object instead of a list"},
		{"a sample that is no object", `{"name":"a","type":"gauge","samples":[1]}`, 1, 39, "samples[0]: a number instead of an object"},
		{"no sample name", sample(`"value":1`), 1, 39, `samples[0]: field "name" is missing`},
		{"no value", sample(`"name":"a"`), 1, 39, `samples[0]: field "value" is missing`},
		{"the third value", "\n\n" + `{"name":"a","type":"gauge","samples":[{"name":"a","value":1},{"name":"a","value":2},{"name":"a","value":true}]}`, 3, 105, "samples[2].value: true instead of a number"},
		{"a number in a string", sample(`"name":"a","value":"1"`), 1, 59, `samples[0].value: "1" is not a number: only "NaN", "+Inf" and "-Inf" are strings`},
		{"another infinity", sample(`"name":"a","value":"Inf"`), 1, 59, `samples[0].value: "Inf" is not a number: only "NaN", "+Inf" and "-Inf" are strings`},
		{"NaN without quotes", sample(`"name":"a","value":NaN`), 1, 59, "samples[0].value: NaN instead of a number"},
		{"a leading zero", sample(`"name":"a","value":01`), 1, 59, `samples[0].value: "01" is not a number of JSON`},
		{"no fraction", sample(`"name":"a","value":1.`), 1, 59, `samples[0].value: "1." is not a number of JSON`},
		{"no exponent", sample(`"name":"a","value":1e`), 1, 59, `samples[0].value: "1e" is not a number of JSON`},
		{"a sign alone", sample(`"name":"a","value":-`), 1, 59, `samples[0].value: "-" is not a number of JSON`},
		{"out of range", sample(`"name":"a","value":1e999`), 1, 59, "samples[0].value: 1e999 is out of the range of a float64"},
		{"a time as a number", sample(`"name":"a","value":1,"timestamp":5`), 1, 73, "samples[0].timestamp: a number instead of a string with decimal seconds"},
		{"a time that is none", sample(`"name":"a","value":1,"timestamp":"1e9"`), 1, 73, `samples[0].timestamp: "1e9" is not decimal seconds`},
		{"a time out of range", sample(`"name":"a","value":1,"start":"9223372036854775808"`), 1, 69, `samples[0].start: timestamp "9223372036854775808" is out of range`},
		{"a label that is no string", sample(`"name":"a","labels":{"x":1}`), 1, 65, "samples[0].labels.x: a number instead of a string"},
		{"a label twice", sample(`"name":"a","labels":{"x":"1","x":"2"}`), 1, 60, `samples[0].labels: label name "x" occurs twice`},
		{"an empty label name", sample(`"name":"a","labels":{"":"1"}`), 1, 60, `samples[0].labels: label name "" is empty or not valid UTF-8`},
		{"a control character", "{\"name\":\"a\tb\"}", 1, 11, "name: the control character 0x09 in a string is not escaped"},
		{"invalid UTF-8", "{\"name\":\"a\xff\"}", 1, 9, "name: the string is not valid UTF-8"},
		{"an unknown escape", `{"name":"a\x"}`, 1, 11, `name: unknown escape \x`},
		{"bad digits", `{"name":"a\u00g0"}`, 1, 11, `name: the escape \u has no four hexadecimal digits`},
		{"half a pair", `{"name":"\ud83d"}`, 1, 10, `name: the escape \ud83d is half of a character`},
		{"two first halves", `{"name":"\ud83d\ud83d"}`, 1, 10, `name: the escape \ud83d is half of a character`},
		{"an exemplar without a value", sample(`"name":"a","value":1,"exemplar":{"labels":{}}`), 1, 72, `samples[0].exemplar: field "value" is missing`},
		{"both kinds of exemplars", sample(`"name":"a","value":1,"exemplar":{"value":1},"exemplars":[]`), 1, 39, "samples[0]: there are both exemplar and exemplars"},
		{"the second exemplar", sample(`"name":"a","value":1,"exemplars":[{"value":1},{"value":""}]`), 1, 95, `samples[0].exemplars[1].value: "" is not a number: only "NaN", "+Inf" and "-Inf" are strings`},
		{"no schema", native(`"count_value":0,"sum_value":0,"zero_threshold":0,"zero_count":0`), 1, 74, `samples[0].native_histogram: field "schema" is missing`},
		{"a fractional schema", native(`"schema":1.5`), 1, 84, "samples[0].native_histogram.schema: 1.5 is not a whole number"},
		{"a large schema", native(`"schema":2147483648`), 1, 84, "samples[0].native_histogram.schema: 2147483648 is not between -2147483648 and 2147483647"},
		{"a long span", native(`"pos_spans":[[0,1,2]]`), 1, 88, "samples[0].native_histogram.pos_spans[0]: a span is a list of an offset and a length"},
		{"a negative length", native(`"pos_spans":[[0,-1]]`), 1, 88, "samples[0].native_histogram.pos_spans[0]: a span is a list of an offset and a length"},
		{
			"deltas and counts", native(`"count_value":1,"sum_value":0,"schema":0,"zero_threshold":0,"zero_count":1,"pos_deltas":[],"neg_counts":[]`), 1, 74,
			"samples[0].native_histogram: there are both deltas and counts",
		},
		{
			"buckets that do not add up", native(`"count_value":2,"sum_value":0,"schema":0,"zero_threshold":0,"zero_count":1`), 1, 74,
			"samples[0].native_histogram: native histogram has the count 2, its buckets add up to 1",
		},
		{
			"classic lines without +Inf", strings.Replace(native(`"count_value":1,"sum_value":0,"schema":0,"zero_threshold":0,"zero_count":1`), "}}]", `}},{"name":"a_count","value":1}]`, 1), 1, 1,
			`sample a{} of family "a" does not compose: no bucket le="+Inf"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := exposition.NewJSONDecoder(strings.NewReader(test.page), nil)
			_, err := d.Next()
			var got *exposition.DecodeError
			if !errors.As(err, &got) {
				t.Fatalf("error %v", err)
			}
			if got.Line != test.line || got.Column != test.column || got.Problem() != test.problem {
				t.Errorf("got %d:%d: %s\nwant %d:%d: %s", got.Line, got.Column, got.Problem(), test.line, test.column, test.problem)
			}
			if want := fmt.Sprintf("exposition: line %d, column %d: %s", test.line, test.column, test.problem); err.Error() != want {
				t.Errorf("message %q, want %q", err, want)
			}
			if _, again := d.Next(); !errors.Is(again, err) {
				t.Errorf("then %v", again)
			}
		})
	}
}

func TestJSONDecoderLimits(t *testing.T) {
	t.Parallel()
	const page = `{"name":"a","type":"gauge","samples":[{"name":"a","value":1},{"name":"a","value":2}]}`
	tests := []struct {
		name    string
		page    io.Reader
		options exposition.DecodeOptions
		want    string
	}{
		{"the line fits", strings.NewReader(page + "\n" + page), exposition.DecodeOptions{MaxLineBytes: len(page)}, ""},
		{
			"a long line", strings.NewReader(page),
			exposition.DecodeOptions{MaxLineBytes: len(page) - 1},
			"exposition: line 1, column 85: the line has more than 84 bytes",
		},
		{
			"white space without end",
			endless{' '},
			exposition.DecodeOptions{MaxLineBytes: 1000},
			"exposition: line 1, column 1001: the line has more than 1000 bytes",
		},
		{
			"a string without end", io.MultiReader(strings.NewReader(`{"name":"`), endless{'a'}),
			exposition.DecodeOptions{},
			"exposition: line 1, column 16777217: name: the line has more than 16777216 bytes",
		},
		{"the samples fit", strings.NewReader(page), exposition.DecodeOptions{MaxSamples: 2}, ""},
		{
			"many samples", strings.NewReader(page),
			exposition.DecodeOptions{MaxSamples: 1},
			"exposition: line 1, column 62: samples[1]: the family has more than 1 samples",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := exposition.NewJSONDecoder(test.page, &test.options).Next()
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

// endless reads one byte for ever.
type endless struct{ c byte }

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.c
	}
	return len(p), nil
}

// A page may come in pieces of any size.
func TestJSONDecoderPieces(t *testing.T) {
	t.Parallel()
	page := encode(t, exposition.FormatJSON(), corpus()...) + `{"name":"escaped\u00e9\ud83d\ude00","type":"gauge","help":"","unit":"","samples":[]}` + "\n"
	var out bytes.Buffer
	c := exposition.Decoded(exposition.NewJSONDecoder(iotest.OneByteReader(strings.NewReader(page)), nil))
	if _, err := exposition.Write(context.Background(), &out, c, exposition.FormatJSON(), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(page, `\u00e9\ud83d\ude00`, "é😀", 1), out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// A word is told whole in an error, however it comes.
	d := exposition.NewJSONDecoder(iotest.OneByteReader(strings.NewReader(`{"name":null}`)), nil)
	if _, err := d.Next(); err == nil || err.Error() != "exposition: line 1, column 9: name: null instead of a string" {
		t.Errorf("got %v", err)
	}
}

func TestJSONDecoderReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, page := range []string{"", "\n", `{"name":"a`, `{"name":"a","type":"gauge","samples":[]}`} {
		r := io.MultiReader(strings.NewReader(page), iotest.ErrReader(broken))
		d := exposition.NewJSONDecoder(iotest.OneByteReader(r), nil)
		if _, err := d.Next(); !errors.Is(err, broken) {
			t.Errorf("after %q: %v", page, err)
		}
	}
	_, err := exposition.NewJSONDecoder(strings.NewReader(`{"name":`), nil).Next()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a page cut short: %v", err)
	}
}

func TestDecodedStops(t *testing.T) {
	t.Parallel()
	page := encode(t, exposition.FormatJSON(), corpus()...)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	c := exposition.Decoded(exposition.NewJSONDecoder(strings.NewReader(page), nil))
	var names []string
	visit := func(f metric.Family) error {
		if names = append(names, f.Desc().Name); len(names) == 2 {
			return stop
		}
		return nil
	}
	if err := c.Collect(ctx, visit); !errors.Is(err, stop) {
		t.Errorf("error %v of emit", err)
	}
	cancel(stop)
	if err := c.Collect(ctx, visit); !errors.Is(err, stop) {
		t.Errorf("error %v of the context", err)
	}
	if err := c.Collect(context.Background(), visit); err != nil {
		t.Error(err)
	}
	var want []string
	for _, f := range corpus() {
		want = append(want, f.Desc().Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A decoded family is the caller's: it stays what it is when the next is read.
func TestJSONDecoderFamiliesLast(t *testing.T) {
	t.Parallel()
	page := encode(t, exposition.FormatJSON(), corpus()...)
	d := exposition.NewJSONDecoder(strings.NewReader(page), nil)
	var families []metric.Family
	for {
		f, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		families = append(families, f)
	}
	if diff := cmp.Diff(page, encode(t, exposition.FormatJSON(), families...)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzJSONDecoder(f *testing.F) {
	for _, family := range corpus() {
		var page bytes.Buffer
		if _, err := exposition.Write(context.Background(), &page, collector(family), exposition.FormatJSON(), nil); err != nil {
			f.Fatal(err)
		}
		f.Add(page.Bytes())
	}
	f.Add([]byte("{}\n\n[]"))
	f.Add([]byte(`{"name":"a","type":"histogram","samples":[{"name":"a","native_histogram":{"count_value":1,"sum_value":"NaN","schema":-53,"zero_threshold":0,"zero_count":0,"pos_spans":[[0,1]],"pos_counts":[1]}}]}`))
	f.Fuzz(func(t *testing.T, page []byte) {
		var once bytes.Buffer
		c := exposition.Decoded(exposition.NewJSONDecoder(bytes.NewReader(page), &exposition.DecodeOptions{MaxLineBytes: 1 << 16}))
		// What cannot be decoded, or is refused, is left out.
		_, _ = exposition.Write(context.Background(), &once, c, exposition.FormatJSON(), nil)
		again, err := rewrite(t, once.String(), exposition.FormatJSON())
		if err != nil {
			t.Fatalf("%v in\n%s", err, once.String())
		}
		if again != once.String() {
			t.Errorf("first\n%sthen\n%s", once.String(), again)
		}
	})
}

func BenchmarkJSONDecoder(b *testing.B) {
	const series = 10_000
	f := metric.NewCounterFamily("requests", "Served.", "path", "code")
	for i := range series {
		f.Add(float64(i), fmt.Sprintf("/api/%d", i), "200")
	}
	var page bytes.Buffer
	if _, err := exposition.Write(context.Background(), &page, collector(f), exposition.FormatJSON(), nil); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(page.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := exposition.NewJSONDecoder(bytes.NewReader(page.Bytes()), nil).Next(); err != nil {
			b.Fatal(err)
		}
	}
}
