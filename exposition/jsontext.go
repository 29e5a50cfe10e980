package exposition

import (
	"math"

	"polymeter.dev/metric"
)

// appendJSONNumber appends v, or a string for what JSON has no number for.
func appendJSONNumber(dst []byte, v float64) []byte {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		return metric.AppendValue(dst, v)
	}
	dst = append(dst, '"')
	dst = metric.AppendValue(dst, v)
	return append(dst, '"')
}

// appendJSONTime appends decimal seconds, with all nine digits of the fraction,
// in quotes.
func appendJSONTime(dst []byte, t metric.Timestamp) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = appendSeconds(dst, t)
	point := len(dst)
	for i := start; i < len(dst); i++ {
		if dst[i] == '.' {
			point = i
		}
	}
	if point == len(dst) {
		dst = append(dst, '.')
	}
	for len(dst) < point+len(".000000000") {
		dst = append(dst, '0')
	}
	return append(dst, '"')
}

// appendJSONLabels appends label text as the members of an object. Its escapes
// are those of JSON too.
func appendJSONLabels(dst []byte, text string) []byte {
	scanner := labelScanner{text: text}
	for l, ok := scanner.next(); ok; l, ok = scanner.next() {
		if l.start > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendControls(append(dst, '"'), l.name), `":"`...)
		dst = append(appendControls(dst, l.value), '"')
	}
	return dst
}

// appendJSONString appends valid UTF-8 in quotes.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	copied := 0
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			dst = append(append(dst, s[copied:i]...), '\\', c)
			copied = i + 1
		} else if c < 0x20 {
			dst = appendControl(append(dst, s[copied:i]...), c)
			copied = i + 1
		}
	}
	return append(append(dst, s[copied:]...), '"')
}

// appendControls appends text in which quotes, backslashes and line feeds are
// escaped already.
func appendControls(dst []byte, s string) []byte {
	copied := 0
	for i := range len(s) {
		if s[i] < 0x20 {
			dst = appendControl(append(dst, s[copied:i]...), s[i])
			copied = i + 1
		}
	}
	return append(dst, s[copied:]...)
}

// appendControl appends an escaped control character.
func appendControl(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	if c == '\n' {
		return append(dst, '\\', 'n')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
