package main

import (
	"os"
	"strings"
	"testing"

	"polymeter.dev/multiprocess"
)

func TestMain(m *testing.M) {
	if os.Getenv(jobEnv) != "" {
		job()
		return
	}
	m.Run()
}

func TestRun(t *testing.T) {
	t.Parallel()
	if _, err := multiprocess.NewCollector(t.TempDir(), nil); err != nil {
		t.Skip(err) // this platform has no shared files
	}
	var page strings.Builder
	if err := run(&page, 7); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\njob_runs_total 7\n", "\njob_duration_seconds_count 7\n", "\n# 7 jobs have left 1 file.\n"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}
