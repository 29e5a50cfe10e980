package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/pyfile"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	damaged := storeFile(pyfile.Newer, stored{"a", "a", label("x", "\u009b31m"), math.NaN(), 1e300}, stored{"b", "b", nil, 2, -1})
	copy(damaged[strings.Index(string(damaged), `["b"`):], "oops")
	writeFile(t, filepath.Join(dir, "gauge_max_7.db"), damaged)
	writeFile(t, filepath.Join(dir, "notes.db"), nil)
	names := []string{"counter_1.db", "counter_2.db", "gauge_livesum_1.db", "gauge_max_7.db", "notes.db"}
	for file, args := range map[string][]string{"inspect.txt": {"inspect"}, "inspect.json": {"inspect", "--json"}} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, name := range names {
				args = append(args, filepath.Join(dir, name))
			}
			got := invoke(t, "", args...)
			golden(t, file, strings.ReplaceAll(got.out, dir+string(filepath.Separator), ""))
			got.want(t, exitFailure, got.out, "polymeter inspect: "+filepath.Join(dir, "gauge_max_7.db")+
				": damaged at byte 80: key is not a JSON array [family, sample, {labels}, help]\n")
		})
	}
}

func TestInspectSucceeds(t *testing.T) {
	t.Parallel()
	got := invoke(t, "", "inspect", "--json", filepath.Join(storeDir(t), "histogram_2.db"))
	if got.code != exitOK || got.errors != "" {
		t.Errorf("got %+v", got)
	}
	var r pythonReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Type != "histogram" || len(r.Entries) != 3 || r.Entries[1].Labels["le"] != "1.0" || r.Damage != nil {
		t.Errorf("report %+v", r)
	}
}

func TestInspectOfWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing, huge := filepath.Join(dir, "missing"), filepath.Join(dir, "huge")
	writeFile(t, huge, nil)
	if err := os.Truncate(huge, math.MaxInt32+1); err != nil {
		t.Skip(err)
	}
	invoke(t, "", "inspect", missing, dir, huge).want(t, exitFailure, "",
		"polymeter inspect: "+missing+": no such file or directory\n"+
			"polymeter inspect: "+dir+": is a directory; name the files in it\n"+
			"polymeter inspect: "+huge+": 2147483648 bytes are more than a store file can have\n")
}

// However a file is cut, inspect says where and does not panic.
func TestInspectOfEveryLength(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter_1.db")
	whole := storeFile(pyfile.Newer, stored{"a", "a_total", nil, 1, 0}, stored{"b", "b_total", nil, 2, 0})
	used := len(whole) - 64
	for length := range whole {
		got := invoke(t, "", "inspect", writeFile(t, path, whole[:length]))
		damaged := length > 0 && length < used
		if damaged != (got.code == exitFailure) || damaged != strings.Contains(got.out, "damaged at byte") {
			t.Fatalf("%d bytes: %+v", length, got)
		}
	}
}
