package exposition

import (
	"bytes"
	"errors"
	"math"
	"strconv"

	"polymeter.dev/metric"
)

var (
	errNoNumber = errors.New("not a number")
	errTooBig   = errors.New("beyond the range of float64")
)

// parseNumber reads a number as all text formats write it: decimal, with a
// fraction and an exponent if need be, or the infinite ones and NaN in any case.
// Unlike Go, they have neither hexadecimal numbers nor underscores. A NaN has no
// sign.
func parseNumber(text []byte) (float64, error) {
	if n, ok := parseShort(text); ok {
		return float64(n), nil
	}
	digits := text
	if len(digits) > 0 && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, errNoNumber
	}
	switch digits[0] | 0x20 {
	case 'i':
		return parseInfinite(text, digits)
	case 'n':
		if len(digits) == len(text) && equalFold(digits, "nan") {
			return math.NaN(), nil
		}
		return 0, errNoNumber
	}
	for _, c := range digits {
		if (c < '0' || c > '9') && c != '.' && c|0x20 != 'e' && c != '+' && c != '-' {
			return 0, errNoNumber
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, errTooBig
	}
	if err != nil {
		return 0, errNoNumber
	}
	return v, nil
}

// parseShort reads a whole number of so few digits that it is exact.
func parseShort(text []byte) (n int64, ok bool) {
	if len(text) == 0 || len(text) > 15 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func parseInfinite(text, digits []byte) (float64, error) {
	if !equalFold(digits, "inf") && !equalFold(digits, "infinity") {
		return 0, errNoNumber
	}
	if text[0] == '-' {
		return math.Inf(-1), nil
	}
	return math.Inf(1), nil
}

// equalFold reports whether text is word, which has small letters only, in any
// case.
func equalFold(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

// value reads a word that is a number.
func (s *lineScanner) value(called string) float64 {
	start := s.at
	word := s.word()
	if len(word) == 0 {
		s.unexpected(called)
		return 0
	}
	v, err := parseNumber(word)
	if err != nil {
		s.failAt(start, "%s %q is %s", called, word, err)
	}
	return v
}

// millis reads a word that is a timestamp in milliseconds.
func (s *lineScanner) millis() metric.Timestamp {
	start := s.at
	word := s.word()
	ms, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil {
		s.failAt(start, "timestamp %q is not a whole number of milliseconds", word)
	}
	return metric.TimestampMilli(ms)
}

// seconds reads a word that is a timestamp in seconds.
func (s *lineScanner) seconds(called string) metric.Timestamp {
	start := s.at
	word := s.word()
	if t, ok := parseDecimal(word); ok {
		return t
	}
	v, err := parseNumber(word)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		s.failAt(start, "%s %q is not a finite number of seconds", called, word)
		return metric.Timestamp{}
	}
	t, err := metric.ParseTimestamp(string(word))
	if err != nil {
		s.failAt(start, "%s", withoutPrefix(err))
	}
	return t
}

// parseDecimal reads seconds without a sign or an exponent, which most are. Digits
// beyond nanoseconds are cut off.
func parseDecimal(text []byte) (t metric.Timestamp, ok bool) {
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	sec, ok := parseShort(whole)
	if !ok {
		return metric.Timestamp{}, false
	}
	nsec, unit := int64(0), int64(100_000_000)
	for _, c := range fraction {
		if c < '0' || c > '9' {
			return metric.Timestamp{}, false
		}
		nsec += int64(c-'0') * unit
		unit /= 10
	}
	return metric.NewTimestamp(sec, nsec), true
}
