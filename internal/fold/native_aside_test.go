package fold_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
)

// damagedArchive makes an archive with a series that cannot be read, and returns
// its bytes.
func damagedArchive(t *testing.T, dir string) []byte {
	t.Helper()
	for i := range 2 {
		d := newDead(fmt.Sprint(i))
		d.counter(fmt.Sprint("/", i), 1, 0.5)
		d.in(t, dir)
	}
	run(t, dir, fold.Options{})
	whole := loadArchive(t, dir)
	damageFile(t, dir, pmfile.ArchiveName, len(whole.data)-whole.cells["requests[/0][]"]+1)
	return fileBytes(t, dir, pmfile.ArchiveName)
}

// failing returns a system in which a call fails.
func failing(call string) mapped.Kernel {
	return &mappedtest.Faults{Kernel: mapped.System(), Fail: func(c string, _ int) error {
		if c == call {
			return syscall.ENOSPC
		}
		return nil
	}}
}

const brokenRecord = "record does not match its checksum"

// An archive that was replaced because of damage is not among the files that stay
// as they are, and it is said where it is now.
func TestSetAside(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	data := damagedArchive(t, dir)
	result := run(t, dir, fold.Options{})
	err := skipped(t, result, pmfile.ArchiveName)
	wantDamage(t, err, brokenRecord)
	var aside *fold.SetAsideError
	if !errors.As(err, &aside) || len(result.Skipped) != 1 || !strings.Contains(err.Error(), aside.Name) {
		t.Fatalf("result is %+v", result)
	}
	wantFiles(t, dir, pmfile.ArchiveName, aside.Name)
	if !slices.Equal(fileBytes(t, dir, aside.Name), data) {
		t.Error("the file that was set aside is not the damaged one")
	}
	loadArchive(t, dir).wantSeries(t, "requests[/1][]")
	if result := run(t, dir, fold.Options{}); len(result.Skipped) > 0 {
		t.Errorf("afterwards skipped %v", result.Skipped)
	}
}

// What could not be kept is said to be gone.
func TestSetAsideFails(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	damagedArchive(t, dir)
	result := run(t, dir, fold.Options{Kernel: failing("link")})
	err := skipped(t, result, pmfile.ArchiveName)
	wantDamage(t, err, brokenRecord)
	var aside *fold.SetAsideError
	if !errors.As(err, &aside) || aside.Name != "" || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the problem is %v", err)
	}
	wantFiles(t, dir, pmfile.ArchiveName)
}

// An archive that could not be replaced stays as it is.
func TestNothingSetAside(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	data := damagedArchive(t, dir)
	result, err := runWith(dir, fold.Options{Kernel: failing("rename")})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	problem := skipped(t, result, pmfile.ArchiveName)
	wantDamage(t, problem, brokenRecord)
	var aside *fold.SetAsideError
	if errors.As(problem, &aside) || !slices.Equal(fileBytes(t, dir, pmfile.ArchiveName), data) {
		t.Errorf("the problem is %v", problem)
	}
}
