package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// text writes a table for people.
func (r *ranking) text(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s, %d series, %d bytes of text\n", r.name, families(r.families), r.series, r.bytes)
	if r.by == "labels" {
		r.labelTable(&b)
	} else {
		r.familyTable(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (r *ranking) familyTable(b *bytes.Buffer) {
	if len(r.largest) == 0 {
		return
	}
	fmt.Fprintf(b, "%10s %6s %12s %6s  %-14s  %s\n", "SERIES", "", "BYTES", "", "TYPE", "FAMILY")
	for i := range r.largest {
		m := &r.largest[i]
		size, part := strconv.Itoa(m.Bytes), percent(m.Bytes, r.bytes)
		if m.Bytes == 0 {
			size, part = "-", "" // the text format cannot say it
		}
		fmt.Fprintf(b, "%10d %6s %12s %6s  %-14s  %s\n", m.Series, percent(m.Series, r.series), size, part, m.Type, printable(m.Family))
	}
	if r.unsized > 0 {
		fmt.Fprintf(b, "%s not in the bytes, since the text format cannot say it\n", families(r.unsized))
	}
}

// percent is a part in percent.
func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

func (r *ranking) labelTable(b *bytes.Buffer) {
	top := r.labels.top(r.n)
	if len(top) == 0 {
		return
	}
	fmt.Fprintf(b, "%10s  %10s  %8s  %s\n", "VALUES", "SERIES", "FAMILIES", "LABEL")
	for _, l := range top {
		values := strconv.Itoa(len(l.values))
		if l.more {
			values = "≥" + values
		}
		fmt.Fprintf(b, "%10s  %10d  %8d  %s\n", values, l.series, l.families, printable(l.name))
	}
	if r.labels.missed {
		fmt.Fprintf(b, "there are more than %d label names; only the first were counted\n", maxLabelNames)
	}
}

// jsonLabel is what is known of a label, in JSON.
type jsonLabel struct {
	Label  string `json:"label"`
	Values int    `json:"values"`
	// AtLeast says that there are more values than were counted.
	AtLeast  bool `json:"at_least,omitempty"`
	Series   int  `json:"series"`
	Families int  `json:"families"`
}

func (r *ranking) json() any {
	var top any = append([]familyMeasure{}, r.largest...)
	if r.by == "labels" {
		labels := []jsonLabel{}
		for _, l := range r.labels.top(r.n) {
			labels = append(labels, jsonLabel{l.name, len(l.values), l.more, l.series, l.families})
		}
		top = labels
	}
	return struct {
		Page     string `json:"page"`
		Families int    `json:"families"`
		Series   int    `json:"series"`
		Bytes    int    `json:"bytes"`
		By       string `json:"by"`
		Top      any    `json:"top"`
	}{r.name, r.families, r.series, r.bytes, r.by, top}
}
