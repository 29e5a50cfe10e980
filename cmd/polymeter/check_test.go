package main

import (
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/exposition/lint"
)

// unwise is a valid page with findings of every severity.
const unwise = `# HELP app_requests_total Requests served.
# TYPE app_requests_total counter
app_requests_total{path="/",user="jane@example.org"} 3
app_requests_total{path="/",user="joe@example.org"} 4

# HELP app_latency_ms Time that the last request took.
# TYPE app_latency_ms gauge
app_latency_ms 12
# TYPE app_info gauge
app_info 2
# HELP "app.größe" app.größe
# TYPE "app.größe" gauge
{"app.größe"} 1
`

// fine is a page without findings.
const fine = "# HELP app_requests_total Requests served.\n# TYPE app_requests_total counter\napp_requests_total 3\n"

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := writeFile(t, filepath.Join(dir, "page.txt"), []byte(unwise))
	json := writeFile(t, filepath.Join(dir, "page.json"), []byte(invoke(t, unwise, "convert", "--to", "json").out))
	for _, test := range []struct {
		golden string
		args   []string
	}{
		{"check.txt", nil},
		{"check.github.txt", []string{"--output", "github"}},
		{"check.json", []string{"--output", "json"}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, unwise, append([]string{"check", text, json, "-"}, test.args...)...)
			golden(t, test.golden, strings.ReplaceAll(got.out, dir+string(filepath.Separator), ""))
			got.want(t, exitFindings, got.out, "")
		})
	}
}

func TestCheckExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := writeFile(t, filepath.Join(dir, "good"), []byte(fine))
	poor := writeFile(t, filepath.Join(dir, "poor"), []byte(strings.TrimPrefix(fine, "# HELP app_requests_total Requests served.\n")))
	bad := writeFile(t, filepath.Join(dir, "bad"), []byte(fine+"1\n"))
	missing := filepath.Join(dir, "missing")
	tests := []struct {
		name string
		args []string
		code int
	}{
		{"fine", []string{good}, exitOK},
		{"a warning", []string{poor}, exitFindings},
		{"the rule is off", []string{poor, "--disable", "help-missing"}, exitOK},
		{"another rule is on", []string{poor, "--enable", "type-unknown"}, exitOK},
		{"only info", []string{poor, "--severity", "help-missing=info"}, exitOK},
		{"info counts", []string{poor, "--severity", "help-missing=info", "--fail-on", "info"}, exitFindings},
		{"only errors count", []string{poor, "--fail-on", "error"}, exitOK},
		{"it is an error", []string{poor, "--fail-on", "error", "--severity", "help-missing=error"}, exitFindings},
		{"no rules", []string{poor, "--lint=false"}, exitOK},
		{"no rules beside one", []string{poor, "--lint=false", "--enable", "help-missing"}, exitOK},
		{"invalid", []string{bad}, exitFailure},
		{"invalid among others", []string{bad, good, poor}, exitFailure},
		{"missing", []string{missing}, exitFailure},
		{"a directory", []string{dir}, exitFailure},
		{"another format", []string{good, "--from", "openmetrics"}, exitFailure},
		{"another format again", []string{good, "--from", "json"}, exitFailure},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, output := range []string{"text", "json", "github"} {
				if got := invoke(t, "", append([]string{"check", "-o", output}, test.args...)...); got.code != test.code {
					t.Errorf("%s: got %+v", output, got)
				}
			}
		})
	}
}

func TestCheckThresholds(t *testing.T) {
	t.Parallel()
	const page = "# HELP a Help.\n# TYPE a gauge\na{b=\"c\"} 1 1000\na{b=\"d\"} 1 1000\n" +
		"# HELP h Help me.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"
	for rule, flag := range map[string]string{
		"label-cardinality":      "--max-label-values=1",
		"family-cardinality":     "--max-family-series=1",
		"page-series":            "--max-page-series=5",
		"histogram-many-buckets": "--max-buckets=1",
		"timestamp-stale":        "--max-age=876000h",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			with := invoke(t, page, "check", "--enable", rule, flag)
			without := invoke(t, page, "check", "--enable", rule)
			if rule == "timestamp-stale" {
				with, without = without, with
			}
			if with.code != exitFindings || !strings.Contains(with.out, "["+rule+"]") {
				t.Errorf("with: %+v", with)
			}
			if without.code != exitOK {
				t.Errorf("without: %+v", without)
			}
		})
	}
}

