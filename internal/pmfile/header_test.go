package pmfile_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"polymeter.dev/internal/pmfile"
)

func drawHeader(t *rapid.T) pmfile.Header {
	bytes := rapid.SliceOfN(rapid.Byte(), 16, 16)
	return pmfile.Header{
		Version:    pmfile.Version,
		Role:       rapid.SampledFrom([]pmfile.Role{pmfile.RoleProcess, pmfile.RolePublication, pmfile.RoleArchive}).Draw(t, "role"),
		ID:         pmfile.ID(bytes.Draw(t, "id")),
		Boot:       [16]byte(bytes.Draw(t, "boot")),
		Created:    rapid.Int64().Draw(t, "created"),
		PID:        rapid.Uint64().Draw(t, "pid"),
		Generation: rapid.Uint64().Draw(t, "generation"),
		Identifier: rapid.StringN(-1, -1, pmfile.MaxIdentifier).Draw(t, "identifier"),
	}
}

func TestHeaderComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := drawHeader(t)
		data := pmfile.AppendHeader([]byte("x"), &h, 4096)[1:]
		got, damaged := pmfile.DecodeHeader(data)
		if damaged != nil || got != h {
			t.Fatalf("%+v came back as %+v, %v", h, got, damaged)
		}
		if used, damaged := pmfile.Used(word(data, pmfile.UsedAt)); used != 4096 || damaged != nil {
			t.Fatalf("used came back as %d, %v", used, damaged)
		}
	})
}

func TestIdentifierIsCut(t *testing.T) {
	t.Parallel()
	for identifier, want := range map[string]string{
		strings.Repeat("x", 200):             strings.Repeat("x", 128),
		"y" + strings.Repeat("é", 100):       "y" + strings.Repeat("é", 63),
		strings.Repeat("\U0001F600", 40):     strings.Repeat("\U0001F600", 32),
		"a\xff\xfe" + string(utf8.RuneError): "a\uFFFD\uFFFD",
		strings.Repeat("x", 127) + "\xff":    strings.Repeat("x", 127),
	} {
		h := pmfile.Header{Role: pmfile.RoleProcess, Identifier: identifier}
		got, damaged := pmfile.DecodeHeader(pmfile.AppendHeader(nil, &h, pmfile.FirstRecord))
		if damaged != nil || got.Identifier != want || got.Version != pmfile.Version {
			t.Errorf("%q came back as %q of version %d, %v", identifier, got.Identifier, got.Version, damaged)
		}
	}
}

func TestHeaderIsRefused(t *testing.T) {
	t.Parallel()
	encode := func(h pmfile.Header) []byte { return pmfile.AppendHeader(nil, &h, pmfile.FirstRecord) }
	at := func(offset int, b ...byte) []byte {
		data := encode(header)
		copy(data[offset:], b)
		return data
	}
	for _, test := range []struct {
		name   string
		data   []byte
		reason string
	}{
		{"nothing", nil, "shorter"},
		{"cut", encode(header)[:319], "shorter"},
		{"zeros", make([]byte, 320), "not a file of this format"},
		{"text mode", at(4, '\n'), "not a file of this format"},
		{"other byte order", at(12, 0x0A, 0x0B, 0x0C, 0x0D, 0), "byte order"},
		{"newer", encode(pmfile.Header{Version: 2, Role: pmfile.RoleProcess}), pmfile.ReasonVersion},
		{"version zero", at(8, 0, 0, 0, 0), "checksum"},
		{"no role", encode(pmfile.Header{}), "checksum"},
		{"unknown role", encode(pmfile.Header{Role: 4}), "checksum"},
		{"identifier", at(90, 'X'), "checksum"},
	} {
		_, damaged := pmfile.DecodeHeader(test.data)
		if damaged == nil || !strings.Contains(damaged.Reason, test.reason) {
			t.Errorf("%s: %v, want %q", test.name, damaged, test.reason)
		}
	}
}

func TestHasMagic(t *testing.T) {
	t.Parallel()
	whole := pmfile.AppendHeader(nil, &header, pmfile.FirstRecord)
	for _, data := range [][]byte{whole, whole[:8]} {
		if !pmfile.HasMagic(data) {
			t.Errorf("%d bytes of a file are not taken for one", len(data))
		}
	}
	for _, data := range [][]byte{nil, whole[:7], whole[1:], []byte("\x89PNG\r\n\x1a\n")} {
		if pmfile.HasMagic(data) {
			t.Errorf("%q is taken for a file", data)
		}
	}
}

func TestUsed(t *testing.T) {
	t.Parallel()
	for _, number := range []uint64{0, 8, 312, 321, 1<<64 - 1} {
		if used, damaged := pmfile.Used(number); damaged == nil || used != pmfile.FirstRecord || damaged.Offset != pmfile.UsedAt {
			t.Errorf("Used(%d) = %d, %v", number, used, damaged)
		}
	}
	if used, damaged := pmfile.Used(1<<64 - 8); damaged != nil || used < 1<<30 || used%8 != 0 {
		t.Errorf("the highest number became %d, %v", used, damaged)
	}
}
