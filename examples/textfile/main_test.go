//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "backup.prom")
	for range 3 {
		if err := run(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`backup_runs_total{outcome="success"} 3`, "backup_duration_seconds_count 3", "backup_last_run_timestamp_seconds 1"} {
		if !strings.Contains(string(page), "\n"+want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}
