package exposition_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestDetect(t *testing.T) {
	for _, tc := range []struct {
		name, page string
		want       exposition.Syntax
	}{
		{"empty", "", exposition.Text},
		{"blank", "\n \n", exposition.Text},
		{"text", "# HELP a b\n# TYPE a counter\na 1\n", exposition.Text},
		{"text that speaks of the end", "# HELP a # EOF\na 1\n", exposition.Text},
		{"text with a label like an exemplar", "a{b=\"} 1 # {\"} 1\n", exposition.Text},
		{"text with a label like a start", "a{b=\"} 1 st@1\"} 1\n", exposition.Text},
		{"a quoted name", "{\"a.b\"} 1\n", exposition.Text},
		{"a quoted name and labels", "{\"a.b\",c=\"d\"} 1\n", exposition.Text},
		{"carriage returns", "\r\n\r\na 1\r\n", exposition.Text},
		{"line feeds", "\n\n\na 1\n", exposition.Text},
		{"an empty comment", "#\n# TYPE a gauge\na 1\n", exposition.Text},
		{"a message as long as a line feed", "\n\n\x01a\x18\x01\"\x03\x12\x01\x00", exposition.Protobuf},
		{"a message as long as a number sign", "#\n\x1d", exposition.Protobuf},
		{"a long message", "\x80\x01\n\x1d", exposition.Protobuf},
		{"one family a line", `{"name":"a","type":"gauge","samples":[]}` + "\n", exposition.JSON},
		{"an object with blanks", "\n { \"name\" : \"a\"", exposition.JSON},
		{"no end", "# TYPE a counter\na_total 1 # {} 1\n", exposition.OpenMetrics},
		{"a unit", "# UNIT a_s s\na_s 1\n", exposition.OpenMetrics},
		{"a type", "# TYPE a unknown\na 1\n", exposition.OpenMetrics},
		{"the end", "a 1\n# EOF\n", exposition.OpenMetrics},
		{"the end without a line feed", "a 1\n# EOF", exposition.OpenMetrics},
		{"nothing but the end", "# EOF\n", exposition.OpenMetrics},
		{"a counter of 1.0", "# TYPE a counter\na_total 1\n# EOF\n", exposition.OpenMetrics},
		{"a counter of 2.0", "# TYPE a_total counter\na_total 1\n# EOF\n", exposition.OpenMetrics2},
		{"a quoted counter of 2.0", "# TYPE \"a.b_total\" counter\n{\"a.b_total\"} 1\n# EOF\n", exposition.OpenMetrics2},
		{"an info of 2.0", "# TYPE a_info info\na_info 1\n# EOF\n", exposition.OpenMetrics2},
		{"a start", "a_total{b=\"c\"} 1 st@2\n", exposition.OpenMetrics2},
		{"a composite", "a{b=\"}\"} {count:0,sum:0,bucket:[+Inf:0]}\n", exposition.OpenMetrics2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := exposition.Detect([]byte(tc.page)); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestDetectOwnPages detects what the encoder writes, and reads it.
func TestDetectOwnPages(t *testing.T) {
	h := metric.NewHistogramFamily("h", "A histogram.")
	h.Add([]metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: metric.Inf(), Count: 2}}, 3)
	counter := metric.NewCounterFamily("a", strings.Repeat("long ", 100))
	counter.Add(1)
	for _, f := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON(),
	} {
		for _, families := range [][]metric.Family{{counter, h}, {h, counter}} {
			var page bytes.Buffer
			c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
				return metric.EmitAll(emit, families...)
			})
			if _, err := exposition.Write(t.Context(), &page, c, f, nil); err != nil {
				t.Fatal(err)
			}
			got := exposition.Detect(page.Bytes())
			if got != f.Syntax {
				t.Errorf("%v is taken for %v:\n%q", f.Syntax, got, page.String())
			}
			d, err := exposition.NewDecoder(&page, got, nil)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			if err := exposition.Decoded(d).Collect(t.Context(), func(metric.Family) error { count++; return nil }); err != nil || count != 2 {
				t.Errorf("%v: %d families, %v", f.Syntax, count, err)
			}
		}
	}
	if _, err := exposition.NewDecoder(nil, 99, nil); err == nil {
		t.Error("there is a decoder of a syntax that does not exist")
	}
}
