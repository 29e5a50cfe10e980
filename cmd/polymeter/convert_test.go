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
		{"text", "# TYPE a gauge\na 1\n", nil, "", "stdin: this is not json, the only format that can be read"},
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
