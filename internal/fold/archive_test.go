package fold_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
)

// loaded is a native archive as it is on the disk.
type loaded struct {
	header pmfile.Header
	data   []byte
	names  []string       // of all series, in the order of the file
	cells  map[string]int // offsets by the name of the series, of the first one
}

func loadArchive(t *testing.T, dir string) *loaded {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, pmfile.ArchiveName))
	if err != nil {
		t.Fatal(err)
	}
	a := &loaded{data: data, cells: map[string]int{}}
	header, damaged := pmfile.DecodeHeader(data)
	if damaged != nil {
		t.Fatal(damaged)
	}
	a.header = header
	families := map[int]*pmfile.Family{}
	walker := pmfile.NewWalker(data, len(data), 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		switch r.Kind {
		case pmfile.KindFamily:
			families[r.Offset], _ = pmfile.ParseFamily(r.Payload)
		case pmfile.KindSeries:
			var s pmfile.Series
			offset, _ := pmfile.SeriesFamily(r.Payload)
			if !s.Parse(r.Payload, len(families[offset].LabelNames)) {
				t.Fatalf("the archive has a series that means nothing at %d", r.Offset)
			}
			name := fmt.Sprintf("%s%v%v", families[offset].Name, s.Values, s.More)
			if a.names = append(a.names, name); a.cells[name] == 0 {
				a.cells[name] = r.Cells
			}
		}
	}
	if d := walker.Damage(); d != nil {
		t.Fatal(d)
	}
	return a
}

// value returns a value cell of a series; -2 is its state, -1 its start.
func (a *loaded) value(t *testing.T, series string, i int) uint64 {
	t.Helper()
	cells, found := a.cells[series]
	if !found {
		t.Fatalf("the archive has no series %s, but %v", series, a.names)
	}
	return binary.NativeEndian.Uint64(a.data[cells+8*(2+i):])
}

func (a *loaded) wantSeries(t *testing.T, want ...string) {
	t.Helper()
	if got := slices.Sorted(slices.Values(a.names)); !slices.Equal(got, want) {
		t.Errorf("the archive has the series %v, want %v", got, want)
	}
}

func wantDamage(t *testing.T, err error, reason string) {
	t.Helper()
	var damaged *damage.Error
	if !errors.As(err, &damaged) || damaged.Reason != reason || damaged.Path == "" {
		t.Errorf("the error is %v, want damage: %s", err, reason)
	}
}

func closeFile(t *testing.T, fd int) {
	t.Helper()
	if err := mapped.System().Close(fd); err != nil {
		t.Error(err)
	}
}

// content is the bytes of a file, word by word.
type content struct{ data []byte }

func (c *content) word(offset int) uint64 { return binary.NativeEndian.Uint64(c.data[offset:]) }

func put(data []byte, offset int, word uint64) { binary.NativeEndian.PutUint64(data[offset:], word) }
