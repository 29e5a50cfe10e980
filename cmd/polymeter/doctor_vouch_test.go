//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
)

// Where the system gives no leases, vouching for process ids tells what became of
// the processes of Python files, as it does when they are folded.
func TestDoctorOfVouchedFiles(t *testing.T) {
	clearEnvironment(t)
	dir := ownDir(t)
	for _, name := range []string{
		fmt.Sprintf("counter_%d.db", os.Getpid()),
		"counter_1073741823-2.db", // as a store numbers it; no system has so many processes
		"gauge_livesum_1073741823.db_AAAAAAAAAAAAAAAAAAAAAAAAAA.db",
		"counter_worker.db",
		"counter_0.db",
	} {
		writeFile(t, filepath.Join(dir, name), storeFile(pyfile.Newer, stored{"a", "a_total", nil, 1, 0}))
	}
	for _, test := range []struct {
		vouch bool
		want  writers
		text  string
	}{
		{false, writers{Unknown: 5}, "5 of the Python client's format (5 of which nobody can tell)"},
		{
			true,
			writers{Living: 1, Dead: 2, Unknown: 2},
			"5 of the Python client's format (1 in use, 2 of the dead, 2 of which nobody can tell)",
		},
	} {
		_, e := examine(t, dir, func(e *examination, k *tamed) {
			e.vouch = test.vouch
			k.leaseWhile, k.leaseAfter = mapped.ErrNoLease, mapped.ErrNoLease
		})
		if e.files.Python != test.want || !hasFinding(e, levelOK, "files", test.text) {
			t.Errorf("vouching %t: files %+v, findings %+v", test.vouch, e.files.Python, e.findings)
		}
	}
}
