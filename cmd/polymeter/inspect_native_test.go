package main

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

const second = 1_000_000_000

// nativeHeaderOf returns a header in which nothing is left to chance.
func nativeHeaderOf(role pmfile.Role) *pmfile.Header {
	h := &pmfile.Header{
		Role: role, ID: pmfile.ID{0: 0xAB, 15: byte(role)}, Boot: [16]byte{3, 15: 4},
		Created: 1_700_000_000*second + 250_000_000,
	}
	if role == pmfile.RoleArchive {
		h.Generation = 7
	} else {
		h.PID, h.Identifier = 4711, "worker-1"
	}
	return h
}

func nativeName(role pmfile.Role) string { return pmfile.FileName(role, nativeHeaderOf(role).ID) }

var (
	nativeCounter = &pmfile.Family{
		Name: "jobs", Help: "Jobs \x1b[31m done.", Type: metric.TypeCounter, LabelNames: []string{"queue"},
	}
	nativeHistogram = &pmfile.Family{
		Name: "wait_seconds", Unit: "seconds", Type: metric.TypeHistogram, Bounds: []float64{0.5, math.Inf(1)},
		Native: true, ZeroThreshold: 0.001,
	}
)

// archiveFile is an archive with a record of every kind that archives have, and
// a series of every type.
func archiveFile() []byte {
	bits := math.Float64bits
	b := pmfile.NewBuilder(nativeHeaderOf(pmfile.RoleArchive))
	b.Absorbed([]string{"w-00.pm", "counter_\n.db"})
	f := b.Family(nativeCounter)
	s := b.Series(f, []string{"mail"}, nil, []uint64{0, 1_600_000_000 * second, 1<<53 + 1, bits(0.5)})
	b.Addends(s, []float64{0.5, 1e-20})
	b.Series(f, []string{"größe"}, nil, []uint64{1, 1_650_000_000 * second, 3, 0})
	b.Series(f, []string{"\u009b31m"}, nil, []uint64{1_660_000_000 * second, 0, 4, 0})
	f = b.Family(nativeHistogram)
	s = b.Series(f, nil, nil, []uint64{0, 0, 3, 4, bits(9.5), 1, 2})
	b.Chunk(s, 3, -2, true, &[16]uint64{0: 1, 15: 2})
	b.Exemplar(s, 1, &metric.Exemplar{
		Labels: metric.MustLabels("trace_id", "a\"b"), Value: 0.25, Timestamp: metric.NewTimestamp(1_700_000_000, 5),
	})
	b.Exemplar(s, 2, &metric.Exemplar{Value: math.Inf(-1)})
	f = b.Family(&pmfile.Family{Name: "busy", Type: metric.TypeGauge, Mode: metric.GaugeAll})
	b.Series(f, nil, []pmfile.Label{{Name: "pid", Value: "7"}}, []uint64{0, 0, bits(math.NaN()), 1_700_000_000 * second})
	f = b.Family(&pmfile.Family{Name: "size", Type: metric.TypeSummary, FloatCounts: true})
	b.Series(f, nil, nil, []uint64{0, 0, bits(1.5), bits(10)})
	f = b.Family(&pmfile.Family{Name: "light", Type: metric.TypeStateSet, States: []string{"red", "green"}})
	b.Series(f, nil, nil, []uint64{0, 0, 0b10})
	f = b.Family(&pmfile.Family{Name: "build", Type: metric.TypeInfo})
	b.Series(f, nil, []pmfile.Label{{Name: "version", Value: "1.2"}}, []uint64{0, 0})
	b.Series(b.Family(&pmfile.Family{Name: "any", Type: metric.TypeUnknown, Mode: metric.GaugeLiveMax}), nil, nil, []uint64{0, 0, bits(2), 0})
	return b.Bytes()
}

// appendRecord appends a record of any kind, and sets the bytes in use.
func appendRecord(data []byte, kind, flags byte, payload []byte, cells ...uint64) []byte {
	start := len(data)
	padding := make([]byte, -len(payload)&7)
	data = binary.NativeEndian.AppendUint32(data, uint32(16+len(payload)+len(padding)+8*len(cells)))
	data = append(data, kind, flags, 0, 0)
	data = binary.NativeEndian.AppendUint32(data, uint32(len(payload)))
	table := crc32.MakeTable(crc32.Castagnoli)
	data = binary.NativeEndian.AppendUint32(data, crc32.Update(crc32.Checksum(data[start:], table), table, payload))
	data = append(append(data, payload...), padding...)
	for _, cell := range cells {
		data = binary.NativeEndian.AppendUint64(data, cell)
	}
	binary.NativeEndian.PutUint64(data[pmfile.UsedAt:], uint64(len(data)))
	return data
}

// processFile is a file whose writer died while it changed records, and which
// has records from the future.
func processFile() []byte {
	b := pmfile.NewBuilder(nativeHeaderOf(pmfile.RoleProcess))
	s := b.Series(b.Family(nativeCounter), []string{"mail"}, nil, []uint64{0, 0, 12, 0})
	torn := len(b.Bytes())
	b.Absorbed([]string{"torn"})
	data := b.Bytes()
	data[torn+16]++
	data = appendRecord(data, byte(pmfile.KindFree), 0, nil, 1, 2)
	data = appendRecord(data, 99, 1, []byte("later"), 3)
	data = appendRecord(data, byte(pmfile.KindExemplar), 0, pmfile.AppendExemplar(nil, s, 1, 0), 0, 0, 0, 0)
	data = appendRecord(data, byte(pmfile.KindExemplar), 0, pmfile.AppendExemplar(nil, s, 2, 8), 3, 0, 0, 0, 0)
	binary.NativeEndian.PutUint64(data[pmfile.ChangesAt:], 5)
	return append(data, make([]byte, 64)...)
}

