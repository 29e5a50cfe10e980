package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/multiprocess"
)

// damagedArchive makes a directory whose archive has a record that cannot be
// read, and returns the path of the archive.
func damagedArchive(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if r, err := multiprocess.Compact(t.Context(), dir, nil); err != nil || r.Untrusted {
		t.Skipf("nothing is folded here: %v", err)
	}
	header := nativeHeaderOf(pmfile.RoleArchive)
	header.Boot = mapped.Boot()
	b := pmfile.NewBuilder(header)
	b.Series(b.Family(nativeCounter), []string{"mail"}, nil, []uint64{0, 0, 41, 0})
	data := b.Bytes()
	data[len(data)-40] ^= 1 // in the payload of the series
	return writeFile(t, filepath.Join(dir, pmfile.ArchiveName), data)
}

// An archive that was replaced is neither one that stays as it is, nor a sign that
// there was nothing to do.
func TestCompactSetsAside(t *testing.T) {
	t.Parallel()
	archive := damagedArchive(t)
	dir := filepath.Dir(archive)
	const reason = "record does not match its checksum"
	got := invoke(t, "", "compact", dir)
	kept, err := filepath.Glob(archive + ".damaged-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("set aside %q, %v", kept, err)
	}
	want := dir + "\n  set aside  " + archive + ": " + reason +
		"; what could be read of it is in a new one, and the file is kept as " + kept[0] + "\n"
	if got.code != exitFailure || got.out != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	if line := "polymeter compact: " + archive + ": damaged, and set aside: " + reason + "\n"; !strings.HasSuffix(got.errors, line) {
		t.Errorf("errors %q lack %q", got.errors, line)
	}
	invoke(t, "", "compact", dir).want(t, exitOK, dir+"\n  quiet      there is nothing to fold\n", "")
}

func TestCompactSetsAsideJSON(t *testing.T) {
	t.Parallel()
	archive := damagedArchive(t)
	got := invoke(t, "", "compact", "--json", "--until-quiet", filepath.Dir(archive))
	var r compactReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil || got.code != exitFailure {
		t.Fatalf("%v: %+v", err, got)
	}
	if len(r.Skipped) > 0 || len(r.SetAside) != 1 {
		t.Fatalf("report %+v", r)
	}
	a := r.SetAside[0]
	if a.File != archive || !strings.HasPrefix(a.Kept, archive+".damaged-") || a.Reason != "record does not match its checksum" || a.Error == "" {
		t.Errorf("set aside %+v", a)
	}
}

// What one pass set aside is not forgotten in the next.
func TestCompactRemembersWhatIsSetAside(t *testing.T) {
	t.Parallel()
	r := &compactReport{}
	r.add(&multiprocess.CompactResult{SetAside: []multiprocess.CompactAside{{Path: "a", Reason: "cut", Err: errInterrupted}}})
	r.add(&multiprocess.CompactResult{})
	if want := []compactAside{{File: "a", Reason: "cut", Error: errInterrupted.Error()}}; !slices.Equal(r.SetAside, want) {
		t.Errorf("set aside %+v", r.SetAside)
	}
	var b strings.Builder
	if err := r.text(&b); err != nil || !strings.Contains(b.String(), "the file is gone\n") {
		t.Errorf("report %q, %v", b.String(), err)
	}
}
