//go:build unix

package fold_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
)

// maskedVariable has a process of the test binary fold a directory under a umask
// that leaves nothing to others: the umask is one for all threads.
const maskedVariable = "POLYMETER_FOLD_MASKED"

// An archive can be read by those who could read the files, whatever the umask of
// the folder takes away.
func TestUmask(t *testing.T) {
	if dir := os.Getenv(maskedVariable); dir != "" {
		syscall.Umask(0o077)
		for range 2 {
			run(t, dir, later())
		}
		return
	}
	// Not in parallel with others: a process that begins has, for a moment, all
	// files of this one, which are in use then.
	needFolding(t)
	dir := t.TempDir()
	d := newDead("1")
	d.in(t, dir)
	write(t, dir, "counter_1.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	group := os.Getegid()
	if os.Geteuid() == 0 {
		group = 1234
	} else if len(groups) > 0 {
		group = groups[len(groups)-1]
	}
	for _, name := range []string{d.name(), "counter_1.db"} {
		path := filepath.Join(dir, name)
		if err := os.Chown(path, -1, group); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // from the files, and from the archives before
		foldMasked(t, dir)
		for _, name := range []string{pmfile.ArchiveName, counterArchive} {
			wantAccess(t, dir, name, 0o664, group)
		}
		newDead("2").in(t, dir)
		write(t, dir, "counter_2.db", pyBytes(pyfile.Newer, entry{"a_total", 1, 0}))
	}
}

func foldMasked(t *testing.T, dir string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-test.run=^TestUmask$")
	command.Env = append(os.Environ(), maskedVariable+"="+dir)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func wantAccess(t *testing.T, dir, name string, mode fs.FileMode, group int) {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Sys().(*syscall.Stat_t).Gid; info.Mode() != mode || int(got) != group {
		t.Errorf("%s has the mode %v and the group %d, want %v and %d", name, info.Mode(), got, mode, group)
	}
}

// Where the group cannot be that of the files, no other one gets its place.
func TestForeignGroup(t *testing.T) {
	t.Parallel()
	needFolding(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to a group it is not in")
	}
	dir := t.TempDir()
	d := newDead("1")
	d.in(t, dir)
	path := filepath.Join(dir, d.name())
	if err := os.Chown(path, -1, 1234); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	run(t, dir, fold.Options{Kernel: &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if call == "chgrp" {
			return syscall.EPERM
		}
		return nil
	}}})
	wantAccess(t, dir, pmfile.ArchiveName, 0o604, os.Getegid())
}
