//go:build unix

package mapped_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

var errBegin = errors.New("not now")

func TestReplace(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	dir := openDirectory(t, mapped.System(), path)
	first, err := dir.Replace("f", []byte("one"), 0o600, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Replace("f", []byte("none"), 0o600, func(*mapped.File) error { return errBegin }); !errors.Is(err, errBegin) {
		t.Errorf("the error is %v", err)
	}
	wantContents(t, path, "one")
	second, err := dir.Replace("f", []byte("two and more"), 0o600, nothing)
	if err != nil {
		t.Fatal(err)
	}
	wantContents(t, path, "two and more")
	if lost, err := first.Lost(); !lost || err != nil {
		t.Errorf("the first one is lost: %t, %v", lost, err)
	}
	if _, err := dir.Open("f"); !errors.Is(err, mapped.ErrInUse) {
		t.Errorf("the second one is not locked: %v", err)
	}
	if err := errors.Join(dir.Remove(first), first.Close()); err != nil {
		t.Error(err)
	}
	wantContents(t, path, "two and more")
	if err := errors.Join(dir.Remove(second), second.Close()); err != nil {
		t.Error(err)
	}
	wantContents(t, path)
}

// wantContents compares what is in a directory: a file f, or nothing.
func wantContents(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(data))
	}
	if !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
}

// TestReplaceUnderFaults lets every call fail: the name has the one or the other.
func TestReplaceUnderFaults(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		memory := &mappedtest.Memory{}
		memory.MakeDirectory("/d")
		if err := memory.WriteFile("/d/f", []byte("one")); err != nil {
			t.Fatal(err)
		}
		kernel := mappedtest.FailAt(memory, k, errBegin)
		dir, err := mapped.OpenDirectory(kernel, "/d")
		if err == nil {
			_, err = dir.Replace("f", []byte("two"), 0o600, nothing)
		}
		want := "two"
		if err != nil {
			want = "one"
		}
		if got, failed := memory.ReadFile("/d/f"); failed != nil || string(got) != want {
			t.Errorf("call %d, error %v: got %q, %v", k, err, got, failed)
		}
		if kernel.Calls() < k {
			return
		}
	}
}
