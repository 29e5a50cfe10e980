package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// text writes the report for people to read.
func (r *nativeReport) text(w io.Writer) error {
	fmt.Fprintf(w, "%s\n", r.File)
	if r.Header == nil {
		fmt.Fprintf(w, "  size     %d bytes\n", r.Size)
	} else {
		r.Header.text(w, r)
	}
	if len(r.Records) > 0 {
		if err := r.table(w); err != nil {
			return err
		}
	}
	if r.Damage != nil {
		fmt.Fprintf(w, "  damaged at byte %d: %s\n", r.Damage.Offset, r.Damage.Reason)
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (h *nativeHeader) text(w io.Writer, r *nativeReport) {
	fmt.Fprintf(w, "  format   native, version %d\n", h.Version)
	fmt.Fprintf(w, "  role     %s\n", h.Role)
	if h.Role == pmfile.RoleArchive.String() {
		fmt.Fprintf(w, "  archive  generation %d\n", h.Generation)
	} else {
		fmt.Fprintf(w, "  process  %s, process id %d\n", printable(h.Identifier), h.PID)
	}
	fmt.Fprintf(w, "  id       %s\n", h.ID)
	if r.Misnamed {
		fmt.Fprintf(w, "  name     not the one that belongs to its role and id, so readers leave it out\n")
	}
	fmt.Fprintf(w, "  boot     %s\n", orDash(h.Boot))
	fmt.Fprintf(w, "  created  %s\n", h.Created)
	fmt.Fprintf(w, "  size     %d bytes, %d in use\n", r.Size, h.Used)
	fmt.Fprintf(w, "  changes  %d", h.Changes)
	if h.changing() {
		fmt.Fprint(w, ": records are changing, or were when the process died")
	}
	fmt.Fprintf(w, "\n  records  %d\n", len(r.Records))
}

func (r *nativeReport) table(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  OFFSET\tSIZE\tKIND\tCONTENTS")
	for i := range r.Records {
		r := &r.Records[i]
		fmt.Fprintf(table, "  %d\t%d\t%s\t%s\n", r.Offset, r.Size, r.Kind, r.contents())
	}
	return table.Flush()
}

// contents says in one line what is in a record.
func (r *nativeRecord) contents() string {
	switch {
	case r.PassedOver != "":
		return "passed over: " + r.PassedOver
	case r.Family != nil:
		return r.Family.String()
	case r.Series != nil:
		return r.Series.String()
	case r.Chunk != nil:
		return r.Chunk.String()
	case r.Exemplar != nil:
		return r.Exemplar.String()
	case r.Addends != nil:
		return fmt.Sprintf("of %d: %s", r.Addends.Series, joined(r.Addends.Values, " + "))
	case r.Absorbed != nil:
		return strings.Join(printables(r.Absorbed), ", ")
	}
	return "-"
}

// String describes the family.
func (f *nativeFamily) String() string {
	parts := []string{f.Type + " " + printable(f.Name)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.Mode != "" {
		add("mode %s", f.Mode)
	}
	if f.Unit != "" {
		add("unit %s", printable(f.Unit))
	}
	if len(f.Labels) > 0 {
		add("labels %s", printable(strings.Join(f.Labels, " ")))
	}
	if len(f.Bounds) > 0 {
		add("bounds %s", joined(f.Bounds, " "))
	}
	if f.Native {
		add("native with the zero threshold %s", metric.AppendValue(nil, f.ZeroThreshold))
	}
	if f.FloatCounts {
		add("counts are floats")
	}
	if f.Bare {
		add("known without suffix")
	}
	if len(f.States) > 0 {
		add("states %s", printable(strings.Join(f.States, " ")))
	}
	if f.Help != "" {
		add("help %s", strconv.Quote(f.Help))
	}
	return strings.Join(parts, ", ")
}

// String describes the series.
func (s *nativeSeries) String() string {
	var b strings.Builder
	b.WriteString(printable(s.Name))
	if len(s.labels) > 0 {
		for i, l := range s.labels {
			b.WriteByte("{,"[min(i, 1)])
			fmt.Fprintf(&b, "%s=%s", printable(l.Name), strconv.Quote(l.Value))
		}
		b.WriteByte('}')
	}
	if values := s.values(); values != "" {
		b.WriteByte(' ')
		b.WriteString(values)
	}
	switch {
	case s.State == stateDeleted:
		fmt.Fprintf(&b, "; deleted at %s", s.Deleted)
	case s.State == stateReset:
		fmt.Fprintf(&b, "; reset at %s", s.Start)
	case s.Start != 0:
		fmt.Fprintf(&b, "; since %s", s.Start)
	}
	return b.String()
}

// values returns the values in the terms of their type.
func (s *nativeSeries) values() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case s.Whole != nil && *s.Rest != 0:
		add("%d + %s", *s.Whole, *s.Rest)
	case s.Whole != nil:
		add("%d", *s.Whole)
	case s.Value != nil:
		add("%s", *s.Value)
	}
	if s.Time != 0 {
		add("set at %s", s.Time)
	}
	if s.Count != nil {
		add("count %s", *s.Count)
	}
	for i, count := range s.Buckets {
		add("%s up to %s", count, metric.AppendValue(nil, s.family.Bounds[i]))
	}
	if s.Zero != nil {
		add("zero bucket %s", *s.Zero)
		add("NaN %s", *s.NaN)
	}
	if s.Sum != nil {
		add("sum %s", *s.Sum)
	}
	for _, state := range s.family.States {
		add("%s %t", printable(state), s.States[state])
	}
	return strings.Join(parts, ", ")
}

// String describes the chunk.
func (c *nativeChunk) String() string {
	side := "positive"
	if c.Negative {
		side = "negative"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "of %d: schema %d, %s buckets %d to %d:", c.Series, c.Schema, side, c.First, c.First+pmfile.ChunkCells-1)
	for _, count := range c.Counts {
		fmt.Fprintf(&b, " %s", count)
	}
	return b.String()
}

// String describes the exemplar.
func (x *nativeExemplar) String() string {
	head := fmt.Sprintf("of %d: slot %d, ", x.Series, x.Slot)
	if x.State != exemplarSet {
		return head + x.State
	}
	text := fmt.Sprintf("%s%s %s", head, printable(x.exemplar.Labels.String()), *x.Value)
	if x.Timestamp != "" {
		text += fmt.Sprintf(" at %s", shownTime(x.exemplar.Timestamp.Time()))
	}
	return text
}
