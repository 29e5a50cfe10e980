package main

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"polymeter.dev/exposition"
)

func TestLineFinder(t *testing.T) {
	t.Parallel()
	const text = "\n# a comment\n# HELP a_total Help\n# TYPE a_total counter\na_total 1\n  #  TYPE\tb gauge\nb{x=\"y\"} 1\n#\n" +
		"bare 1\n{\"q\\\\uoted\",x=\"y\"} 1\n# TYPE \"in quotes\" gauge\n# UNIT u_seconds seconds\nlong{x=\""
	page := text + strings.Repeat("x", 3*maxCut) + "\"} 1\nafter 1\nno_end"
	tests := []struct {
		name   string
		syntax exposition.Syntax
		page   string
		want   map[string]int
	}{
		{"text", exposition.Text, page, map[string]int{
			"a_total": 3, "b": 6, "bare": 9, `q\uoted`: 10, "in quotes": 11, "u_seconds": 12, "long": 13, "after": 14, "missing": 0, "no_end": 0,
		}},
		{"openmetrics", exposition.OpenMetrics, "# TYPE a counter\n# TYPE i info\n", map[string]int{"a_total": 1, "i_info": 2}},
		{"json", exposition.JSON, "\n{\"name\":\"a\",\"type\":\"counter\"}\n{\"type\":\"gauge\",\"name\":\"b\"}\n {\"name\":\"\\u0063\\\"\"}\n", map[string]int{
			"a": 2, "a_total": 2, "b": 0, `c"`: 4,
		}},
		{"protobuf", exposition.Protobuf, "a\n", map[string]int{"a": 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(test.page), iotest.OneByteReader(strings.NewReader(test.page))} {
				f := newLineFinder(test.syntax)
				if _, err := io.Copy(struct{ io.Writer }{f}, struct{ io.Reader }{r}); err != nil {
					t.Fatal(err)
				}
				for name, want := range test.want {
					if got := f.line(name); got != want {
						t.Errorf("%s is on line %d, want %d", name, got, want)
					}
				}
			}
		})
	}
}