// publicationFile has a chunk of something that has no native buckets.
func publicationFile() []byte {
	b := pmfile.NewBuilder(nativeHeaderOf(pmfile.RolePublication))
	s := b.Series(b.Family(nativeCounter), []string{"mail"}, nil, []uint64{0, 0, 12, 0})
	b.Chunk(s, 0, 0, false, &[16]uint64{})
	return b.Bytes()
}

func TestInspectNative(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := []struct {
		name    string
		data    []byte
		damaged string
	}{
		{pmfile.ArchiveName, archiveFile(), ""},
		{nativeName(pmfile.RoleProcess), processFile(), ""},
		{nativeName(pmfile.RolePublication), publicationFile(), "damaged at byte 480: record that refers to no record of the kind it should"},
		{"misnamed", archiveFile()[:pmfile.FirstRecord], "damaged at byte 320: shorter than its bytes in use"},
		{".next", archiveFile()[:400], "damaged at byte 368: shorter than its bytes in use"},
		{"p-00000000000000000000000000000000.pm", []byte("garbage"), "damaged at byte 0: shorter than its header"},
	}
	var names []string
	var errors strings.Builder
	for _, f := range files {
		path := writeFile(t, filepath.Join(dir, f.name), f.data)
		names = append(names, path)
		if f.damaged != "" {
			errors.WriteString("polymeter inspect: " + path + ": " + f.damaged + "\n")
		}
	}
	for file, args := range map[string][]string{"inspect-native.txt": {"inspect"}, "inspect-native.json": {"inspect", "--json"}} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append(args, names...)...)
			golden(t, file, strings.ReplaceAll(got.out, dir+string(filepath.Separator), ""))
			got.want(t, exitFailure, got.out, errors.String())
		})
	}
}

// What one writes as JSON can be read as such, and numbers are exact.
func TestInspectNativeJSON(t *testing.T) {
	t.Parallel()
	path := writeFile(t, filepath.Join(t.TempDir(), pmfile.ArchiveName), archiveFile())
	got := invoke(t, "", "inspect", "--json", path)
	if got.code != exitOK || got.errors != "" {
		t.Fatalf("got %+v", got)
	}
	var r struct {
		Records []struct {
			Series struct{ Whole json.Number }
		}
	}
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Records) < 3 || r.Records[2].Series.Whole != "9007199254740993" {
		t.Errorf("records %+v", r.Records)
	}
}

// However a file is damaged, inspect does not panic.
func TestInspectNativeDamage(t *testing.T) {
	t.Parallel()
	whole := archiveFile()
	inspectNative(pmfile.ArchiveName, nil)
	for length := range whole {
		if r := inspectNative(pmfile.ArchiveName, whole[:length]); r.Damage == nil {
			t.Fatalf("%d bytes of %d are no damage", length, len(whole))
		}
	}
	for i := range whole {
		data := append([]byte{}, whole...)
		data[i] ^= 0x81
		inspectNative(pmfile.ArchiveName, data)
		binary.NativeEndian.PutUint64(data[pmfile.ChangesAt:], 1)
		inspectNative(pmfile.ArchiveName, data).text(broken{})
	}
}

func TestInspectPythonArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := func(sample string) string { return string(pyfile.AppendKey(nil, "jobs", sample, nil, "Jobs.")) }
	data, err := pyfile.AppendArchive(nil, pyfile.Newer, []pyfile.ArchiveEntry{
		{Key: key("jobs_total"), Value: 3},
		{Key: key("jobs_seconds"), Value: 0.5, Parts: []float64{0.5, 1e-20}},
	}, &pyfile.Appendix{
		Generation: 7, Boot: [16]byte{3, 15: 4}, Created: 1_700_000_000*second + 250_000_000,
		Absorbed: []string{"counter_1.db_AAAAAAAAAAAAAAAAAAAAAAAAAA.db"},
	})
	if err != nil {
		t.Fatal(err)
	}
	archive := writeFile(t, filepath.Join(dir, "counter_polymeter-archive.db"), data)
	sealed := writeFile(t, filepath.Join(dir, "counter_1.db_AAAAAAAAAAAAAAAAAAAAAAAAAA.db"), data)
	cut := writeFile(t, filepath.Join(dir, "summary_polymeter-archive.db"), data[:len(data)-8])
	for file, args := range map[string][]string{"inspect-archive.txt": {"inspect"}, "inspect-archive.json": {"inspect", "--json"}} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append(args, archive, sealed, cut)...)
			golden(t, file, strings.ReplaceAll(got.out, dir+string(filepath.Separator), ""))
			got.want(t, exitFailure, got.out, "polymeter inspect: "+cut+": damaged at byte 128: shorter than its bytes in use\n")
		})
	}
}
