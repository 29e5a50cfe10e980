package exposition

import (
	"bytes"
	"strings"

	"polymeter.dev/metric"
)

// metadata reads a line of metadata of OpenMetrics up to its text; there are no
// other comments. If there is no family yet, begin makes the name of the line that
// of one. The line is to be read again when it is of another family than the lines
// before.
func (f *familyReader) metadata(begin func()) (kind int, other bool) {
	kind, found := f.metadataKind()
	if !found {
		f.fail("a line that begins with # and is not one of TYPE, HELP, UNIT or EOF")
		return 0, false
	}
	f.at = len("# TYPE ")
	f.metadataName()
	if f.err != nil || !f.expect(' ', "a blank") {
		return 0, false
	}
	if !f.isCurrent() {
		if f.family != nil {
			return 0, true
		}
		begin()
	}
	switch {
	case f.has[kind]:
		f.failAt(0, "a second %s line for %q", metadataNames[kind], f.base)
	case f.samples > 0:
		f.failAt(0, "the %s line of %q comes after its samples", metadataNames[kind], f.base)
	}
	f.has[kind] = true
	return kind, false
}

func (f *familyReader) metadataKind() (kind int, found bool) {
	for kind, name := range metadataNames {
		if strings.HasPrefix(string(f.line), "# ") && strings.HasPrefix(string(f.line[2:]), name+" ") {
			return kind, true
		}
	}
	return 0, false
}

// helpText reads the text of a HELP line of OpenMetrics, in which quotes are escaped.
// The grammar has it that a carriage return is a character like others, but it must
// not be part of the end of a line.
func (f *familyReader) helpText() string {
	rest := f.line[f.at:]
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			if i++; i == len(rest) {
				f.failAt(f.at+i-1, "a backslash at the end of a help text is not escaped")
			}
		case '"':
			f.failAt(f.at+i, "a quote in a help text is not escaped")
		}
	}
	if bytes.HasSuffix(rest, []byte("\r")) {
		f.failAt(len(f.line)-1, "a carriage return at the end of the line")
	}
	return string(metric.AppendUnescaped(nil, string(rest)))
}

// unitText reads the text of a UNIT line.
func (f *familyReader) unitText() string {
	start := f.at
	for f.at < len(f.line) && nameBytes[f.line[f.at]]&inMetricName != 0 {
		f.at++
	}
	if f.at < len(f.line) {
		f.unexpected("a character of a unit")
		return ""
	}
	return string(f.line[start:])
}
