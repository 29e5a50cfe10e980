package main

import (
	"bytes"
	"encoding/json"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// lineFinder remembers on which lines of a page the families begin, while the page
// passes by. What it does not know, such as the lines of a page of protobuf, which
// has none, is line 0.
type lineFinder struct {
	nameOf func(line []byte) (name []byte, quoted bool)
	lines  map[string]int
	number int
	cut    []byte // the beginning of a line of which the rest is yet to come
	last   []byte // the name on the line before, as it was written
}

const (
	// maxFound bounds the names that are remembered.
	maxFound = 1 << 16
	// maxCut is within how much of a line its name has to end.
	maxCut = 4 << 10
)

func newLineFinder(syntax exposition.Syntax) *lineFinder {
	f := &lineFinder{lines: map[string]int{}, nameOf: nameOnLine}
	switch syntax {
	case exposition.Protobuf:
		f.nameOf = nil
	case exposition.JSON:
		f.nameOf = nameInObject
	}
	return f
}

// Write implements [io.Writer]. It never fails.
func (f *lineFinder) Write(p []byte) (int, error) {
	if f.nameOf == nil {
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		rest = after
		if whole && len(f.cut) == 0 {
			f.note(line)
			continue
		}
		f.cut = append(f.cut, line[:min(len(line), maxCut-len(f.cut))]...)
		if whole {
			f.note(f.cut)
			f.cut = f.cut[:0]
		}
	}
	return len(p), nil
}

// note remembers the name on a line, if it is the first of that name.
func (f *lineFinder) note(line []byte) {
	f.number++
	name, quoted := f.nameOf(line)
	if len(name) == 0 || bytes.Equal(name, f.last) || len(f.lines) == maxFound {
		return
	}
	f.last = append(f.last[:0], name...)
	if quoted {
		name = metric.AppendUnescaped(nil, string(name))
	}
	if f.lines[string(name)] == 0 {
		f.lines[string(name)] = f.number
	}
}

// line returns the line on which a family begins, or the first one that has the
// name that the family is shown with.
func (f *lineFinder) line(family string) int {
	if n := f.lines[family]; n > 0 {
		return n
	}
	for _, t := range []metric.Type{metric.TypeCounter, metric.TypeInfo} {
		if n := f.lines[metric.StripSuffix(t, family)]; n > 0 {
			return n
		}
	}
	return 0
}

// nameOnLine returns the name of the family or sample that a line of text is
// about. Such a name may stand in quotes.
func nameOnLine(line []byte) (name []byte, quoted bool) {
	line = bytes.TrimLeft(line, " \t")
	if rest, comment := bytes.CutPrefix(line, []byte("#")); comment {
		rest = bytes.TrimLeft(rest, " \t")
		end := bytes.IndexAny(rest, " \t")
		if end < 0 {
			return nil, false
		}
		switch string(rest[:end]) {
		case "HELP", "TYPE", "UNIT":
			line = bytes.TrimLeft(rest[end:], " \t")
		default:
			return nil, false
		}
	}
	if inBraces := bytes.TrimLeft(bytes.TrimPrefix(line, []byte("{")), " \t"); len(inBraces) > 0 && inBraces[0] == '"' {
		return untilQuote(inBraces[1:]), true
	}
	end := bytes.IndexAny(line, "{ \t")
	if end < 0 {
		end = len(line)
	}
	return line[:end], false
}

// untilQuote returns what stands before the next quote without a backslash.
func untilQuote(text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i]
		}
	}
	return nil
}

// nameInObject returns the name of the family of a line of JSON that begins with
// it, as all do that were written by Polymeter.
func nameInObject(line []byte) (name []byte, quoted bool) {
	rest, found := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(`{"name":"`))
	if !found {
		return nil, false
	}
	written := untilQuote(rest)
	if bytes.IndexByte(written, '\\') < 0 {
		return written, false
	}
	var text string
	if err := json.Unmarshal([]byte(`"`+string(written)+`"`), &text); err != nil {
		return nil, false
	}
	return []byte(text), false
}
