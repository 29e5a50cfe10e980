//go:build unix

package multiprocess_test

import (
	"errors"
	"path/filepath"
	"testing"

	"polymeter.dev/multiprocess"
)

func TestOpenReadsTheEnvironment(t *testing.T) {
	upper, lower := filepath.Join(t.TempDir(), "u"), filepath.Join(t.TempDir(), "l")
	t.Setenv(multiprocess.DirEnv, "")
	t.Setenv("prometheus_multiproc_dir", "")
	if _, err := multiprocess.Open("", nil); !errors.Is(err, multiprocess.ErrNoDirectory) {
		t.Errorf("without a directory: %v", err)
	}
	if err := multiprocess.MarkProcessDead("", "1"); !errors.Is(err, multiprocess.ErrNoDirectory) {
		t.Errorf("without a directory: %v", err)
	}
	t.Setenv("prometheus_multiproc_dir", lower)
	if got := openStore(t, "", multiprocess.Options{}).Dir(); got != lower {
		t.Errorf("directory %q, want %q", got, lower)
	}
	t.Setenv(multiprocess.DirEnv, upper)
	if got := openStore(t, "", multiprocess.Options{}).Dir(); got != upper {
		t.Errorf("directory %q, want %q", got, upper)
	}
}
