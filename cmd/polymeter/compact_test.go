package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/multiprocess"
)

// compactable makes a directory with the files of a process of this boot that
// has died and one of another boot, or skips the test where nothing is folded.
func compactable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r, err := multiprocess.Compact(t.Context(), dir, nil)
	if err != nil || r.Untrusted {
		t.Skipf("nothing is folded here: %v", err)
	}
	header := nativeHeaderOf(pmfile.RoleProcess)
	for id, boot := range map[byte][16]byte{1: mapped.Boot(), 2: {9}} {
		header.ID, header.Boot = pmfile.ID{id}, boot
		b := pmfile.NewBuilder(header)
		b.Series(b.Family(nativeCounter), []string{"mail"}, nil, []uint64{0, 0, 41, 0})
		writeFile(t, filepath.Join(dir, pmfile.FileName(pmfile.RoleProcess, header.ID)), b.Bytes())
	}
	writeFile(t, filepath.Join(dir, "w-00000000000000000000000000000000.pm"), []byte("garbage"))
	return dir
}

func TestCompact(t *testing.T) {
	t.Parallel()
	dir := compactable(t)
	python := writeFile(t, filepath.Join(dir, "counter_1.db"), storeFile(pyfile.Newer, stored{"a", "a_total", nil, 1, 0}))
	got := invoke(t, "", "compact", dir)
	if got.code != exitOK || got.errors != "" {
		t.Errorf("got %+v", got)
	}
	for _, line := range []string{
		"  folded     1 file of Polymeter's format\n",
		"  sealed     1 file of the Python client's format, to be folded in some ten seconds\n",
		"  discarded  1 file from before the last boot\n",
		"  skipped    " + dir + "/w-00000000000000000000000000000000.pm: shorter than its header\n",
	} {
		if !strings.Contains(got.out, line) {
			t.Errorf("no line %q in\n%s", line, got.out)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || slices.Contains(left, python) || len(left) != 4 {
		t.Errorf("files left %q", left)
	}
	invoke(t, "", "inspect", filepath.Join(dir, pmfile.ArchiveName)).contains(t, `jobs{queue="mail"} 41`)
	if got := invoke(t, "", "compact", dir); !strings.HasSuffix(got.out, "  quiet      there is nothing to fold\n") {
		t.Errorf("the second time: %+v", got)
	}
}

// contains looks for a text in the output.
func (r result) contains(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(r.out, text) {
		t.Errorf("no %q in %+v", text, r)
	}
}

func TestCompactJSON(t *testing.T) {
	t.Parallel()
	dir := compactable(t)
	missing := filepath.Join(dir, "missing")
	got := invoke(t, "", "compact", "--json", missing, dir)
	got.want(t, exitFailure, got.out, "polymeter compact: "+missing+": no such file or directory\n")
	var r compactReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Bytes == 0 || r.Seconds == 0 || len(r.Skipped) != 1 || r.Skipped[0].Reason != "shorter than its header" || r.Skipped[0].Error == "" {
		t.Errorf("report %+v", r)
	}
	r.Bytes, r.Seconds, r.Skipped = 0, 0, nil
	if diff := cmp.Diff(compactReport{Dir: dir, Passes: 1, Native: 1, Discarded: 1}, r); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Passes go on until there has been time to fold what was sealed.
func TestCompactUntilQuiet(t *testing.T) {
	t.Parallel()
	type passes []multiprocess.CompactResult
	tests := []struct {
		name   string
		passes passes // the last one again and again
		want   compactReport
		took   time.Duration
	}{
		{"nothing to do", passes{{}}, compactReport{Passes: 1}, 0},
		{"native files", passes{{Native: 256}, {Native: 4}, {}}, compactReport{Passes: 3, Native: 260}, 2 * time.Second},
		{"busy", passes{{Busy: true}, {Busy: true}, {Native: 1}, {}}, compactReport{Passes: 4, Native: 1}, 3 * time.Second},
		{"sealed files", passes{{Sealed: 2}, {}}, compactReport{Passes: 13, Sealed: 2}, settling},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin, calls := time.Now(), 0
				r := &compactReport{}
				err := (&compaction{untilQuiet: true}).directory(t.Context(), r, func() (multiprocess.CompactResult, error) {
					result := test.passes[min(calls, len(test.passes)-1)]
					calls++
					return result, nil
				})
				if diff := cmp.Diff(&test.want, r); diff != "" || err != nil || time.Since(begin) != test.took {
					t.Errorf("%v after %v (-want +got)\n%s", err, time.Since(begin), diff)
				}
			})
		})
	}
}

func TestCompactFails(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		result multiprocess.CompactResult
		err    error
		want   error
	}{
		{"an error", t.Context(), multiprocess.CompactResult{Native: 1}, full, full},
		{"nothing can be folded", t.Context(), multiprocess.CompactResult{Untrusted: true}, nil, errUntrusted},
		{"interrupted", ctx, multiprocess.CompactResult{Busy: true}, nil, errInterrupted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &compactReport{}
			err := (&compaction{untilQuiet: true}).directory(test.ctx, r, func() (multiprocess.CompactResult, error) { return test.result, test.err })
			if !errors.Is(err, test.want) || r.Passes != 1 || r.Native != test.result.Native {
				t.Errorf("%v, report %+v", err, r)
			}
		})
	}
}

func TestCompactReport(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]compactReport{
		"d\n  quiet      there is nothing to fold\n":                              {},
		"d\n  busy       somebody else is folding this directory at the moment\n": {Busy: true},
		"d\n": {Error: "full"},
		"d\n  folded     2 files of the Python client's format\n  freed      8 bytes\n":                  {Python: 2, Bytes: 8},
		"d\n  skipped    a\\x1b.db: belongs to another user\n  quiet      there is nothing to fold\n":    {Skipped: []compactProblem{{File: "a\x1b.db", Reason: "belongs to another user"}}},
		"d\n  sealed     1 file of the Python client's format, to be folded in some ten seconds\n":       {Sealed: 1},
		"d\n  folded     1 file of Polymeter's format\n  discarded  3 files from before the last boot\n": {Native: 1, Discarded: 3},
	} {
		r.Dir = "d"
		var b strings.Builder
		if err := r.text(&b); err != nil || b.String() != want {
			t.Errorf("got %q, want %q, %v", b.String(), want, err)
		}
	}
}
