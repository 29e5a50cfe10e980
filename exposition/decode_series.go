package exposition

import (
	"polymeter.dev/metric"
)

// seriesReader reads the names and labels of series.
type seriesReader struct {
	lineScanner
	set       metric.LabelText
	maxLabels int
	// blanks says that blanks, and a comma behind the last pair, may stand
	// between the braces.
	blanks bool
	// reserved says that label names must not begin with an underscore.
	reserved bool
	// spaced says that there were blanks between the last braces.
	spaced  bool
	name    []byte // of the series, until the next line
	escaped bool   // whether it stood in quotes
}

// series reads a name with or without labels, or braces that begin with a quoted
// name.
func (r *seriesReader) series() metric.Labels {
	start := r.at
	r.name, r.escaped = r.legacyName(firstInMetricName, inMetricName), false
	if r.blanks {
		r.skipBlanks()
	}
	if r.peek() != '{' {
		if len(r.name) == 0 {
			r.unexpected("the name of a metric")
		}
		return metric.Labels{}
	}
	labels := r.braces(len(r.name) == 0)
	if len(r.name) == 0 && r.err == nil {
		r.failAt(start, "the series has no name")
	}
	return labels
}

// braces reads labels, and a quoted name before them if there may be one.
func (r *seriesReader) braces(named bool) metric.Labels {
	open := r.at
	r.at++
	r.spaced = false
	if labels, length, ok := r.set.Repeat(r.line[r.at:]); ok {
		r.at += length + 1
		return labels
	}
	r.set.Begin()
	first, plain := r.at, true
	for count := 0; r.err == nil; count++ {
		r.blank()
		if r.accept('}') {
			if count > 0 && !r.blanks {
				r.failAt(r.at-1, "a comma before the closing brace")
			}
			plain = plain && count == 0
			break
		}
		if r.pair(named && count == 0) {
			plain = false
		}
		r.blank()
		if count == r.maxLabels {
			r.failAs(ErrTooLarge, open, "the series has more than %d labels", r.maxLabels)
		}
		if !r.accept(',') {
			r.expect('}', "a comma or the closing brace")
			break
		}
	}
	if r.err != nil {
		return metric.Labels{}
	}
	var text []byte
	if plain && !r.spaced {
		text = r.line[first : r.at-1]
	}
	labels, err := r.set.Labels(text)
	if err != nil {
		r.failAt(open, "%s", withoutPrefix(err))
	}
	return labels
}

// blank moves behind blanks between braces, if there may be any.
func (r *seriesReader) blank() {
	if r.blanks && r.skipBlanks() {
		r.spaced = true
	}
}

// pair reads a label, or the name of the series, and reports whether it is this.
func (r *seriesReader) pair(mayBeName bool) bool {
	start := r.at
	quoted := r.peek() == '"'
	var name []byte
	if quoted {
		name = r.inQuotes()
	} else {
		name = r.legacyName(firstInLabelName, inLabelName)
	}
	if len(name) == 0 {
		r.at = start
		r.unexpected("the name of a label")
		return false
	}
	r.blank()
	if quoted && mayBeName && r.peek() != '=' {
		r.name, r.escaped = name, true
		return true
	}
	if r.reserved && name[0] == '_' {
		r.failAt(start, "the label name %q is reserved, since it begins with an underscore", name)
	}
	if !r.expect('=', "an equals sign") {
		return false
	}
	r.blank()
	if r.peek() != '"' {
		r.unexpected("the quoted value of a label")
		return false
	}
	if value := r.inQuotes(); r.err == nil {
		r.set.Add(name, quoted, value)
	}
	return false
}

// metadataName reads the name of a family, which may stand in quotes.
func (r *seriesReader) metadataName() {
	start := r.at
	r.name, r.escaped = r.legacyName(firstInMetricName, inMetricName), false
	if r.peek() == '"' && len(r.name) == 0 {
		r.name, r.escaped = r.inQuotes(), true
	}
	if len(r.name) == 0 && r.err == nil {
		r.at = start
		r.unexpected("the name of a metric")
	}
}
