package exposition

import (
	"strings"

	"polymeter.dev/metric"
)

// label is one label as it stands in canonical label text, still escaped.
type label struct {
	// name is without quotes; escaped only if it was quoted.
	name string
	// value is what stands between the quotes.
	value string
	// start and end are where in the text the label is, with no comma.
	start, end int
}

// labelScanner walks over label text without allocating. Text is what
// [metric.Labels.Text] returns, or that with names escaped.
type labelScanner struct {
	text string
	at   int
}

// next returns the next label, and false at the end.
func (s *labelScanner) next() (l label, ok bool) {
	if s.at >= len(s.text) {
		return label{}, false
	}
	l.start = s.at
	if s.text[s.at] == '"' {
		l.name = s.quoted()
	} else {
		length := strings.IndexByte(s.text[s.at:], '=')
		l.name = s.text[s.at : s.at+length]
		s.at += length
	}
	s.at++ // '='
	l.value = s.quoted()
	l.end = s.at
	s.at++ // ','
	return l, true
}

// quoted returns what stands in the quotes at the current position and moves
// behind them.
func (s *labelScanner) quoted() string {
	start := s.at + 1
	end := start
	for {
		end += strings.IndexByte(s.text[end:], '"')
		backslashes := 0
		for s.text[end-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			break
		}
		end++
	}
	s.at = end + 1
	return s.text[start:end]
}

// cutLabel takes the label with the given name out of label text. The rest is a
// substring of the text when the label is the last one, as le and quantile are.
func cutLabel(text, name string) (value, rest string, found bool) {
	scanner := labelScanner{text: text}
	for {
		l, ok := scanner.next()
		if !ok {
			return "", text, false
		}
		if l.name != name {
			continue
		}
		switch {
		case l.end == len(text):
			return l.value, text[:max(l.start-1, 0)], true
		case l.start == 0:
			return l.value, text[l.end+1:], true
		default:
			return l.value, text[:l.start] + text[l.end+1:], true
		}
	}
}

// labelRunes returns how many code points the names and values have together.
func labelRunes(text string) int {
	runes := 0
	scanner := labelScanner{text: text}
	for l, ok := scanner.next(); ok; l, ok = scanner.next() {
		runes += unescapedRunes(l.name) + unescapedRunes(l.value)
	}
	return runes
}

func unescapedRunes(s string) int {
	runes := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++ // one code point with what it escapes
			runes++
		case s[i]&0xC0 != 0x80: // not in the middle of one
			runes++
		}
	}
	return runes
}

// appendUnescaped appends a part of label text without its escapes.
func appendUnescaped(dst []byte, s string) []byte {
	if strings.IndexByte(s, '\\') < 0 {
		return append(dst, s...)
	}
	return metric.AppendUnescaped(dst, s)
}
