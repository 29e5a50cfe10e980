package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// pythonReport is what is known about a file of the Python client's format; its
// fields are the JSON form. Absent things are left out.
type pythonReport struct {
	File    string `json:"file"`
	Format  string `json:"format"`
	Size    int64  `json:"size"`
	Used    int64  `json:"used"`
	Layout  string `json:"layout"`
	Type    string `json:"type,omitempty"`
	Mode    string `json:"mode,omitempty"`
	Process string `json:"process,omitempty"`
	// Sealed says that the name is one that no process opens for writing.
	Sealed  bool           `json:"sealed,omitempty"`
	Entries []pythonEntry  `json:"entries"`
	Archive *pythonArchive `json:"archive,omitempty"`
	Damage  *jsonDamage    `json:"damage,omitempty"`
}

// pythonEntry is one entry of a file.
type pythonEntry struct {
	Offset int64             `json:"offset"`
	Family string            `json:"family"`
	Sample string            `json:"sample"`
	Labels map[string]string `json:"labels"`
	Help   string            `json:"help"`
	Value  jsonNumber        `json:"value"`
	Time   jsonNumber        `json:"time,omitempty"`

	raw string // the key as it stands in the file
}

// pythonArchive is what an archive says behind its bytes in use.
type pythonArchive struct {
	Generation uint64      `json:"generation"`
	Boot       string      `json:"boot"`
	Created    jsonTime    `json:"created,omitzero"`
	Sums       []pythonSum `json:"sums,omitempty"`
	Absorbed   []string    `json:"absorbed,omitempty"`
}

// pythonSum says what the value at an offset is the exact sum of.
type pythonSum struct {
	Offset int64        `json:"offset"`
	Parts  []jsonNumber `json:"parts"`
}

func inspectPython(path string, data []byte) (*pythonReport, error) {
	r := &pythonReport{File: path, Format: "python", Size: int64(len(data)), Entries: []pythonEntry{}}
	base := filepath.Base(path)
	name, named := pyfile.ParseName(base)
	if named {
		r.Type, r.Process, r.Sealed = name.Type.String(), name.ID, pyfile.IsSealed(base)
		if name.Type == metric.TypeGauge {
			r.Mode = name.Mode.String()
		}
	}
	if len(data) >= 4 {
		r.Used = int64(int32(binary.NativeEndian.Uint32(data)))
	}
	layout, records, err := pyfile.Decode(data)
	r.Layout = layout.String()
	for i := range records {
		r.Entries = append(r.Entries, newPythonEntry(data, &records[i]))
	}
	var damaged *pyfile.DamageError
	if err != nil && !errors.As(err, &damaged) {
		return nil, err
	}
	if named && name.ID == pyfile.ArchiveID {
		if appendix := r.appendix(data); damaged == nil {
			damaged = appendix
		}
	}
	if damaged != nil {
		r.Damage = &jsonDamage{damaged.Offset, damaged.Reason}
	}
	return r, nil
}

func newPythonEntry(data []byte, r *pyfile.Record) pythonEntry {
	e := pythonEntry{
		Offset: r.Offset,
		Family: r.Key.Family, Sample: r.Key.Sample, Labels: make(map[string]string, len(r.Key.Names)), Help: r.Key.Help,
		Value: jsonNumber(r.Value), Time: jsonNumber(r.Time),
		raw: rawKey(data, r.Offset),
	}
	for i, name := range r.Key.Names {
		e.Labels[name] = r.Key.Values[i]
	}
	return e
}

// rawKey returns the key of the entry at the offset, which was decoded before.
func rawKey(data []byte, offset int64) string {
	length := binary.NativeEndian.Uint32(data[offset:])
	return string(data[offset+4 : offset+4+int64(length)])
}

// appendix reads what only archives have, and returns what is wrong with it.
func (r *pythonReport) appendix(data []byte) *pyfile.DamageError {
	a, damaged := pyfile.ParseAppendix(data, int(r.Used))
	if a == nil {
		return damaged
	}
	r.Archive = &pythonArchive{
		Generation: a.Generation, Boot: hex.EncodeToString(a.Boot[:]), Created: jsonTime(a.Created), Absorbed: a.Absorbed,
	}
	for _, sum := range a.Sums {
		r.Archive.Sums = append(r.Archive.Sums, pythonSum{sum.Offset, jsonNumbers(sum.Parts)})
	}
	return damaged
}

func (r *pythonReport) damaged() *jsonDamage { return r.Damage }

func (r *pythonReport) json() any { return r }

// text writes the report for people to read.
func (r *pythonReport) text(w io.Writer) error {
	fmt.Fprintf(w, "%s\n", r.File)
	if r.Type != "" {
		fmt.Fprintf(w, "  type     %s\n", r.Type)
		if r.Mode != "" {
			fmt.Fprintf(w, "  mode     %s\n", r.Mode)
		}
		fmt.Fprintf(w, "  process  %s\n", printable(r.Process))
	} else {
		fmt.Fprintf(w, "  type     unknown: the name is not that of a metrics file\n")
	}
	if r.Sealed {
		fmt.Fprintf(w, "  sealed   to be folded: no process opens it for writing\n")
	}
	fmt.Fprintf(w, "  size     %d bytes, %d in use\n", r.Size, r.Used)
	fmt.Fprintf(w, "  layout   %s\n", r.Layout)
	fmt.Fprintf(w, "  entries  %d\n", len(r.Entries))
	if len(r.Entries) > 0 {
		if err := r.table(w); err != nil {
			return err
		}
	}
	if r.Archive != nil {
		r.Archive.text(w)
	}
	if r.Damage != nil {
		fmt.Fprintf(w, "  damaged at byte %d: %s\n", r.Damage.Offset, r.Damage.Reason)
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (a *pythonArchive) text(w io.Writer) {
	fmt.Fprintf(w, "  archive  generation %d, made %s, boot %s\n", a.Generation, a.Created, a.Boot)
	for _, sum := range a.Sums {
		fmt.Fprintf(w, "  exactly  the value at %d is %s\n", sum.Offset, joined(sum.Parts, " + "))
	}
	if len(a.Absorbed) > 0 {
		fmt.Fprintf(w, "  absorbed %s\n", strings.Join(printables(a.Absorbed), ", "))
	}
}

func (r *pythonReport) table(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  OFFSET\tVALUE\tTIME\tKEY")
	for i := range r.Entries {
		e := &r.Entries[i]
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", e.Offset, e.Value, when(float64(e.Time)), printable(e.raw))
	}
	return table.Flush()
}

// when shows the time of an entry, which in a damaged file can be any number.
func when(seconds float64) string {
	const year10000 = 253402300800
	switch {
	case seconds == 0:
		return "-"
	case !(seconds > 0 && seconds < year10000):
		return strconv.FormatFloat(seconds, 'g', -1, 64)
	}
	whole, fraction := math.Modf(seconds)
	return shownTime(time.Unix(int64(whole), int64(fraction*1e9)))
}
