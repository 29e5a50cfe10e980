package pmfile_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"polymeter.dev/internal/pmfile"
)

// record makes any record, with the right checksum.
func record(size int, kind, flags byte, payload string) []byte {
	data := binary.NativeEndian.AppendUint32(nil, uint32(size))
	data = append(data, kind, flags, 0, 0)
	data = binary.NativeEndian.AppendUint32(data, uint32(len(payload)))
	return append(sum(data, payload), payload...)
}

func sum(header []byte, payload string) []byte {
	table := crc32.MakeTable(crc32.Castagnoli)
	return binary.NativeEndian.AppendUint32(header, crc32.Checksum(append(bytes.Clone(header), payload...), table))
}

// fileOf makes a file with the records, filled up to their sizes.
func fileOf(records ...[]byte) []byte {
	data := pmfile.AppendHeader(nil, &header, 0)
	for _, r := range records {
		data = append(data, r...)
		if size := int64(binary.NativeEndian.Uint32(r)); size < 1<<16 {
			data = append(data, make([]byte, max(0, int(size)-len(r)))...)
		}
	}
	putWord(data, pmfile.UsedAt, uint64(len(data)))
	return data
}

func kinds(data []byte, tolerant bool) (string, *pmfile.Walker) {
	w := pmfile.NewWalker(data, int(word(data, pmfile.UsedAt)), 0, tolerant)
	var found []byte
	for {
		r, ok := w.Next()
		if !ok {
			return string(found), &w
		}
		found = append(found, '0'+byte(r.Kind))
	}
}

func TestWalker(t *testing.T) {
	t.Parallel()
	family := record(16, 1, 0, "")
	wrong := record(32, 1, 0, "12345678")
	wrong[12]++
	reserved := sum([]byte{16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0}, "")
	padding := append(record(24, 1, 0, "12345"), 1, 0, 0)
	for _, test := range []struct {
		name     string
		data     []byte
		kinds    string
		reason   string // "" when there is no damage
		offset   int64
		tolerant string // the kinds a tolerant walker finds, when others
	}{
		{"nothing", fileOf(), "", "", 0, ""},
		{"all kinds", fileOf(
			family, record(32, 2, 0, ""), record(144, 3, 0, ""), record(48, 4, 0, ""), record(16, 5, 0, ""), record(16, 6, 0, ""), record(800, 7, 0, ""),
		), "1234567", "", 0, ""},
		{"unknown, optional", fileOf(record(16, 9, 1, ""), family, record(40, 0, 1, "abc")), "1", "", 0, ""},
		{"known, optional", fileOf(record(16, 1, 1, "")), "1", "", 0, ""},
		{"unknown", fileOf(family, record(16, 8, 0, ""), family), "1", "unknown kind", 336, "1"},
		{"kind zero", fileOf(family, record(16, 0, 0, ""), family), "1", "unknown kind", 336, "1"},
		{"unknown flag", fileOf(family, record(16, 1, 2, ""), family), "1", "unknown kind", 336, "1"},
		{"reserved bytes", fileOf(family, reserved, family), "1", "unknown kind", 336, "1"},
		{"size zero", fileOf(family, record(0, 1, 0, "")), "1", "impossible size", 336, "1"},
		{"size 8", fileOf(family, record(8, 1, 0, "")), "1", "impossible size", 336, "1"},
		{"uneven size", fileOf(family, record(20, 1, 0, ""), make([]byte, 12)), "1", "impossible size", 336, "1"},
		{"size beyond used", fileOf(family, record(24, 1, 0, ""))[:352], "1", "impossible size", 336, "1"},
		{"size huge", fileOf(family, record(-8, 1, 0, "")), "1", "impossible size", 336, "1"},
		{"payload beyond", fileOf(family, record(16, 1, 0, "12345678"), family), "1", "impossible size", 336, "1"},
		{"checksum", fileOf(family, wrong, family), "1", "checksum", 336, "11"},
		{"padding", fileOf(family, padding, family), "1", "checksum", 336, "11"},
		{"series without room", fileOf(family, record(24, 2, 0, "")), "1", "impossible size", 336, "1"},
		{"chunk without room", fileOf(family, record(136, 3, 0, "")), "1", "impossible size", 336, "1"},
		{"exemplar without room", fileOf(family, record(40, 4, 0, "")), "1", "impossible size", 336, "1"},
	} {
		if test.name == "size beyond used" || test.name == "size huge" {
			putWord(test.data, pmfile.UsedAt, 352)
		}
		found, w := kinds(test.data, false)
		if found != test.kinds {
			t.Errorf("%s: found the kinds %q", test.name, found)
		}
		switch damaged := w.Damage(); {
		case test.reason == "" && damaged != nil:
			t.Errorf("%s: %v", test.name, damaged)
		case test.reason != "" && (damaged == nil || damaged.Offset != test.offset || !strings.Contains(damaged.Reason, test.reason)):
			t.Errorf("%s: %v, want %q at %d", test.name, damaged, test.reason, test.offset)
		case damaged == nil && w.Offset() != len(test.data):
			t.Errorf("%s: ended at %d of %d", test.name, w.Offset(), len(test.data))
		}
		if test.tolerant == "" {
			test.tolerant = test.kinds
		}
		if found, _ := kinds(test.data, true); found != test.tolerant {
			t.Errorf("%s: tolerant, found the kinds %q", test.name, found)
		}
	}
}

func TestWalkerContinues(t *testing.T) {
	t.Parallel()
	data := build()
	first := pmfile.NewWalker(data, 400, 0, false)
	for {
		if _, ok := first.Next(); !ok {
			break
		}
	}
	// 400 is within the first record, so that nothing was found.
	if first.Offset() != pmfile.FirstRecord || first.Damage() == nil {
		t.Fatalf("ended at %d, %v", first.Offset(), first.Damage())
	}
	whole := mustDecode(t, data)
	third := whole.Entries[2]
	w := pmfile.NewWalker(data, len(data), third.Offset, false)
	r, ok := w.Next()
	if !ok || r.Offset != third.Offset || r.Size != third.Size || r.CellRoom() != len(third.Cells) {
		t.Errorf("continued with %+v", r)
	}
	w.Reject(r, pmfile.ReasonContents)
	if _, ok := w.Next(); ok || w.Offset() != third.Offset || w.Damage().Offset != int64(third.Offset) {
		t.Errorf("went on at %d, %v", w.Offset(), w.Damage())
	}
}

// TestWalkerBeyond gives a walker numbers that are not those of its bytes: it must
// not reach beyond them.
func TestWalkerBeyond(t *testing.T) {
	t.Parallel()
	data := build()
	for _, from := range []int{0, len(data) - 8, len(data), len(data) + 8, 1 << 30} {
		for _, used := range []int{-8, 0, len(data) + 800, 1<<31 - 8} {
			w := pmfile.NewWalker(data, used, from, from%16 == 0)
			for {
				r, ok := w.Next()
				if !ok {
					break
				}
				if r.Offset+r.Size > len(data) {
					t.Fatalf("record from %d to %d of %d", r.Offset, r.Offset+r.Size, len(data))
				}
			}
		}
	}
}
