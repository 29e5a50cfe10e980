package exposition

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// NewDecoder returns the decoder of a syntax. It fails for a syntax that does not
// exist.
func NewDecoder(r io.Reader, s Syntax, o *DecodeOptions) (Decoder, error) {
	switch s {
	case Text:
		return NewTextDecoder(r, o), nil
	case OpenMetrics:
		return NewOpenMetricsDecoder(r, o), nil
	case OpenMetrics2:
		return NewOpenMetrics2Decoder(r, o), nil
	case Protobuf:
		return NewProtobufDecoder(r, o), nil
	case JSON:
		return NewJSONDecoder(r, o), nil
	}
	return nil, fmt.Errorf("exposition: syntax %d does not exist", s)
}

// Detect tells the syntax of a page, or of the beginning of one, by what only that
// syntax has. It is for files and pipes; who gets a page by HTTP knows its content
// type. Without any sign, as in a page with nothing but gauges of which the end is
// missing, it is Text.
func Detect(page []byte) Syntax {
	switch first := bytes.TrimLeft(page, " \t\r\n"); {
	case len(first) == 0:
		return Text
	case isMessage(page):
		return Protobuf
	case isObject(first):
		return JSON
	}
	open, two := bytes.HasSuffix(bytes.TrimSuffix(page, []byte("\n")), []byte("# EOF")), false
	for line := range bytes.Lines(page) {
		signs := signsOf(bytes.TrimSuffix(line, []byte("\n")))
		open, two = open || signs.open, two || signs.two
		if two {
			return OpenMetrics2
		}
	}
	if !open {
		return Text
	}
	if namesItsCounters(page) {
		return OpenMetrics2
	}
	return OpenMetrics
}

// isMessage reports whether the page begins with a length and the first field of a
// message, the name of a family. Where the length looks like what a page of text
// may begin with, the length of the name is a character that text has not: a
// message is longer than the name in it.
func isMessage(page []byte) bool {
	i := 0
	for i < len(page) && i < 4 && page[i] >= 0x80 {
		i++
	}
	if i+2 >= len(page) || page[i+1] != 0x0A || page[i] == 0 {
		return false
	}
	if i > 0 || !strings.ContainsRune(" \t\r\n#", rune(page[0])) {
		return true
	}
	return page[2] < ' ' && !strings.ContainsRune("\t\r\n", rune(page[2]))
}

// isObject reports whether a page begins with an object of JSON: where a series of
// text may begin alike, a quoted name and no colon follow.
func isObject(page []byte) bool {
	if page[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(page[1:], " \t")
	if len(rest) == 0 || rest[0] != '"' {
		return true
	}
	s := lineScanner{lineReader: lineReader{line: rest}}
	s.inQuotes()
	s.skipBlanks()
	return s.peek() == ':'
}

// signs are what a line has that only OpenMetrics, or only OpenMetrics 2.0 has.
type signs struct{ open, two bool }

func signsOf(line []byte) (found signs) {
	switch {
	case bytes.HasPrefix(line, []byte("# UNIT ")):
		found.open = true
	case bytes.HasPrefix(line, []byte("# TYPE ")):
		switch string(line[bytes.LastIndexByte(line, ' ')+1:]) {
		case "unknown", "info", "stateset", "gaugehistogram":
			found.open = true
		}
	case len(line) > 0 && line[0] != '#':
		rest := behindLabels(line)
		found.two = bytes.Contains(rest, []byte(" st@")) || bytes.HasPrefix(rest, []byte(" {"))
		found.open = found.two || bytes.Contains(rest, []byte(" # {"))
	}
	return found
}

// behindLabels returns what stands behind the name and labels of a series.
func behindLabels(line []byte) []byte {
	end := bytes.IndexAny(line, "{ \t")
	if end < 0 {
		return nil
	}
	if line[end] != '{' {
		return line[end:]
	}
	s := lineScanner{lineReader: lineReader{line: line}, at: end}
	for s.at < len(line) && s.err == nil {
		switch line[s.at] {
		case '"':
			s.inQuotes()
		case '}':
			return line[s.at+1:]
		default:
			s.at++
		}
	}
	return nil
}

// namesItsCounters reports whether families of counters have the name of their
// samples, as in OpenMetrics 2.0, or that without _total, as in 1.0.
func namesItsCounters(page []byte) bool {
	for line := range bytes.Lines(page) {
		rest, found := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("# TYPE "))
		if !found {
			continue
		}
		if name, found := bytes.CutSuffix(rest, []byte(" counter")); found {
			return bytes.HasSuffix(name, []byte("_total")) || bytes.HasSuffix(name, []byte(`_total"`))
		}
		if name, found := bytes.CutSuffix(rest, []byte(" info")); found {
			return bytes.HasSuffix(name, []byte("_info")) || bytes.HasSuffix(name, []byte(`_info"`))
		}
	}
	return false
}
