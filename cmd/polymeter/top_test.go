package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

func TestTop(t *testing.T) {
	t.Parallel()
	page := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte(before))
	for _, test := range []struct {
		golden string
		args   []string
	}{
		{"top.txt", nil},
		{"top.json", []string{"--output", "json"}},
		{"top-bytes.txt", []string{"--by", "bytes", "-n", "2"}},
		{"top-labels.txt", []string{"--by", "labels"}},
		{"top-labels.json", []string{"--by", "labels", "-o", "json"}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, before, append([]string{"top"}, test.args...)...)
			golden(t, test.golden, got.out)
			got.want(t, exitOK, got.out, "")
			file := invoke(t, "", append([]string{"top", page}, test.args...)...)
			if want := strings.Replace(got.out, "stdin", page, 1); file.out != want {
				t.Errorf("of a file\n%s\nwant\n%s", file.out, want)
			}
		})
	}
}

// A page has the same series in all formats.
func TestTopOfFormats(t *testing.T) {
	t.Parallel()
	want := invoke(t, before, "top").out
	for _, format := range []string{"openmetrics", "openmetrics2", "protobuf", "json"} {
		page := invoke(t, before, "convert", "--to", format)
		got := invoke(t, page.out, "top")
		if got.code != exitOK || !strings.HasPrefix(got.out, "stdin: 6 families, 13 series, ") || lines(got.out) != lines(want) {
			t.Errorf("%s: %+v", format, got)
		}
	}
}

func lines(text string) int { return strings.Count(text, "\n") }

func TestTopOfDirectory(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	got := invoke(t, "", "top", "--by", "labels", dir)
	if got.code != exitOK || !strings.Contains(got.out, "  queue\n") || !strings.HasPrefix(got.out, dir+": ") {
		t.Errorf("got %+v", got)
	}
}

func TestTopFails(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	invoke(t, "", "top", missing).want(t, exitFailure, "", "polymeter top: "+missing+": no such file or directory\n")
	invoke(t, fine+"a\n", "top").want(t, exitFailure, "", "polymeter top: stdin:4:2: the line ends where the value of the sample should be\n")
	invoke(t, "", "top").want(t, exitOK, "stdin: 0 families, 0 series, 0 bytes of text\n", "")
}

// What the text format cannot say has series all the same.
func TestTopUnsized(t *testing.T) {
	t.Parallel()
	const page = `{"name":"a","type":"gauge","samples":[{"name":"a","value":1},{"name":"a","value":2}]}`
	got := invoke(t, page, "top")
	want := "stdin: 1 family, 2 series, 0 bytes of text\n" +
		"    SERIES               BYTES         TYPE            FAMILY\n" +
		"         2 100.0%            -         gauge           a\n" +
		"1 family not in the bytes, since the text format cannot say it\n"
	got.want(t, exitOK, want, "")
}

func TestLabelCounts(t *testing.T) {
	t.Parallel()
	c := newLabelCounts(3, 5)
	c.begin("le")
	for i := range 10 {
		labels := metric.MustLabels("many", fmt.Sprint(i), "one", "x", "le", "1")
		c.add(labels, 2)
		c.add(labels, 1)
	}
	c.begin("")
	c.add(metric.MustLabels("late", "a", "one", "y", "le", "1"), 1)
	c.add(metric.MustLabels("late", "b"), 1)
	c.begin("")
	for i := range maxLabelNames {
		c.add(metric.MustLabels(fmt.Sprintf("label_%d", i), "x"), 1)
	}
	type counted struct {
		values, series, families int
		more                     bool
	}
	for name, want := range map[string]counted{
		"many": {3, 30, 1, true},
		"one":  {1, 31, 2, true},
		"late": {1, 2, 1, true},
		"le":   {0, 1, 1, true},
	} {
		l := c.byName[name]
		if l == nil {
			t.Fatalf("no label %q", name)
		}
		if got := (counted{len(l.values), l.series, l.families, l.more}); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if !c.missed {
		t.Error("no name was missed")
	}
	if top := c.top(2); len(top) != 2 || top[0].name != "many" {
		t.Errorf("top %v", top)
	}
}
