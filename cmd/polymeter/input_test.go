package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

// gauges returns more lines of a page than are looked at, without any sign of a
// format.
func gauges() string {
	var b strings.Builder
	for i := 0; b.Len() < 2*headBytes; i++ {
		fmt.Fprintf(&b, "# TYPE level_%d gauge\nlevel_%d{place=\"somewhere\"} 1\n", i, i)
	}
	return b.String()
}

// The end of a file tells its format where its beginning does not. Of a pipe it is
// not known.
func TestFormatOfLongPages(t *testing.T) {
	t.Parallel()
	page := gauges() + "# EOF\n"
	file := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte(page))
	for name, test := range map[string]struct {
		stdin, arg, want string
	}{
		"file": {"", file, "openmetrics"},
		"pipe": {page, "-", "text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, test.stdin, "check", "--lint=false", test.arg)
			if got.code != exitOK || !strings.Contains(got.out, ": valid "+test.want+",") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestSampled(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("abcdefg\n"), headBytes/8)
	uneven := append([]byte("x"), long[:headBytes-1]...)
	tests := []struct {
		name       string
		head, tail []byte
		want       []byte
	}{
		{"short", []byte("a 1\nb"), nil, []byte("a 1\nb")},
		{"no tail", long, nil, long},
		{"lines are cut", uneven, []byte("cut\n# EOF\n"), append(uneven[:headBytes-7:headBytes-7], "# EOF\n"...)},
		{"no lines", bytes.Repeat([]byte("x"), headBytes), []byte("a\nb"), bytes.Repeat([]byte("x"), headBytes)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := sampled(test.head, test.tail); !bytes.Equal(got, test.want) {
				t.Errorf("got %d bytes, want %d", len(got), len(test.want))
			}
		})
	}
}

func TestSyntaxOf(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]struct {
		syntax      exposition.Syntax
		known, sure bool
	}{
		"":                                   {},
		"text/html":                          {},
		"text/plain; charset=utf-8":          {exposition.Text, true, false},
		exposition.ContentTypeText:           {exposition.Text, true, true},
		exposition.ContentTypeText100:        {exposition.Text, true, true},
		"application/openmetrics-text":       {exposition.OpenMetrics, true, true},
		exposition.ContentTypeProtobuf:       {exposition.Protobuf, true, true},
		"application/json":                   {exposition.JSON, true, false},
		exposition.ContentTypeJSON:           {exposition.JSON, true, true},
		exposition.ContentTypeOpenMetrics001: {exposition.OpenMetrics, true, true},
		exposition.ContentTypeOpenMetrics:    {exposition.OpenMetrics, true, true},
		exposition.ContentTypeOpenMetrics2:   {exposition.OpenMetrics2, true, true},
		"application/vnd.google.protobuf; proto=x.y; encoding=delimited": {exposition.Protobuf, false, false},
	} {
		syntax, known, sure := syntaxOf(contentType)
		if syntax != want.syntax || known != want.known || sure != want.sure {
			t.Errorf("%q: %v, %t, %t, want %v", contentType, syntax, known, sure, want)
		}
	}
}
