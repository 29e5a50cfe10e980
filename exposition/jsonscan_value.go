package exposition

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string into text. What says what it is.
func (s *jsonScanner) string(what string) {
	s.text = s.text[:0]
	if !s.open('"', what) {
		return
	}
	for s.err == nil {
		s.plain()
		switch c := s.next(); {
		case c == endOfLine:
			s.unexpected("the end of a string")
		case c == '"':
			if s.take(1); !utf8.Valid(s.text) {
				s.fail("the string is not valid UTF-8")
			}
			return
		case c == '\\':
			s.take(1)
			s.escape()
		case c < 0x20:
			s.failAt(s.column, nil, "the control character 0x%02x in a string is not escaped", c)
		}
	}
}

// plain reads into text what is in the window of a string, up to a byte that
// means something else than itself.
func (s *jsonScanner) plain() {
	if s.at == len(s.window) && !s.fill(1) {
		return
	}
	rest := s.window[s.at:]
	n := 0
	for n < len(rest) && rest[n] != '"' && rest[n] != '\\' && rest[n] >= 0x20 {
		n++
	}
	s.text = append(s.text, rest[:n]...)
	s.take(n)
}

// escape reads the rest of an escape into text.
func (s *jsonScanner) escape() {
	column, c := s.column-1, s.next()
	if c == endOfLine {
		s.unexpected("an escaped character")
		return
	}
	s.take(1)
	switch c {
	case '"', '\\', '/':
		s.text = append(s.text, byte(c))
	case 'b':
		s.text = append(s.text, '\b')
	case 'f':
		s.text = append(s.text, '\f')
	case 'n':
		s.text = append(s.text, '\n')
	case 'r':
		s.text = append(s.text, '\r')
	case 't':
		s.text = append(s.text, '\t')
	case 'u':
		s.text = utf8.AppendRune(s.text, s.unicode(column))
	default:
		s.failAt(column, nil, "unknown escape \\%c", c)
	}
}

// unicode reads what follows \u, and the other half of a surrogate pair.
func (s *jsonScanner) unicode(column int) rune {
	r := s.codeUnit(column)
	if !utf16.IsSurrogate(r) || s.err != nil {
		return r
	}
	pair := rune(utf8.RuneError)
	if string(s.ahead(2)) == `\u` {
		s.take(2)
		pair = utf16.DecodeRune(r, s.codeUnit(column))
	}
	if pair == utf8.RuneError {
		s.failAt(column, nil, "the escape \\u%04x is half of a character", r)
	}
	return pair
}

// codeUnit reads four hexadecimal digits.
func (s *jsonScanner) codeUnit(column int) rune {
	var digits [4]byte
	for i := range digits {
		c := s.next()
		if c == endOfLine {
			s.unexpected("a hexadecimal digit")
			return 0
		}
		digits[i] = byte(c)
		s.take(1)
	}
	unit, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		s.failAt(column, nil, "the escape \\u has no four hexadecimal digits")
	}
	return rune(unit)
}

// number reads a number into text, in the grammar of JSON.
func (s *jsonScanner) number(what string) {
	s.text = s.text[:0]
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		s.unexpected(what)
		return
	}
	for isNumberByte(c) && s.err == nil {
		s.text = append(s.text, byte(c))
		s.take(1)
		c = s.next()
	}
	if !isJSONNumber(s.text) {
		s.fail("%q is not a number of JSON", s.shown())
	}
}

// shown is the text, cut short for messages.
func (s *jsonScanner) shown() []byte { return s.text[:min(len(s.text), 64)] }

func isNumberByte(c int) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// isJSONNumber reports whether text is a number as RFC 8259, section 6, has it.
func isJSONNumber(text []byte) bool {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	whole := digits(text)
	if whole == 0 || whole > 1 && text[0] == '0' {
		return false
	}
	if text = text[whole:]; len(text) > 0 && text[0] == '.' {
		fraction := digits(text[1:])
		if fraction == 0 {
			return false
		}
		text = text[1+fraction:]
	}
	if len(text) == 0 {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	if text = text[1:]; len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	return len(text) > 0 && digits(text) == len(text)
}

// digits returns how many digits the text begins with.
func digits(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}

// float reads a number, or a string for one that JSON lacks. The number as it
// was written is in text.
func (s *jsonScanner) float() float64 {
	if s.peek() == '"' {
		return s.special()
	}
	s.number("a number")
	if s.err != nil {
		return 0
	}
	f, err := strconv.ParseFloat(string(s.text), 64)
	if err != nil {
		s.fail("%s is out of the range of a float64", s.shown())
	}
	return f
}

func (s *jsonScanner) special() float64 {
	s.string("a number")
	switch string(s.text) {
	case "NaN":
		return math.NaN()
	case "+Inf":
		return math.Inf(1)
	case "-Inf":
		return math.Inf(-1)
	}
	s.fail(`%q is not a number: only "NaN", "+Inf" and "-Inf" are strings`, s.shown())
	return 0
}

// integer reads a whole number between least and most.
func (s *jsonScanner) integer(least, most int64) int64 {
	s.number("a whole number")
	if s.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(s.text), 10, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		s.fail("%s is not a whole number", s.shown())
	case err != nil || n < least || n > most:
		s.fail("%s is not between %d and %d", s.shown(), least, most)
	}
	return n
}
