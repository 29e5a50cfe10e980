package pyfile

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// Label is a label of a key.
type Label struct{ Name, Value string }

// AppendKey appends the key of an entry, byte for byte as Python's json module
// writes it with sorted keys: the Python client knows a series by this text.
// Invalid UTF-8 becomes the replacement character. The labels, whose names must
// differ, are sorted in place.
func AppendKey(dst []byte, family, sample string, labels []Label, help string) []byte {
	// The order of UTF-8 bytes is that of code points, which is Python's.
	slices.SortFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	dst = append(dst, '[')
	dst = append(appendString(dst, family), ", "...)
	dst = append(appendString(dst, sample), ", {"...)
	for i, l := range labels {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendString(dst, l.Name), ": "...)
		dst = appendString(dst, l.Value)
	}
	dst = append(dst, "}, "...)
	return append(appendString(dst, help), ']')
}

// appendString appends s as a JSON string in ASCII.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0
	for i, r := range s {
		if r >= ' ' && r <= '~' && r != '"' && r != '\\' {
			continue
		}
		dst = append(dst, s[plain:i]...)
		dst = appendEscaped(dst, r)
		_, size := utf8.DecodeRuneInString(s[i:])
		plain = i + size
	}
	return append(append(dst, s[plain:]...), '"')
}

func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r > 0xFFFF {
		r -= 0x10000
		return appendUnit(appendUnit(dst, 0xD800+r>>10), 0xDC00+r&0x3FF)
	}
	return appendUnit(dst, r)
}

// appendUnit appends the escape of one UTF-16 code unit.
func appendUnit(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

// Bound returns the le label of a bucket as the Python client writes it. That
// differs from the canonical form for negative numbers alone, which Python
// writes without an exponent up to sixteen digits.
func Bound(bound float64) string {
	if bound >= 0 || bound <= -1e16 || bound > -1e6 || math.IsNaN(bound) {
		return metric.FormatFloat(bound)
	}
	text := strconv.FormatFloat(bound, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
