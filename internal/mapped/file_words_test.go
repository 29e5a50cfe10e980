package mapped_test

import (
	"errors"
	"io/fs"
	"math"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
)

func TestWordsOfMappings(t *testing.T) {
	t.Parallel()
	dir, err := mapped.OpenDirectory(mappedtest.NewMemory("/m"), "/m")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := dir.Create("f", 4096, 0o600, func(*mapped.File) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Grow(3 * 4096); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		offset int64
		n      int
		ok     bool
	}{
		{0, 1, true},
		{0, 512, true},
		{0, 513, false},
		{4088, 1, true},
		{4088, 2, false},
		{4096, 1024, true},
		{4096, 1025, false},
		{8, 0, true},
		{4, 1, false},
		{-8, 1, false},
		{3 * 4096, 0, false},
		{0, -1, false},
		{8, math.MaxInt, false},
		{math.MaxInt64 - 7, 1, false},
	} {
		words := f.Words(test.offset, test.n)
		if (words != nil) != test.ok || test.ok && (len(words) != test.n || cap(words) != test.n) {
			t.Errorf("%d words at %d are %d", test.n, test.offset, len(words))
		}
	}
	for offset, want := range map[int64]int64{0: 4096, 4095: 4096, 4096: 3 * 4096, 3*4096 - 1: 3 * 4096, 3 * 4096: 3 * 4096, -1: 3 * 4096} {
		if got := f.Boundary(offset); got != want {
			t.Errorf("the boundary behind %d is %d, want %d", offset, got, want)
		}
	}
	f.Store(4096, 7)
	if f.Word(4096).Load() != 7 || f.Words(4088+8, 2)[0].Load() != 7 {
		t.Error("the words are not those that were stored")
	}
}

func TestLostAndFree(t *testing.T) {
	t.Parallel()
	memory := mappedtest.NewMemory("/m")
	memory.Limit(5 * 4096)
	dir, err := mapped.OpenDirectory(memory, "/m")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := dir.Create("f", 4096, 0o600, func(*mapped.File) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if free, err := f.Free(); free != 4*4096 || err != nil {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if lost, err := f.Lost(); lost || err != nil || f.Name() != "f" {
		t.Errorf("%q is lost: %v, %v", f.Name(), lost, err)
	}
	if err := dir.Remove(f); err != nil {
		t.Fatal(err)
	}
	if lost, err := f.Lost(); !lost || err != nil {
		t.Errorf("without a name, it is lost: %v, %v", lost, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, lost := f.Lost()
	_, free := f.Free()
	if !errors.Is(lost, fs.ErrClosed) || !errors.Is(free, fs.ErrClosed) {
		t.Errorf("closed: %v, %v", lost, free)
	}
}
