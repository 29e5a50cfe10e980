package exposition

import "strings"

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
