package textfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/bridge/textfile"
	"polymeter.dev/metric"
)

// smallDisk mounts a file system in memory, with room for little more than a page.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDisk keeps the page that is there, and leaves nothing else.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(smallDisk(t), "jobs.prom")
	if err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil); err != nil {
		t.Fatal(err)
	}
	const before = "# TYPE c_total counter\nc_total 1\n"
	large := metric.NewCounterFamily("large", "", "text")
	large.Add(1, strings.Repeat("x", 128<<10))
	for name, do := range map[string]func(context.Context, string, metric.Collector, *textfile.Options) error{"write": textfile.Write, "accumulate": textfile.Accumulate} {
		err := do(t.Context(), path, collecting(counter("c", 1), large), nil)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: error %v", name, err)
		}
		wantFile(t, path, before, lockName)
	}
	filler := filepath.Join(filepath.Dir(path), "filler")
	if err := os.WriteFile(filler, make([]byte, 128<<10), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, before, lockName, "filler")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil); err != nil {
		t.Error(err)
	}
	wantFile(t, path, "# TYPE c_total counter\nc_total 2\n", lockName)
}
