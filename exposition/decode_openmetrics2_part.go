package exposition

import (
	"math"
	"strconv"
)

// The parts of composite values, in which there are no blanks.

// isNext reports whether text is next.
func (s *lineScanner) isNext(text string) bool {
	return len(s.line)-s.at >= len(text) && string(s.line[s.at:s.at+len(text)]) == text
}

// isField reports whether the field with the name is next, behind a comma.
func (s *lineScanner) isField(name string) bool {
	end := s.at + len(",") + len(name)
	return end < len(s.line) && s.line[s.at] == ',' && string(s.line[s.at+1:end]) == name && s.line[end] == ':'
}

// field reads the name of a field, with what stands before it and the colon.
func (s *lineScanner) field(before byte, name string) {
	if !s.accept(before) || !s.isNext(name) {
		s.unexpected("the field " + name)
		return
	}
	s.at += len(name)
	s.expect(':', "a colon")
}

// more reports whether a list, of which so many items were read, has another one.
func (s *lineScanner) more(items int) bool {
	switch {
	case s.err != nil || s.accept(']'):
		return false
	case items == 0:
		return true
	}
	return s.expect(',', "a comma or the closing bracket")
}

// token returns what there is before the next separator, or a blank.
func (s *lineScanner) token() []byte {
	start := s.at
	for ; s.at < len(s.line); s.at++ {
		switch s.line[s.at] {
		case ',', ':', ']', '}', ' ', '\t':
			return s.line[start:s.at]
		}
	}
	return s.line[start:s.at]
}

// amount reads a number.
func (s *lineScanner) amount(called string) float64 {
	start := s.at
	token := s.token()
	if len(token) == 0 {
		s.unexpected(called)
		return 0
	}
	v, err := parseNumber(token)
	if err != nil {
		s.failAt(start, "%s %q is %s", called, token, err)
	}
	return v
}

// finite reads a number that is neither infinite nor NaN.
func (s *lineScanner) finite(called string) float64 {
	start := s.at
	v := s.amount(called)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.failAt(start, "%s %q is not a finite number", called, s.line[start:s.at])
	}
	return v
}

// whole reads a whole number within limits, without fraction or exponent. Where it
// cannot be negative, it has no minus sign.
func (s *lineScanner) whole(called string, lowest, highest int64) int64 {
	start := s.at
	token := s.token()
	if len(token) == 0 {
		s.unexpected(called)
		return 0
	}
	n, err := strconv.ParseInt(string(token), 10, 64)
	if err != nil || n < lowest || n > highest || lowest == 0 && token[0] == '-' {
		s.failAt(start, "%s %q is not a whole number from %d to %d", called, token, lowest, highest)
	}
	return n
}
