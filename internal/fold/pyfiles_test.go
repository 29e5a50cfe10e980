package fold_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pyfile"
)

// entry is an entry of a file of the Python client's format.
type entry struct {
	sample      string // of the family up to the first underscore
	value, time float64
}

// pyBytes returns the bytes of a file.
func pyBytes(layout pyfile.Layout, entries ...entry) []byte {
	data := make([]byte, 8)
	for _, e := range entries {
		family, _, _ := strings.Cut(e.sample, "_")
		key := pyfile.AppendKey(nil, family, e.sample, nil, "Help.")
		data = binary.NativeEndian.AppendUint32(data, uint32(len(key)))
		data = append(data, key...)
		data = append(data, strings.Repeat(" ", 8-(len(key)+4)%8)...)
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.value))
		if layout == pyfile.Newer {
			data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.time))
		}
	}
	binary.NativeEndian.PutUint32(data, uint32(len(data)))
	return append(data, make([]byte, 100)...)
}

// later are the options of a pass for which all files have settled.
func later() fold.Options { return fold.Options{Now: clock(time.Minute)} }

// fully folds what can be folded: it takes one pass to seal files, and one to
// fold them.
func fully(t *testing.T, dir string) (r fold.Result) {
	t.Helper()
	for range 2 {
		next := run(t, dir, later())
		r.Python, r.Sealed = r.Python+next.Python, r.Sealed+next.Sealed
		r.Skipped = next.Skipped
	}
	return r
}

// pyArchive reads the archive of the kind.
func pyArchive(t *testing.T, dir, prefix string) *pyfile.Archive {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, prefix+pyfile.ArchiveID+".db"))
	if err != nil {
		t.Fatal(err)
	}
	a, damage := pyfile.DecodeArchive(data)
	if damage != nil {
		t.Fatal(damage)
	}
	return a
}

// values returns the values of an archive by sample.
func values(a *pyfile.Archive) map[string]float64 {
	found := map[string]float64{}
	for _, row := range a.Rows {
		found[row.Parsed.Sample] = row.Value
	}
	return found
}
