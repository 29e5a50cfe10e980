//go:build unix

package textfile_test

import (
	"os"
	"syscall"
	"testing"

	"polymeter.dev/metric"
)

// lockFile locks a file as another process would, until release is called.
func lockFile(t *testing.T, name string) (release func()) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return func() { f.Close() }
}

// valueOf returns the value of the only sample of a family.
func valueOf(t *testing.T, f metric.Family) (value float64) {
	t.Helper()
	samples, err := metric.Expand(f, false)
	if err != nil || len(samples) != 1 {
		t.Fatalf("%d samples, error %v", len(samples), err)
	}
	return samples[0].Value
}
