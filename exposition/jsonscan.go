package exposition

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

// endOfLine is what a scanner sees behind the last byte of a line.
const endOfLine = -1

// jsonScanner reads the JSON values of one line after another without holding
// the line, so that nonsense is noticed where it begins. After the first error
// it reads nothing more and returns zero values.
type jsonScanner struct {
	reader *bufio.Reader
	window []byte // of the reader's buffer
	at     int    // in window
	limit  int    // bytes of a line

	line, column int // of the byte to be read next
	start        int // the column where the current token begins
	err          error

	path []jsonStep
	text []byte            // of the last string or number
	kept map[string]string // see keep
}

// newLine moves to the next line that is not blank, and reports whether there
// is one.
func (s *jsonScanner) newLine() bool {
	for {
		s.line, s.column = s.line+1, 1
		if s.peek() != endOfLine || s.err != nil {
			return s.err == nil
		}
		if s.endLine() {
			return false
		}
	}
}

// endLine reads the end of the line, before which there must be nothing more,
// and reports whether it is that of the page.
func (s *jsonScanner) endLine() bool {
	if s.peek() != endOfLine {
		s.unexpected("the end of the line")
	}
	if s.err != nil {
		return true
	}
	if s.at == len(s.window) {
		return true
	}
	s.at++
	return false
}

// next returns the next byte, without taking it, or endOfLine.
func (s *jsonScanner) next() int {
	if s.at == len(s.window) && !s.fill(1) {
		return endOfLine
	}
	if c := s.window[s.at]; c != '\n' {
		return int(c)
	}
	return endOfLine
}

// fill gets n bytes into the window if the page has as many, and reports whether
// there are any.
func (s *jsonScanner) fill(n int) bool {
	if s.err != nil {
		return false
	}
	_, _ = s.reader.Discard(s.at) // they are in its buffer
	s.at = 0
	if _, err := s.reader.Peek(n); err != nil && err != io.EOF {
		s.window, s.err = nil, fmt.Errorf("exposition: line %d: %w", s.line, err)
		return false
	}
	s.window, _ = s.reader.Peek(s.reader.Buffered())
	return len(s.window) > 0
}

// ahead returns the next n bytes, or fewer at the end of the page, without
// taking them.
func (s *jsonScanner) ahead(n int) []byte {
	if len(s.window)-s.at < n && !s.fill(n) {
		return nil
	}
	rest := s.window[s.at:]
	return rest[:min(n, len(rest))]
}

// take moves n bytes on, which are in the window.
func (s *jsonScanner) take(n int) {
	s.at += n
	if s.column += n; s.column > s.limit+1 {
		s.failAt(s.limit+1, ErrTooLarge, "the line has more than %d bytes", s.limit)
	}
}

// peek skips white space and returns the byte that a token begins with.
func (s *jsonScanner) peek() int {
	c := s.next()
	for c == ' ' || c == '\t' || c == '\r' {
		s.take(1)
		c = s.next()
	}
	s.start = s.column
	return c
}

// skip takes c if it comes next.
func (s *jsonScanner) skip(c byte) bool {
	if s.peek() != int(c) {
		return false
	}
	s.take(1)
	return s.err == nil
}

// object reads an object with some of the given fields, each at most once. It
// calls read, with its position in fields, to read the value of each, and
// returns a bit for each. The first needed ones must be there.
func (s *jsonScanner) object(needed int, fields []string, read func(field int)) (present uint) {
	s.peek()
	column := s.start
	s.members(func() {
		name := s.text
		field := slices.IndexFunc(fields, func(f string) bool { return f == string(name) })
		if field < 0 {
			s.fail("unknown field %q", name)
			return
		}
		if present&(1<<field) != 0 {
			s.fail("field %q occurs twice", name)
			return
		}
		present |= 1 << field
		s.value(fields[field], func() { read(field) })
	})
	for field := range needed {
		if present&(1<<field) == 0 {
			s.failAt(column, nil, "field %q is missing", fields[field])
		}
	}
	return present
}

// members reads an object. It calls read for each member, with its name in
// text, to read the rest of it.
func (s *jsonScanner) members(read func()) {
	if !s.open('{', "an object") || s.skip('}') {
		return
	}
	for more := true; more; more = s.more('}') {
		s.string("a field name in quotes")
		if s.err == nil {
			read()
		}
	}
}

// value reads the colon and the value behind the name of a field.
func (s *jsonScanner) value(name string, read func()) {
	if !s.skip(':') {
		s.unexpected("':'")
		return
	}
	s.path = append(s.path, jsonStep{name: name})
	read()
	s.path = s.path[:len(s.path)-1]
}

// list reads a list. It calls read for each value, with its index, to read it.
func (s *jsonScanner) list(read func(index int)) {
	if !s.open('[', "a list") || s.skip(']') {
		return
	}
	index := 0
	for more := true; more; more = s.more(']') {
		s.path = append(s.path, jsonStep{index: index})
		read(index)
		s.path = s.path[:len(s.path)-1]
		index++
	}
}

// open takes the first byte of a value of the kind called what.
func (s *jsonScanner) open(c byte, what string) bool {
	if s.skip(c) {
		return true
	}
	s.unexpected(what)
	return false
}

// more takes a comma, or the end of the object or list, and reports whether it
// was a comma.
func (s *jsonScanner) more(end byte) bool {
	if s.err != nil || s.skip(end) {
		return false
	}
	if s.skip(',') {
		return true
	}
	s.unexpected(fmt.Sprintf("',' or %q", end))
	return false
}

// keep returns the text as a string. Names recur from sample to sample, so they
// are kept instead of being made again.
func (s *jsonScanner) keep() string {
	const most = 4096
	if kept, found := s.kept[string(s.text)]; found {
		return kept
	}
	if s.kept == nil || len(s.kept) >= most {
		s.kept = make(map[string]string)
	}
	name := string(s.text)
	s.kept[name] = name
	return name
}