func TestCheckInvalid(t *testing.T) {
	t.Parallel()
	twice := `{"name":"a","type":"gauge","samples":[]}` + "\n"
	tests := []struct {
		name, stdin string
		args        []string
		text, json  string
	}{
		{
			"text", fine + "a 1\na 1\n", nil, "stdin:5:1: the series a{} is there twice",
			`{"page":"stdin","format":"text","valid":false,"problems":[{"line":5,"column":1,"message":"the series a{} is there twice"}],"families":1,"series":1}`,
		},
		{
			"protobuf", "\x0e\x0a\x01a\x18\x01\x22\x01", nil, "stdin: byte 8: the page ends 7 bytes into a message of 14",
			`{"page":"stdin","format":"protobuf","valid":false,"problems":[{"byte":8,"message":"the page ends 7 bytes into a message of 14"}],"families":0,"series":0}`,
		},
		{
			"a family of JSON twice", twice + "\n" + twice, nil, `stdin:1: family "a": name "a" is already on the page`,
			`{"page":"stdin","format":"json","valid":false,"problems":[{"line":1,"message":"family \"a\": name \"a\" is already on the page"}],"families":2,"series":0}`,
		},
		{
			"a unit of protobuf", "\x08\x0a\x01a\x18\x01\x2a\x01s", nil, `stdin: family "a": unit "s" is not the suffix of family name "a"`,
			`{"page":"stdin","format":"protobuf","valid":false,"problems":[{"message":"family \"a\": unit \"s\" is not the suffix of family name \"a\""}],"families":1,"series":0}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"check"}, test.args...)
			invoke(t, test.stdin, args...).want(t, exitFailure, "", "polymeter check: "+test.text+"\n")
			invoke(t, test.stdin, append(args, "-o", "json")...).want(t, exitFailure, test.json+"\n", "")
		})
	}
}

// Much that is wrong does not become more than anyone reads.
func TestCheckGivesUp(t *testing.T) {
	t.Parallel()
	got := invoke(t, strings.Repeat(`{"name":"a","type":"gauge","samples":[]}`+"\n", 200), "check")
	if n := strings.Count(got.errors, "\n"); n != 101 || !strings.HasSuffix(got.errors, "there is too much wrong with the page\n") {
		t.Errorf("%d lines, %+v", n, got)
	}
}

func TestCheckNotes(t *testing.T) {
	t.Parallel()
	const page = "# HELP a Help.\n# TYPE a gauge\na 1 # {x=\"y\"} 1 1.0\n# EOF\n"
	const note = "1 exemplar left out for being malformed or misplaced"
	args := []string{"check", "--from", "openmetrics2"}
	invoke(t, page, args...).want(t, exitOK, "stdin: valid openmetrics2, 1 family, 1 series, no findings\n", "polymeter check: stdin: "+note+"\n")
	invoke(t, page, append(args, "-o", "github")...).want(t, exitOK, "::notice title=left-out::stdin: "+note+"\n", "")
}

func TestCheckGitHubEscapes(t *testing.T) {
	t.Parallel()
	file := writeFile(t, filepath.Join(t.TempDir(), "50%,a:b"), []byte("a{b=\"50%\"\n"))
	got := invoke(t, "", "check", "-o", "github", file)
	if !strings.HasPrefix(got.out, "::error file=") || !strings.Contains(got.out, "/50%25%2Ca%3Ab,line=1,col=10,title=invalid-page::") {
		t.Errorf("got %+v", got)
	}
}

func TestCheckRules(t *testing.T) {
	t.Parallel()
	text, json := invoke(t, "", "check", "--rules"), invoke(t, "", "check", "--rules", "--output", "json")
	text.want(t, exitOK, text.out, "")
	json.want(t, exitOK, json.out, "")
	for _, rule := range lint.Rules() {
		if !strings.Contains(text.out, rule.Severity.String()+"  ") || !strings.Contains(text.out, "  "+rule.Summary+"\n") {
			t.Errorf("%s is not in the text", rule.ID)
		}
		if !strings.Contains(json.out, `{"id":"`+rule.ID+`","severity":"`+rule.Severity.String()+`","summary":`) {
			t.Errorf("%s is not in the JSON", rule.ID)
		}
	}
	if n := strings.Count(json.out, "\n"); n != len(lint.Rules()) {
		t.Errorf("%d lines", n)
	}
}
