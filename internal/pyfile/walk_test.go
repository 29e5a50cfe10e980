package pyfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/pyfile"
)

// fileOf returns the bytes of a file whose keys have the values 1, 2, 3, and the
// times 11, 12, 13.
func fileOf(layout pyfile.Layout, keys ...string) []byte {
	data := make([]byte, 8)
	for i, key := range keys {
		data = binary.NativeEndian.AppendUint32(data, uint32(len(key)))
		data = append(data, key...)
		data = append(data, strings.Repeat(" ", 8-(len(key)+4)%8)...)
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(float64(i+1)))
		if layout == pyfile.Newer {
			data = binary.NativeEndian.AppendUint64(data, math.Float64bits(float64(i+11)))
		}
	}
	return setUsed(data, len(data))
}

func setUsed(data []byte, used int) []byte {
	binary.NativeEndian.PutUint32(data, uint32(used))
	return data
}

const (
	keyA = `["a", "a_total", {}, "A."]`
	keyB = `["b", "b_total", {"x": "y"}, "B, longer."]`
	keyC = `["c", "c_total", {"x": "y"}, ""]`
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, layout := range []pyfile.Layout{pyfile.Newer, pyfile.Older} {
		whole := fileOf(layout, keyA, keyB, keyC)
		padded := append(bytes.Clone(whole), make([]byte, 4096)...)
		for _, data := range [][]byte{whole, padded} {
			got, records, err := pyfile.Decode(data)
			if err != nil || got != layout || len(records) != 3 {
				t.Fatalf("%v: decoded as %v, %d records, %v", layout, got, len(records), err)
			}
			want := pyfile.Record{
				Offset: records[1].Offset,
				Key:    pyfile.Key{Family: "b", Sample: "b_total", Names: []string{"x"}, Values: []string{"y"}, Help: "B, longer."},
				Value:  2,
			}
			if layout == pyfile.Newer {
				want.Time = 12
			}
			if diff := cmp.Diff(want, records[1]); diff != "" {
				t.Errorf("%v: %s", layout, diff)
			}
		}
	}
}

func TestDecodeEveryPadding(t *testing.T) {
	t.Parallel()
	for n := range 17 {
		key := `["a", "a", {}, "` + strings.Repeat("x", n) + `"]`
		for _, layout := range []pyfile.Layout{pyfile.Newer, pyfile.Older} {
			got, records, err := pyfile.Decode(fileOf(layout, key, keyB))
			if err != nil || got != layout || len(records) != 2 || records[1].Value != 2 {
				t.Errorf("key of %d bytes: %v, %+v, %v", len(key), got, records, err)
			}
		}
	}
}

func TestDecodeDamage(t *testing.T) {
	t.Parallel()
	whole := func() []byte { return fileOf(pyfile.Newer, keyA, keyB) }
	second := 8 + 4 + len(keyA) + 2 + 16
	swapped := whole()
	swapped[0], swapped[1], swapped[2], swapped[3] = swapped[3], swapped[2], swapped[1], swapped[0]
	at := func(data []byte, offset int, b ...byte) []byte { copy(data[offset:], b); return data }
	for _, test := range []struct {
		name    string
		data    []byte
		records int
		offset  int64
		reason  string // "" when there is no damage
	}{
		{"nothing", nil, 0, 0, ""},
		{"just made", make([]byte, 65536), 0, 0, ""},
		{"no entries yet", setUsed(make([]byte, 65536), 8), 0, 0, ""},
		{"half a header", []byte{8, 0, 0}, 0, 0, "shorter than its header"},
		{"negative use", setUsed(whole(), -8), 0, 0, "impossible number"},
		{"use inside the header", setUsed(whole(), 4), 0, 0, "impossible number"},
		{"other byte order", swapped, 0, 0, "byte order"},
		{"database", append([]byte("SQLite format 3\x00"), make([]byte, 4096)...), 0, 0, "SQLite"},
		{"text", []byte("hello, this is not a metrics file at all"), 0, 8, "shorter than its bytes in use"},
		{"use beyond the end", setUsed(whole(), 1<<20), 2, int64(len(whole())), "shorter than its bytes in use"},
		{"cut in the value", whole()[:len(whole())-3], 1, int64(second), "shorter than its bytes in use"},
		{"use ends inside an entry", setUsed(whole(), len(whole())-8), 1, int64(second), "inside an entry"},
		{"length zero", at(whole(), second, 0, 0, 0, 0), 1, int64(second), "length of a key"},
		{"length negative", at(whole(), second, 255, 255, 255, 255), 1, int64(second), "length of a key"},
		{"length huge", at(whole(), second, 255, 255, 255, 127), 1, int64(second), "length of a key"},
		{"key not UTF-8", at(whole(), second+6, 0xff), 1, int64(second), "JSON"},
		{"key not JSON", at(whole(), second+4, '{'), 1, int64(second), "JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, records, err := pyfile.Decode(test.data)
			if len(records) != test.records {
				t.Errorf("%d records, want %d", len(records), test.records)
			}
			if test.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var damage *pyfile.DamageError
			if !errors.As(err, &damage) {
				t.Fatalf("error %v", err)
			}
			if damage.Offset != test.offset || !strings.Contains(damage.Reason, test.reason) {
				t.Errorf("damage %v, want %q at %d", damage, test.reason, test.offset)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	data := fileOf(pyfile.Newer, keyA)
	if value, ok := pyfile.Holds(data, 8, keyA, pyfile.Newer); !ok || value != len(data)-16 {
		t.Errorf("Holds = %d, %v", value, ok)
	}
	for name, ok := range map[string]bool{
		"other key":    second(pyfile.Holds(data, 8, keyC, pyfile.Newer)),
		"shorter key":  second(pyfile.Holds(data, 8, keyA[:5], pyfile.Newer)),
		"other place":  second(pyfile.Holds(data, 16, keyA, pyfile.Newer)),
		"beyond":       second(pyfile.Holds(data, 1<<20, keyA, pyfile.Newer)),
		"before":       second(pyfile.Holds(data, -8, keyA, pyfile.Newer)),
		"value cut":    second(pyfile.Holds(data[:len(data)-1], 8, keyA, pyfile.Newer)),
		"no data":      second(pyfile.Holds(nil, 0, keyA, pyfile.Newer)),
		"only a start": second(pyfile.Holds(data[:10], 8, keyA, pyfile.Newer)),
	} {
		if ok {
			t.Error(name, "is held")
		}
	}
}

func second(_ int, ok bool) bool { return ok }

func FuzzWalk(f *testing.F) {
	f.Add(fileOf(pyfile.Newer, keyA, keyB))
	f.Add(fileOf(pyfile.Older, keyA, keyB, keyC))
	f.Add([]byte("SQLite format 3\x00"))
	f.Add(setUsed(make([]byte, 64), 1<<30))
	f.Fuzz(func(t *testing.T, data []byte) {
		layout, records, err := pyfile.Decode(data)
		end := int64(8)
		for _, r := range records {
			if r.Offset != end {
				t.Fatalf("record at %d, want %d", r.Offset, end)
			}
			length := int64(binary.NativeEndian.Uint32(data[r.Offset:]))
			end = r.Offset + (4+length)/8*8 + 8 + 16
			if layout == pyfile.Older {
				end -= 8
			}
		}
		if end > int64(len(data)) && len(records) > 0 {
			t.Fatalf("records end at %d of %d bytes", end, len(data))
		}
		var damage *pyfile.DamageError
		if err != nil && (!errors.As(err, &damage) || damage.Reason == "") {
			t.Fatalf("error %v", err)
		}
	})
}
