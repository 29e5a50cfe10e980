//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe has no end that could be waited for.
func TestPipesAreRefused(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "counter_1.db")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, "", "merge", pipe); got.code != exitFailure || !strings.Contains(got.errors, "not a regular file") {
		t.Errorf("merge: %+v", got)
	}
	invoke(t, "", "inspect", pipe).want(t, exitFailure, "", "polymeter inspect: "+pipe+": not a regular file\n")
}
