package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// lineReader reads a page line by line without copying lines.
type lineReader struct {
	reader     io.Reader
	buf        []byte
	start, end int // of what was read into buf and not taken
	size       int // bytes at start that the current line takes up
	limit      int
	exhausted  bool  // there is no more to read
	failed     error // of the reader

	// line is the current one, without its line feed, until the next call of
	// next; number counts from 1.
	line   []byte
	number int
	// fed says that the line ends in a line feed. Only the last may have none.
	fed bool
}

const firstBuffer = 64 << 10

func newLineReader(r io.Reader, limit int) lineReader {
	return lineReader{reader: r, buf: make([]byte, firstBuffer), limit: limit}
}

var errLongLine = errors.New("line too long")

// next moves to the next line, and reports whether there is one. The error is
// errLongLine, or that of the reader.
func (l *lineReader) next() (more bool, err error) {
	l.start += l.size
	l.size, l.line = 0, nil
	searched := 0
	for {
		rest := l.buf[l.start:l.end]
		if i := bytes.IndexByte(rest[searched:], '\n'); i >= 0 {
			i += searched
			l.take(rest[:i], i+1)
			break
		}
		if searched = len(rest); searched > l.limit {
			break
		}
		if l.failed != nil || l.exhausted && searched == 0 {
			return false, l.failed
		}
		if l.exhausted {
			l.take(rest, searched)
			break
		}
		l.fill()
	}
	l.number++
	if l.line == nil || len(l.line) > l.limit {
		return false, errLongLine
	}
	return true, nil
}

func (l *lineReader) take(line []byte, size int) {
	l.line, l.size, l.fed = line, size, size > len(line)
	if line == nil {
		l.line = []byte{}
	}
}

// fill reads more behind what is there, and makes room for it if need be.
func (l *lineReader) fill() {
	switch {
	case l.start > 0:
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	case l.end == len(l.buf):
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	const patience = 100 // reads that return nothing
	for range patience {
		n, err := l.reader.Read(l.buf[l.end:])
		l.end += n
		switch {
		case err == io.EOF:
			l.exhausted = true
			return
		case err != nil:
			l.failed = err
			return
		case n > 0:
			return
		}
	}
	l.failed = io.ErrNoProgress
}

// lineScanner reads the parts of lines. After the first error it reads nothing
// more.
type lineScanner struct {
	lineReader
	at  int // in line
	err error
}

// nextLine moves to the next line, and reports whether there is one.
func (s *lineScanner) nextLine() bool {
	if s.err != nil {
		return false
	}
	s.at = 0
	more, err := s.next()
	switch {
	case errors.Is(err, errLongLine):
		s.failAs(ErrTooLarge, s.limit, "the line is longer than %d bytes", s.limit)
	case err != nil:
		s.err = fmt.Errorf("exposition: read line %d: %w", s.number+1, err)
	case !utf8.Valid(s.line):
		s.failAt(validPrefix(s.line), "invalid UTF-8")
	}
	return more && s.err == nil
}

func validPrefix(text []byte) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

func (s *lineScanner) fail(format string, args ...any) { s.failAt(s.at, format, args...) }

// failAt reports what is wrong at a position of the current line.
func (s *lineScanner) failAt(at int, format string, args ...any) {
	s.failAs(nil, at, format, args...)
}

func (s *lineScanner) failAs(is error, at int, format string, args ...any) {
	if s.err == nil {
		s.err = &DecodeError{Line: s.number, Column: at + 1, Reason: fmt.Sprintf(format, args...), Err: is}
	}
}

// failLine reports what is wrong with an earlier line.
func (s *lineScanner) failLine(number int, err error) {
	if s.err == nil {
		s.err = &DecodeError{Line: number, Column: 1, Reason: err.Error()}
	}
}

// unexpected reports that something else should be at the current position.
func (s *lineScanner) unexpected(wanted string) {
	if s.at >= len(s.line) {
		s.fail("the line ends where %s should be", wanted)
		return
	}
	r, _ := utf8.DecodeRune(s.line[s.at:])
	s.fail("%q where %s should be", r, wanted)
}

// peek returns the next byte, or 0 at the end of the line, where no text format
// has a use for the character NUL.
func (s *lineScanner) peek() byte {
	if s.at < len(s.line) {
		return s.line[s.at]
	}
	return 0
}

// accept moves behind c if that is next.
func (s *lineScanner) accept(c byte) bool {
	if s.at < len(s.line) && s.line[s.at] == c {
		s.at++
		return true
	}
	return false
}

// expect moves behind c, which must be next.
func (s *lineScanner) expect(c byte, called string) bool {
	if s.accept(c) {
		return true
	}
	s.unexpected(called)
	return false
}

// skipBlanks moves behind blanks and tabs, and reports whether there are any.
func (s *lineScanner) skipBlanks() bool {
	start := s.at
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t') {
		s.at++
	}
	return s.at > start
}

// word returns what there is before a blank, a tab or the end of the line.
func (s *lineScanner) word() []byte {
	start := s.at
	for s.at < len(s.line) && s.line[s.at] != ' ' && s.line[s.at] != '\t' {
		s.at++
	}
	return s.line[start:s.at]
}

// The classes of bytes in names.
const (
	inLabelName uint8 = 1 << iota
	inMetricName
	firstInLabelName
	firstInMetricName
)

var nameBytes = func() (table [256]uint8) {
	for c := range table {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		switch {
		case letter:
			table[c] = inLabelName | inMetricName | firstInLabelName | firstInMetricName
		case c >= '0' && c <= '9':
			table[c] = inLabelName | inMetricName
		case c == ':':
			table[c] = inMetricName | firstInMetricName
		}
	}
	return table
}()

// legacyName returns a name without quotes, of bytes of the given classes; it is
// empty when none is there.
func (s *lineScanner) legacyName(first, other uint8) []byte {
	start, end := s.at, s.at
	if end < len(s.line) && nameBytes[s.line[end]]&first != 0 {
		for end++; end < len(s.line) && nameBytes[s.line[end]]&other != 0; end++ {
		}
	}
	s.at = end
	return s.line[start:end]
}

// inQuotes returns what stands between quotes, with its escapes. The first quote is
// next.
func (s *lineScanner) inQuotes() []byte {
	open := s.at
	start := s.at + 1
	for i := start; i < len(s.line); i++ {
		switch s.line[i] {
		case '"':
			s.at = i + 1
			return s.line[start:i]
		case '\\':
			i++
		}
	}
	s.failAt(open, "the quote is not closed")
	return nil
}
