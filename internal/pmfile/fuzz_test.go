package pmfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"polymeter.dev/internal/pmfile"
)

// FuzzDecode reads any bytes as a file. A checksum that is wrong is put right
// before, if there is a header and a record, so that the parsers are reached.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"built.pm", "written.pm"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		check(f, err)
		f.Add(data, false)
		f.Add(data, true)
	}
	f.Add(pmfile.AppendHeader(nil, &header, 1<<20), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, data []byte, tolerant bool) {
		checkDecode(t, data, tolerant)
		mended := mend(data)
		checkDecode(t, mended, tolerant)
	})
}

// checkDecode reads data and checks what must be so for any.
func checkDecode(t *testing.T, data []byte, tolerant bool) {
	t.Helper()
	got, damaged := decode(data, tolerant)
	end := pmfile.FirstRecord
	for _, e := range got.Entries {
		if e.Offset < end || e.Offset != end && !tolerant && e.Kind == 0 {
			t.Fatalf("record at %d, before %d", e.Offset, end)
		}
		end = e.Offset + e.Size
		if end > len(data) || e.Size < 16 || e.Size%8 != 0 {
			t.Fatalf("record of %d bytes up to %d of %d", e.Size, end, len(data))
		}
		if family, ok := e.What.(*pmfile.Family); ok && family.FloatValue() >= max(family.Values(), 0) {
			t.Fatalf("value %d of %d", family.FloatValue(), family.Values())
		}
	}
	if damaged != nil && (damaged.Reason == "" || damaged.Offset < 0 || len(got.Entries) > 0 && damaged.Offset < int64(end)) {
		t.Fatalf("after records up to %d: %v", end, damaged)
	}
	if damaged == nil && len(got.Entries) == 0 && len(data) < pmfile.FirstRecord {
		t.Fatal("no header, and no damage")
	}
}

// mend gives a header and all records checksums that match.
func mend(data []byte) []byte {
	if len(data) < pmfile.FirstRecord {
		return data
	}
	mended := append(pmfile.AppendHeader(nil, &header, len(data)/8*8), data[pmfile.FirstRecord:]...)
	for at := pmfile.FirstRecord; len(mended)-at >= 16; {
		size := int64(word32(mended, at))
		length := int64(word32(mended, at+8))
		if size < 16 || size%8 != 0 || size > int64(len(mended)-at) || 16+length > size {
			break
		}
		copy(mended[at:], sum(mended[at:at+12:at+12], string(mended[at+16:at+16+int(length)])))
		at += int(size)
	}
	return mended
}
