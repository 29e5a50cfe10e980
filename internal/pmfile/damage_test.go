package pmfile_test

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/pmfile"
)

// equal compares entries.
func equal(a, b []entry) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

func samples(t *testing.T) map[string][]byte {
	t.Helper()
	return map[string][]byte{"built": build(), "written": write(t)}
}

// before returns the entries that end before an offset, or at it.
func before(entries []entry, offset int) []entry {
	for i, e := range entries {
		if e.Offset+e.Size > offset {
			return entries[:i]
		}
	}
	return entries
}

// TestEveryTruncation cuts a file at every byte: what is whole is read.
func TestEveryTruncation(t *testing.T) {
	t.Parallel()
	for name, data := range samples(t) {
		whole := mustDecode(t, data)
		for length := range data {
			got, damaged := decode(data[:length:length], false)
			if damaged == nil {
				t.Fatalf("%s, cut to %d bytes: no damage", name, length)
			}
			if length < pmfile.FirstRecord {
				continue
			}
			want := before(whole.Entries, length)
			if !equal(want, got.Entries) || damaged.Reason != "shorter than its bytes in use" {
				t.Fatalf("%s, cut to %d bytes: %d of %d records, %v", name, length, len(got.Entries), len(want), damaged)
			}
		}
	}
}

// TestEveryUsed publishes every number of bytes.
func TestEveryUsed(t *testing.T) {
	t.Parallel()
	for name, data := range samples(t) {
		whole := mustDecode(t, data)
		for used := 0; used < len(data); used += 8 {
			changed := bytes.Clone(data)
			putWord(changed, pmfile.UsedAt, uint64(used))
			got, damaged := decode(changed, false)
			want := before(whole.Entries, used)
			last := pmfile.FirstRecord
			if len(want) > 0 {
				last = want[len(want)-1].Offset + want[len(want)-1].Size
			}
			if len(got.Entries) != len(want) || (used == last) != (damaged == nil) {
				t.Fatalf("%s, %d bytes published: %d of %d records, %v", name, used, len(got.Entries), len(want), damaged)
			}
		}
	}
}

// TestEveryFlip changes every byte of a file, in three ways.
func TestEveryFlip(t *testing.T) {
	t.Parallel()
	for name, data := range samples(t) {
		whole := mustDecode(t, data)
		for offset := range data {
			for _, mask := range []byte{0x01, 0x80, 0xFF} {
				changed := bytes.Clone(data)
				changed[offset] ^= mask
				if problem := flipped(whole, changed, offset); problem != "" {
					t.Fatalf("%s, byte %d changed by %#x: %s", name, offset, mask, problem)
				}
			}
		}
	}
}

// flipped returns what is wrong with what is read from a file that is whole but
// for the byte at the offset.
func flipped(whole file, changed []byte, offset int) string {
	got, damaged := decode(changed, false)
	lenient, _ := decode(changed, true)
	for _, e := range lenient.Entries {
		if !e.sameAs(find(whole.Entries, e.Offset)) {
			return fmt.Sprintf("tolerated, it has %+v", e)
		}
	}
	if offset >= pmfile.FirstRecord {
		return flippedRecord(whole.Entries, got.Entries, damaged, offset)
	}
	switch word := offset &^ 7; {
	case word == pmfile.UsedAt:
		if len(got.Entries) > len(whole.Entries) || !equal(whole.Entries[:len(got.Entries)], got.Entries) {
			return "other records"
		}
	case word < 248:
		if damaged == nil || got.Entries != nil {
			return "the header is accepted"
		}
	case damaged != nil || got.Header != whole.Header || !equal(whole.Entries, got.Entries):
		return fmt.Sprintf("other contents, or %v", damaged)
	}
	return ""
}

func flippedRecord(whole, got []entry, damaged *damage.Error, offset int) string {
	records := before(whole, offset)
	if !equal(records, got[:min(len(records), len(got))]) {
		return "the records before are not read"
	}
	hit := whole[len(records)]
	if offset < hit.Offset+hit.Size-8*hit.room() {
		if damaged == nil || damaged.Offset != int64(hit.Offset) || len(got) != len(records) {
			return fmt.Sprintf("the record at %d is accepted, or not what is damaged: %v", hit.Offset, damaged)
		}
		return ""
	}
	if damaged != nil || len(got) != len(whole) {
		return fmt.Sprintf("a cell that changes makes it %v", damaged)
	}
	for i := range got {
		if !got[i].sameAs(&whole[i]) {
			return fmt.Sprintf("%+v changed", whole[i])
		}
	}
	return ""
}

// room is how many words the record has that are no header and no payload.
func (e *entry) room() int {
	if e.Kind == pmfile.KindFree {
		return (e.Size - 16) / 8
	}
	return len(e.Cells)
}

// sameAs reports whether two entries are the same but for their cells.
func (e entry) sameAs(other *entry) bool {
	if other == nil {
		return false
	}
	second := *other
	e.Cells, e.Exemplar, second.Cells, second.Exemplar = nil, nil, nil, nil
	return reflect.DeepEqual(e, second)
}

func find(entries []entry, offset int) *entry {
	for i := range entries {
		if entries[i].Offset == offset {
			return &entries[i]
		}
	}
	return nil
}

func TestWalkerAllocatesNothing(t *testing.T) {
	data := build()
	records := 0
	allocations := testing.AllocsPerRun(10, func() {
		walker := pmfile.NewWalker(data, len(data), 0, false)
		for {
			if _, ok := walker.Next(); !ok {
				break
			}
			records++
		}
	})
	if allocations != 0 || records == 0 {
		t.Errorf("a walk of %d records allocates %v times", records, allocations)
	}
}
