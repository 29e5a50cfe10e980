package pyfile_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"polymeter.dev/internal/pyfile"
)

// FuzzArchive reads any bytes as an archive. What comes out is what it says.
func FuzzArchive(f *testing.F) {
	f.Add(anArchive(f, pyfile.Newer))
	f.Add(anArchive(f, pyfile.Older))
	cut := anArchive(f, pyfile.Newer)
	f.Add(cut[:len(cut)-1])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, damage := pyfile.DecodeArchive(data)
		if len(a.Rows)*8 > len(data) || len(a.Absorbed)*4 > len(data) || len(a.Sums)*16 > len(data) {
			t.Fatalf("%d bytes have %d entries, %d names, %d sums", len(data), len(a.Rows), len(a.Absorbed), len(a.Sums))
		}
		if damage != nil {
			return
		}
		used := int(binary.NativeEndian.Uint32(data))
		for _, sum := range a.Sums {
			if sum.Offset%8 != 0 || sum.Offset < 8 || sum.Offset > int64(used-8) {
				t.Fatalf("a sum at %d in %d bytes", sum.Offset, used)
			}
		}
		again := reencode(t, a)
		if b, damage := pyfile.DecodeArchive(again); damage != nil || !sameArchive(a, b) {
			t.Fatalf("%+v became %+v, %v", a, b, damage)
		}
	})
}

// FuzzAppendix reads any bytes behind an entry as an appendix whose checksums are
// right, which mere chance hardly finds.
func FuzzAppendix(f *testing.F) {
	whole := anArchive(f, pyfile.Newer)
	used := len(whole) - appendixSize(whole)
	f.Add(whole[used+64:], uint32(1), uint32(2))
	f.Add([]byte(nil), uint32(0), uint32(0))
	f.Add([]byte("\x08\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), uint32(1), uint32(1<<31))
	f.Fuzz(func(t *testing.T, rest []byte, sums, names uint32) {
		data := pyfile.SignAppendix(whole[:used], rest, sums, names)
		a, damage := pyfile.ParseAppendix(data, used)
		if damage != nil {
			return
		}
		if len(a.Sums) != int(sums) || len(a.Absorbed) != int(names) {
			t.Fatalf("%d sums and %d names, want %d and %d", len(a.Sums), len(a.Absorbed), sums, names)
		}
	})
}

func reencode(t *testing.T, a *pyfile.Archive) []byte {
	t.Helper()
	sums := a.Sums
	var entries []pyfile.ArchiveEntry
	for _, row := range a.Rows {
		e := pyfile.ArchiveEntry{Key: row.Key, Value: row.Value, Time: row.Time}
		if len(sums) > 0 && sums[0].Offset == row.Offset {
			e.Parts, sums = slices.Clone(sums[0].Parts), sums[1:]
			if e.Parts == nil {
				e.Parts = []float64{}
			}
		}
		entries = append(entries, e)
	}
	data, err := pyfile.AppendArchive(nil, a.Layout, entries, &a.Appendix)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sameArchive(a, b *pyfile.Archive) bool {
	return a.Generation == b.Generation && a.Boot == b.Boot && a.Created == b.Created &&
		slices.Equal(a.Absorbed, b.Absorbed) && len(a.Rows) == len(b.Rows) && len(a.Sums) == len(b.Sums)
}
