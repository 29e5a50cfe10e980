package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const jsonPage = `{"name":"requests.served","type":"counter","help":"Served.","unit":"","samples":[{"name":"requests.served_total","labels":{"path":"/"},"value":3,"timestamp":"1700000000.123456789"}]}
{"name":"depth","type":"gauge","help":"","unit":"","samples":[{"name":"depth","labels":{},"value":"NaN"}]}
`

func TestConvert(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "page.json"), []byte(jsonPage))
	tests := []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"a file", "", []string{file}, `# HELP "requests.served_total" Served.
# TYPE "requests.served_total" counter
{"requests.served_total",path="/"} 3 1700000000123
# TYPE depth gauge
depth NaN
`},
		{"standard input", jsonPage, []string{"--from", "json", "--to", "openmetrics", "--escaping", "underscores", "-"}, `# TYPE requests_served counter
# HELP requests_served Served.
requests_served_total{path="/"} 3 1700000000.123456789
# TYPE depth gauge
depth NaN
# EOF
`},
		{"no arguments", jsonPage, []string{"--to", "json"}, jsonPage},
		{"blank lines first", "\n\n" + jsonPage, []string{"--to", "json"}, jsonPage},
		{"read over", "a 1\r\na 2\r\n", []string{"--lenient", "lines,duplicates", "--to", "openmetrics"}, "# TYPE a unknown\na 1\n# EOF\n"},
		{"nothing", "", nil, ""},
		{"white space", strings.Repeat(" \n", 10_000), nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			invoke(t, test.stdin, append([]string{"convert"}, test.args...)...).want(t, exitOK, test.want, "")
		})
	}
}

// Whatever format a page is in, it becomes any other, and the same again.
func TestConvertAllFormats(t *testing.T) {
	t.Parallel()
	const page = "# HELP jobs_total Jobs done.\n# TYPE jobs_total counter\njobs_total{queue=\"mail\"} 3\n" +
		"# TYPE wait_seconds histogram\nwait_seconds_bucket{le=\"1.0\"} 1\nwait_seconds_bucket{le=\"+Inf\"} 2\n" +
		"wait_seconds_count 2\nwait_seconds_sum 5.5\n" +
		"# TYPE size summary\nsize{quantile=\"0.5\"} 1\nsize_count 2\nsize_sum 3\n"
	formats := []string{"text", "openmetrics", "openmetrics2", "protobuf", "json"}
	for _, from := range formats {
		first := invoke(t, page, "convert", "--to", from)
		first.want(t, exitOK, first.out, "")
		for _, to := range formats {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				second := invoke(t, first.out, "convert", "--to", to)
				second.want(t, exitOK, second.out, "")
				invoke(t, second.out, "convert", "--from", to).want(t, exitOK, page, "")
			})
		}
	}
}

// What OpenMetrics 2.0 wants readers to leave out is named.
func TestConvertLeavesOut(t *testing.T) {
	t.Parallel()
	const page = "# TYPE a gauge\n# UNIT a seconds\na 1 # {x=\"y\"} 1 1.0\n# EOF\n"
	invoke(t, page, "convert", "--from", "openmetrics2").want(t, exitOK, "# TYPE a gauge\na 1\n",
		"polymeter convert: stdin: 1 exemplar left out for being malformed or misplaced\n"+
			"polymeter convert: stdin: 1 unit left out for not being the end of a name\n")
}

func TestConvertFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := `{"name":"a","type":"gauge","samples":[{"name":"a","value":1}]}` + "\n"
	file := writeFile(t, filepath.Join(dir, "page.json"), []byte(good+`{"name":"b","type":"gauge","samples":[{"name":"b"}]}`))
	missing := filepath.Join(dir, "missing")
	tests := []struct {
		name, stdin       string
		args              []string
		wantOut, wantErrs string
	}{
		{"text in place of json", "# TYPE a gauge\na 1\n", []string{"--from", "json"}, "", "stdin:1:1: '#' instead of an object"},
		{"text", "# TYPE a gauge\na 1\nb\n", nil, "# TYPE a gauge\na 1\n", "stdin:3:2: the line ends where the value of the sample should be"},
		{"openmetrics", "# TYPE a gauge\na 1\n", []string{"--from", "openmetrics"}, "", "stdin:3:1: the page ends without # EOF"},
		{"openmetrics2", "# TYPE a_total counter\na_total -1\n# EOF\n", []string{"--from", "openmetrics2"}, "", "stdin:2:9: a counter cannot have the value -1"},
		{"protobuf", "\x0e\x0a\x01a\x18\x01\x22\x01", []string{"--to", "json"}, "", "stdin: byte 8: the page ends 7 bytes into a message of 14"},
		{"protobuf with a mistake", "\x0a\x0a\x01a\x18\x01\x22\x03\x0a\x01\x07", []string{"--from", "protobuf"}, "", `stdin: byte 10: family "a": metric[0].label[0]: no field has the number 0`},
		{"a missing file", "", []string{missing}, "", missing + ": no such file or directory"},
		{"a directory", "", []string{dir}, "", dir + ": is a directory"},
		{"a bad line", "", []string{file}, "# TYPE a gauge\na 1\n", file + `:2:39: samples[0]: field "value" is missing`},
		{
			"a family that OpenMetrics refuses", good + `{"name":"c","type":"counter","samples":[{"name":"c_total","value":-1}]}`,
			[]string{"--to", "openmetrics"},
			"# TYPE a gauge\na 1\n# EOF\n", `family "c" is left out: a counter cannot have the value -1`,
		},
		{"a family twice", good + good, nil, "# TYPE a gauge\na 1\n", `family "a" is left out: name "a" is already on the page`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			invoke(t, test.stdin, append([]string{"convert"}, test.args...)...).
				want(t, exitFailure, test.wantOut, "polymeter convert: "+test.wantErrs+"\n")
		})
	}
}
