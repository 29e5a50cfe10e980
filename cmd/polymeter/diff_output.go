package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeDifferences shows differences to people, a line each, and how many there
// are.
func writeDifferences(w io.Writer, found []difference) error {
	if len(found) == 0 {
		return nil
	}
	out := bufio.NewWriter(w)
	count := map[differenceKind]int{}
	for i := range found {
		d := &found[i]
		count[d.kind]++
		fmt.Fprintln(out, printable(d.text()))
	}
	var parts []string
	for _, kind := range []differenceKind{
		familyAdded, familyRemoved, typeChanged, helpChanged, unitChanged, seriesAdded, seriesRemoved, valueChanged,
	} {
		if n := count[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d × %s", n, strings.ReplaceAll(string(kind), "-", " ")))
		}
	}
	fmt.Fprintln(out, strings.Join(parts, ", "))
	return out.Flush()
}

// text is a difference in one line, which begins as those of diff do.
func (d *difference) text() string {
	switch d.kind {
	case familyAdded:
		return fmt.Sprintf("+ family %s: %s, %d series", d.family, d.new, d.count)
	case familyRemoved:
		return fmt.Sprintf("- family %s: %s, %d series", d.family, d.old, d.count)
	case typeChanged:
		return fmt.Sprintf("~ family %s: type %s → %s", d.family, d.old, d.new)
	case helpChanged:
		return fmt.Sprintf("~ family %s: help %q → %q", d.family, d.old, d.new)
	case unitChanged:
		return fmt.Sprintf("~ family %s: unit %q → %q", d.family, d.old, d.new)
	case seriesAdded:
		return fmt.Sprintf("+ %s %s", d.is.series(), d.is.shown())
	case seriesRemoved:
		return fmt.Sprintf("- %s %s", d.was.series(), d.was.shown())
	}
	text := fmt.Sprintf("~ %s %s → %s", d.is.series(), d.was.shown(), d.is.shown())
	if d.delta {
		delta := jsonNumber(d.is.value - d.was.value).String()
		if !strings.HasPrefix(delta, "-") && !strings.HasPrefix(delta, "+") {
			delta = "+" + delta
		}
		text += " (" + delta + ")"
	}
	return text
}

func (l *familyLine) series() string {
	series := shownSeries(l.key.name, l.key.labels)
	if l.bucket != "" {
		series += " native bucket " + l.bucket
	}
	return series
}

func (l *familyLine) shown() string {
	if l.native != nil {
		return "native buckets (" + l.native.String() + ")"
	}
	return jsonNumber(l.value).String()
}

// jsonDifference is a difference in JSON. Of families old and new are texts, of
// series numbers.
type jsonDifference struct {
	Change      differenceKind    `json:"change"`
	Family      string            `json:"family"`
	Name        string            `json:"name,omitempty"` // of the series
	Labels      map[string]string `json:"labels,omitempty"`
	Bucket      string            `json:"bucket,omitempty"` // a native one
	Old         any               `json:"old,omitempty"`
	New         any               `json:"new,omitempty"`
	Delta       *jsonNumber       `json:"delta,omitempty"`
	SeriesCount int               `json:"series_count,omitempty"` // of a family
}

// writeDifferencesJSON writes an object a line for each difference.
func writeDifferencesJSON(w io.Writer, found []difference) error {
	out := bufio.NewWriter(w)
	for i := range found {
		if err := writeObject(out, found[i].json()); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (d *difference) json() *jsonDifference {
	j := &jsonDifference{Change: d.kind, Family: d.family, SeriesCount: d.count}
	line := d.is
	if line == nil {
		line = d.was
	}
	if line == nil {
		j.Old, j.New = textOrNothing(d.old, d.kind != familyAdded), textOrNothing(d.new, d.kind != familyRemoved)
		return j
	}
	j.Name = line.key.name
	if !line.key.labels.IsZero() {
		j.Labels = line.key.labels.Map()
	}
	j.Bucket = line.bucket
	if d.was != nil {
		j.Old = d.was.json()
	}
	if d.is != nil {
		j.New = d.is.json()
	}
	if d.delta {
		j.Delta = toNumber(d.is.value - d.was.value)
	}
	return j
}

// textOrNothing returns a text that may be empty, or nothing at all.
func textOrNothing(text string, there bool) any {
	if !there {
		return nil
	}
	return text
}

// json returns the value of a line, or a text that describes native buckets.
func (l *familyLine) json() any {
	if l.native != nil {
		return l.native.String()
	}
	return jsonNumber(l.value)
}
