package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const before = `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 1
jobs_total{queue="b"} 2
jobs_total{queue="c"} 3
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1"} 1
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 3.5
wait_seconds_count 2
# TYPE size summary
size{quantile="0.5"} NaN
size_sum 1
size_count 1
# TYPE level gauge
level 5
# TYPE old gauge
old 1
# TYPE "odd name" gauge
{"odd name"} 1
`

const after = `# TYPE fresh untyped
fresh{a="b"} 1
fresh{a="c"} 1
# TYPE level untyped
level 4
# HELP jobs_total Jobs done.
# TYPE jobs_total counter
jobs_total{queue="d"} 9
jobs_total{queue="b"} 1
jobs_total{queue="a"} 4
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1.0"} 2
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_sum 4
wait_seconds_count 3
# TYPE size summary
size{quantile="0.5"} 2
size_sum 1
size_count 1
# TYPE "odd name" gauge
{"odd name"} 2
`

func TestDiff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	was := writeFile(t, filepath.Join(dir, "before"), []byte(before))
	for _, test := range []struct {
		golden string
		args   []string
	}{
		{"diff.txt", nil},
		{"diff.json", []string{"--output", "json"}},
		{"diff-structure.txt", []string{"--ignore-values"}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, after, append([]string{"diff", was, "-"}, test.args...)...)
			golden(t, test.golden, got.out)
			got.want(t, exitFindings, got.out, "")
		})
	}
}

// A page is the same in all formats that can say it.
func TestDiffOfFormats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	was := writeFile(t, filepath.Join(dir, "before"), []byte(before))
	for _, format := range []string{"text", "openmetrics", "openmetrics2", "protobuf", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			page := invoke(t, before, "convert", "--to", format)
			invoke(t, page.out, "diff", was, "-").want(t, exitOK, "", "")
			invoke(t, page.out, "diff", "-", was).want(t, exitOK, "", "")
		})
	}
}

func TestDiffDetails(t *testing.T) {
	t.Parallel()
	const native = `{"name":"h","type":"histogram","samples":[{"name":"h","labels":{},"value":0,"native_histogram":{"count_value":3,"sum_value":4,"schema":0,"zero_threshold":0.001,"zero_count":1,"pos_spans":[[0,2]],"neg_spans":[],"pos_deltas":[1,0],"neg_deltas":[]}}]}` + "\n"
	const points = "# TYPE a gauge\na 1 1\na{b=\"c\"} 1 1\na{b=\"c\"} 2 2\n# EOF\n"
	const head = "# TYPE a_seconds gauge\n"
	tests := []struct {
		name, was, is string
		want          string
	}{
		{"native buckets", native, strings.Replace(native, "[1,0]", "[2,-2]", 1), "~ h native bucket (0.5,1] 1 → 2 (+1)\n~ h native bucket (1,2] 1 → 0 (-1)\n2 × value changed\n"},
		{"native buckets of another schema", native, strings.Replace(native, `"schema":0`, `"schema":1`, 1), "~ h native buckets (schema 0, 3 buckets) → native buckets (schema 1, 3 buckets)\n1 × value changed\n"},
		{"a new native bucket", native, strings.NewReplacer("[1,0]", "[1,0,4]", "[0,2]", "[0,3]", `_value":3`, `_value":8`).Replace(native), "~ h native bucket (2,4] 0 → 5 (+5)\n~ h_bucket{le=\"+Inf\"} 3 → 8 (+5)\n~ h_count 3 → 8 (+5)\n3 × value changed\n"},
		{"equal native buckets", native, native, ""},
		{"units", "# UNIT a_seconds seconds\n" + head + "# EOF\n", head + "# UNIT a_seconds seconds\n# EOF\n", ""},
		{"no unit", head + "# UNIT a_seconds seconds\n# EOF\n", head + "# EOF\n", "~ family a_seconds: unit \"seconds\" → \"\"\n1 × unit changed\n"},
		{"no unit in text", head + "# UNIT a_seconds seconds\n# EOF\n", head, ""},
		{"the last point counts", points, "# TYPE a gauge\na 1\na{b=\"c\"} 3\n# EOF\n", "~ a{b=\"c\"} 2 → 3\n1 × value changed\n"},
		{"created lines", "# TYPE a counter\na_total 1\na_created 5\n# EOF\n", "# TYPE a counter\na_total 1\n# EOF\n", ""},
		{"exemplars", "# TYPE a counter\na_total 1 # {x=\"y\"} 1\n# EOF\n", "# TYPE a_total counter\na_total 1\n", ""},
		{"nothing", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			was := writeFile(t, filepath.Join(t.TempDir(), "was"), []byte(test.was))
			code := exitOK
			if test.want != "" {
				code = exitFindings
			}
			invoke(t, test.is, "diff", was, "-").want(t, code, test.want, "")
		})
	}
}

func TestDiffFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := writeFile(t, filepath.Join(dir, "good"), []byte(fine))
	bad := writeFile(t, filepath.Join(dir, "bad"), []byte(fine+"a\n"))
	twice := writeFile(t, filepath.Join(dir, "twice"), []byte(strings.Repeat(`{"name":"a","type":"gauge","samples":[]}`+"\n", 2)))
	missing := filepath.Join(dir, "missing")
	const mistake = ":4:2: the line ends where the value of the sample should be"
	tests := []struct{ name, was, is, want string }{
		{"the old page is invalid", bad, good, bad + mistake},
		{"the new page is invalid", good, bad, bad + mistake},
		{"a family twice in the old page", twice, good, twice + `: family "a" is on the page twice`},
		{"a family twice in the new page", good, twice, twice + `: family "a" is on the page twice`},
		{"the old page is missing", missing, good, missing + ": no such file or directory"},
		{"the new page is missing", good, missing, missing + ": no such file or directory"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			invoke(t, "", "diff", test.was, test.is).want(t, exitFailure, "", "polymeter diff: "+test.want+"\n")
		})
	}
}
