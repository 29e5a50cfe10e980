package main

import (
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/pyfile"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	tests := []struct {
		golden string
		args   []string
	}{
		{"merge.txt", nil},
		{"merge.openmetrics.txt", []string{"--to", "openmetrics"}},
		{"merge.openmetrics2.txt", []string{"--to", "openmetrics2"}},
		{"merge.json", []string{"--to", "json"}},
		{"merge-separate.txt", []string{"--no-accumulate"}},
	}
	for _, test := range tests {
		t.Run(test.golden, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append(append([]string{"merge"}, test.args...), dir)...)
			golden(t, test.golden, got.out)
			got.want(t, exitOK, got.out, "")
		})
	}
}

func TestMergeOfFiles(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	const page = "# HELP jobs_total Help of jobs.\n# TYPE jobs_total counter\n" +
		"jobs_total{queue=\"größe\"} 0.5\njobs_total{queue=\"mail\"} 42\n"
	invoke(t, "", "merge", filepath.Join(dir, "counter_2.db"), filepath.Join(dir, "counter_1.db")).want(t, exitOK, page, "")
}

func TestMergeOfTheEnvironment(t *testing.T) {
	t.Setenv("PROMETHEUS_MULTIPROC_DIR", storeDir(t))
	if got := invoke(t, "", "merge"); got.code != exitOK || !strings.Contains(got.out, "jobs_total") {
		t.Errorf("got %+v", got)
	}
}

// What cannot be read is a warning as long as something can.
func TestMergeOfDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := storeFile(pyfile.Newer, stored{"a", "a_total", nil, 1, 0}, stored{"b", "b_total", nil, 2, 0})
	cut := writeFile(t, filepath.Join(dir, "counter_1.db"), whole[:70])
	foreign := writeFile(t, filepath.Join(dir, "notes.db"), []byte("hello"))
	writeFile(t, filepath.Join(dir, "notes.txt"), []byte("hello"))
	missing := filepath.Join(dir, "missing")
	invoke(t, "", "merge", missing, dir).want(t, exitOK,
		"# HELP a_total Help of a.\n# TYPE a_total counter\na_total 1\n",
		"polymeter merge: "+missing+": no such file or directory\n"+
			"polymeter merge: file \""+foreign+"\": name is not that of a metrics file\n"+
			"polymeter merge: file \""+cut+"\" is damaged at byte 64: shorter than its bytes in use\n")
}

func TestMergeOfNothing(t *testing.T) {
	t.Parallel()
	empty, garbage := t.TempDir(), t.TempDir()
	file := writeFile(t, filepath.Join(garbage, "counter_1.db"), []byte("garbage, not a store"))
	missing := filepath.Join(empty, "missing")
	invoke(t, "", "merge", empty).want(t, exitOK, "", "polymeter merge: directory \""+empty+"\" has no metrics files\n")
	invoke(t, "", "merge", missing).want(t, exitFailure, "", "polymeter merge: "+missing+": no such file or directory\n")
	got := invoke(t, "", "merge", garbage)
	if got.code != exitFailure || got.out != "" || !strings.Contains(got.errors, file) || !strings.Contains(got.errors, "polymeter merge: nothing could be read\n") {
		t.Errorf("got %+v", got)
	}
}
