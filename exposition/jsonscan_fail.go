package exposition

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonStep is a step into an object, by the name of a field, or into a list, by
// index.
type jsonStep struct {
	name  string
	index int
}

// fail makes an error about the current token.
func (s *jsonScanner) fail(format string, args ...any) {
	s.failAt(s.start, nil, format, args...)
}

// failAt makes an error about what begins at the column, unless there is one.
func (s *jsonScanner) failAt(column int, err error, format string, args ...any) {
	if s.err != nil {
		return
	}
	s.window, s.at = nil, 0
	s.err = &DecodeError{
		Line:   s.line,
		Column: column,
		Field:  s.field(),
		Reason: fmt.Sprintf(format, args...),
		Err:    err,
	}
}

// field renders the path to the current value, such as samples[2].value.
func (s *jsonScanner) field() string {
	var b strings.Builder
	for _, step := range s.path {
		switch {
		case step.name == "":
			b.WriteString("[" + strconv.Itoa(step.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + step.name)
		default:
			b.WriteString(step.name)
		}
	}
	return b.String()
}

// unexpected makes an error about the next token, which is not what was wanted.
func (s *jsonScanner) unexpected(wanted string) {
	c := s.peek()
	if c != endOfLine {
		s.fail("%s instead of %s", s.describe(c), wanted)
		return
	}
	if len(s.ahead(1)) == 0 {
		s.failAt(s.start, io.ErrUnexpectedEOF, "the page ends where %s should be", wanted)
		return
	}
	s.fail("the line ends where %s should be", wanted)
}

// describe says what begins with the byte c, which was not taken yet.
func (s *jsonScanner) describe(c int) string {
	switch {
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	}
	for _, word := range []string{"null", "true", "false", "NaN", "Infinity"} {
		if string(s.ahead(len(word))) == word {
			return word
		}
	}
	r, size := utf8.DecodeRune(s.ahead(utf8.UTFMax))
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("the byte 0x%02x", c)
	}
	return strconv.QuoteRune(r)
}
