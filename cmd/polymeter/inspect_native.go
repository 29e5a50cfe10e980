package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/pmfile"
)

// nativeReport is what is known about a file of the native format; its fields
// are the JSON form. Absent things are left out.
type nativeReport struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Size   int64  `json:"size"`
	// Header is nil when it cannot be read.
	Header *nativeHeader `json:"header,omitempty"`
	// Misnamed says that the name is not the one that belongs to the header.
	Misnamed bool           `json:"misnamed,omitempty"`
	Records  []nativeRecord `json:"records"`
	Damage   *jsonDamage    `json:"damage,omitempty"`
}

// nativeHeader is a header, with the words that change.
type nativeHeader struct {
	Version    uint32   `json:"version"`
	Role       string   `json:"role"`
	ID         string   `json:"id"`
	Boot       string   `json:"boot,omitempty"`
	Created    jsonTime `json:"created,omitzero"`
	PID        uint64   `json:"pid,omitempty"`
	Generation uint64   `json:"generation,omitempty"`
	Identifier string   `json:"identifier,omitempty"`
	Used       uint64   `json:"used"`
	Changes    uint64   `json:"changes"`
}

// changing says that published records are changing, or were when the process
// died.
func (h *nativeHeader) changing() bool { return h.Changes%2 != 0 }

// nativeRecord is a record.
type nativeRecord struct {
	Offset int    `json:"offset"`
	Size   int    `json:"size"`
	Kind   string `json:"kind"`
	// PassedOver says why readers take no notice of the record.
	PassedOver string `json:"passed_over,omitempty"`

	Family   *nativeFamily   `json:"family,omitempty"`
	Series   *nativeSeries   `json:"series,omitempty"`
	Chunk    *nativeChunk    `json:"chunk,omitempty"`
	Exemplar *nativeExemplar `json:"exemplar,omitempty"`
	Addends  *nativeAddends  `json:"addends,omitempty"`
	Absorbed []string        `json:"absorbed,omitempty"`
}

// isNative reports whether a file is one of the native format, whatever its
// state.
func isNative(path string, data []byte) bool {
	_, _, named := pmfile.ParseName(filepath.Base(path))
	return named || pmfile.HasMagic(data)
}

func inspectNative(path string, data []byte) *nativeReport {
	r := &nativeReport{File: path, Format: "native", Size: int64(len(data)), Records: []nativeRecord{}}
	header, damaged := pmfile.DecodeHeader(data)
	if damaged != nil {
		r.damage(damaged)
		return r
	}
	r.Header = &nativeHeader{
		Version: header.Version, Role: header.Role.String(), ID: header.ID.String(),
		Created: jsonTime(header.Created), PID: header.PID, Generation: header.Generation, Identifier: header.Identifier,
		Used:    binary.NativeEndian.Uint64(data[pmfile.UsedAt:]),
		Changes: binary.NativeEndian.Uint64(data[pmfile.ChangesAt:]),
	}
	if header.Boot != [16]byte{} {
		r.Header.Boot = hex.EncodeToString(header.Boot[:])
	}
	if name := filepath.Base(path); name[0] != '.' { // as it has before it gets its own
		r.Misnamed = name != pmfile.FileName(header.Role, header.ID)
	}
	used, damaged := pmfile.Used(r.Header.Used)
	if damaged != nil {
		r.damage(damaged)
		return r
	}
	w := &nativeWalk{data: data, families: map[int]*pmfile.Family{}, series: map[int]*pmfile.Family{}}
	r.Records, damaged = w.walk(used, r.Header.changing())
	r.damage(damaged)
	return r
}

func (r *nativeReport) damage(d *damage.Error) {
	if d != nil {
		r.Damage = &jsonDamage{d.Offset, d.Reason}
	}
}

func (r *nativeReport) damaged() *jsonDamage { return r.Damage }

func (r *nativeReport) json() any { return r }

// nativeWalk goes through the records of a file.
type nativeWalk struct {
	data     []byte
	families map[int]*pmfile.Family // by offset
	series   map[int]*pmfile.Family // the family of each series, by its offset
}

func (w *nativeWalk) walk(used int, changing bool) ([]nativeRecord, *damage.Error) {
	records := []nativeRecord{}
	walker := pmfile.NewWalker(w.data, used, 0, changing)
	for at := pmfile.FirstRecord; ; at = walker.Offset() {
		r, ok := walker.Next()
		if ok {
			records = w.passedOver(records, at, r.Offset)
		} else {
			records = w.passedOver(records, at, walker.Offset())
			return records, walker.Damage()
		}
		record, reason := w.record(&r)
		if reason != "" {
			walker.Reject(r, reason)
			return records, walker.Damage()
		}
		records = append(records, record)
	}
}

// passedOver adds the records of a range that a reader passes over. Their sizes
// are right.
func (w *nativeWalk) passedOver(records []nativeRecord, from, to int) []nativeRecord {
	for from < to {
		size, kind := int(binary.NativeEndian.Uint32(w.data[from:])), pmfile.Kind(w.data[from+4])
		r := nativeRecord{Offset: from, Size: size, Kind: kindName(kind), PassedOver: "it does not match its checksum"}
		if r.Kind == "" {
			r.Kind = fmt.Sprintf("kind %d", kind)
			r.PassedOver = "this release does not know the kind"
		}
		records = append(records, r)
		from += size
	}
	return records
}

// kindName returns the name of a kind, or "" for one that is not known.
func kindName(k pmfile.Kind) string {
	switch k {
	case pmfile.KindFamily:
		return "family"
	case pmfile.KindSeries:
		return "series"
	case pmfile.KindChunk:
		return "chunk"
	case pmfile.KindExemplar:
		return "exemplar"
	case pmfile.KindAddends:
		return "addends"
	case pmfile.KindAbsorbed:
		return "absorbed"
	case pmfile.KindFree:
		return "free"
	}
	return ""
}

// record reads the contents of a record, or returns what is wrong with them.
func (w *nativeWalk) record(r *pmfile.Record) (record nativeRecord, reason string) {
	record = nativeRecord{Offset: r.Offset, Size: r.Size, Kind: kindName(r.Kind)}
	switch r.Kind {
	case pmfile.KindFamily:
		record.Family, reason = w.family(r)
	case pmfile.KindSeries:
		record.Series, reason = w.seriesOf(r)
	case pmfile.KindChunk:
		record.Chunk, reason = w.chunk(r)
	case pmfile.KindExemplar:
		record.Exemplar, reason = w.exemplar(r)
	case pmfile.KindAddends:
		record.Addends, reason = w.addends(r)
	case pmfile.KindAbsorbed:
		var ok bool
		if record.Absorbed, ok = pmfile.ParseAbsorbed(r.Payload); !ok {
			reason = pmfile.ReasonContents
		}
	}
	return record, reason
}

// word returns the word at an offset.
func (w *nativeWalk) word(offset int) uint64 { return binary.NativeEndian.Uint64(w.data[offset:]) }

// cells returns so many cells of a record.
func (w *nativeWalk) cells(r *pmfile.Record, n int) []uint64 {
	words := make([]uint64, n)
	for i := range words {
		words[i] = w.word(r.Cells + 8*i)
	}
	return words
}
