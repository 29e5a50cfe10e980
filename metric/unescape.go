package metric

import (
	"strings"
	"unicode/utf8"
)

// maxHexDigits is how many digits the largest code point, U+10FFFF, has.
const maxHexDigits = 6

// UnescapeMetricName returns the name that [Escaping.EscapeMetricName] showed
// as escaped, as far as the scheme can tell. Values finds it exactly; what it
// cannot have written is returned unchanged. Dots guesses: names that
// contained "_dot_" or illegal characters other than dots come out different.
// Underscores and AllowUTF8 return the name unchanged.
func (e Escaping) UnescapeMetricName(escaped string) string { return e.unescape(escaped) }

// UnescapeLabelName is [Escaping.UnescapeMetricName] for label names.
func (e Escaping) UnescapeLabelName(escaped string) string { return e.unescape(escaped) }

func (e Escaping) unescape(escaped string) string {
	switch e {
	case Dots:
		return strings.ReplaceAll(strings.ReplaceAll(escaped, "_dot_", "."), "__", "_")
	case Values:
		return unescapeValues(escaped)
	}
	return escaped
}

func unescapeValues(escaped string) string {
	rest, marked := strings.CutPrefix(escaped, valuesPrefix)
	if !marked {
		return escaped
	}
	var stack [128]byte
	dst := stack[:0]
	for {
		plain, code, found := strings.Cut(rest, "_")
		dst = append(dst, plain...)
		if !found {
			return string(dst)
		}
		// The underscore opens a code point, which another one closes; with
		// nothing between them they are an escaped underscore.
		digits, after, closed := strings.Cut(code, "_")
		if !closed {
			return escaped
		}
		rest = after
		if digits == "" {
			dst = append(dst, '_')
			continue
		}
		r, ok := parseCodePoint(digits)
		if !ok {
			return escaped
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// parseCodePoint reads the hexadecimal digits, in either case, of a Unicode
// code point that is not a surrogate.
func parseCodePoint(digits string) (rune, bool) {
	if len(digits) > maxHexDigits {
		return 0, false
	}
	var r rune
	for i := range len(digits) {
		switch c := digits[i]; {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, utf8.ValidRune(r)
}
