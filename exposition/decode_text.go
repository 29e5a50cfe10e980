package exposition

import (
	"bytes"
	"io"

	"polymeter.dev/metric"
)

// TextDecoder reads the Prometheus text format, versions 0.0.4 and 1.0.0
// (https://prometheus.io/docs/instrumenting/exposition_formats/). It must not be
// used concurrently.
//
// It is strict, unless [DecodeOptions.Lenient] says otherwise: what the format asks
// of writers is asked of the page. All lines of
// a family stand together, with at most one HELP and one TYPE, before the samples;
// no series is there twice at one time; quantiles and the buckets of a histogram ascend, and the
// last of these is +Inf and equal to the count; the page ends in a line feed.
//
// Families come in expanded form: samples have the names and labels that the lines
// have. A counter whose name has no _total keeps it in [metric.Desc.Written].
type TextDecoder struct {
	familyReader
	points textPoints
}

var _ Decoder = (*TextDecoder)(nil)

// NewTextDecoder returns a decoder that reads from r, with a buffer. A nil o means
// the defaults.
func NewTextDecoder(r io.Reader, o *DecodeOptions) *TextDecoder {
	d := &TextDecoder{familyReader: newFamilyReader(r, o, textSuffixes)}
	d.blanks, d.lenient = true, o.lenient()
	return d
}

// textSuffixes are what samples of a type add to the family name, in the order of
// [metric.Type.Suffixes].
func textSuffixes(t metric.Type) []string {
	switch t {
	case metric.TypeHistogram:
		return []string{"_bucket", "_count", "_sum"}
	case metric.TypeSummary:
		return []string{"", "_count", "_sum"}
	}
	return bareSuffixes
}

var bareSuffixes = []string{""}

// Next implements [Decoder].
func (d *TextDecoder) Next() (metric.Family, error) {
	for d.err == nil && (d.held || d.nextLine()) {
		d.held = false
		if d.textLine() {
			d.held = true
			return d.complete()
		}
	}
	if d.err == nil && d.family != nil {
		return d.complete()
	}
	if d.err == nil {
		d.err = io.EOF
	}
	d.settle()
	return nil, d.err
}

// complete returns the current family, if it is as it should be.
func (d *TextDecoder) complete() (metric.Family, error) {
	d.settle()
	if at, err := d.points.finish(); err != nil && !d.lenient.has(LenientHistograms) {
		d.failLine(at, err)
	}
	if d.err != nil {
		return nil, d.err
	}
	return d.end(), nil
}

// textLine reads the current line, and reports whether it is of another family
// than the lines before. Then it is to be read again.
func (d *TextDecoder) textLine() (other bool) {
	d.at = 0
	if d.lenient.has(LenientLines) {
		d.trimLine()
	}
	d.skipBlanks()
	switch {
	case d.at == len(d.line):
	case d.peek() == '#':
		other = d.textComment()
	default:
		other = d.textSample()
	}
	if !other && d.err == nil && !d.fed && !d.lenient.has(LenientLines) {
		d.failAs(io.ErrUnexpectedEOF, len(d.line), "the page does not end in a line feed")
	}
	return other
}

// trimLine takes from the current line what is not of it in [LenientLines].
func (d *TextDecoder) trimLine() {
	d.line = bytes.TrimRight(d.line, "\r")
	if d.number == 1 {
		d.line = bytes.TrimPrefix(d.line, []byte("\ufeff"))
	}
}

// textComment reads a line of metadata, or another comment.
func (d *TextDecoder) textComment() (other bool) {
	d.at++
	d.skipBlanks()
	kind := metaHelp
	switch string(d.word()) {
	case metadataNames[metaHelp]:
	case metadataNames[metaType]:
		kind = metaType
	default:
		return false
	}
	start := d.at
	if !d.skipBlanks() {
		d.unexpected("a blank and the name of a metric")
		return false
	}
	d.metadataName()
	// One blank ends the name. More of them may be the beginning of a help text,
	// as Prometheus sees it.
	if d.at < len(d.line) && d.err == nil && !d.accept(' ') && !d.accept('\t') {
		d.unexpected("a blank")
	}
	if d.err != nil {
		return false
	}
	if !d.isCurrent() {
		if d.family != nil {
			return true
		}
		d.beginText()
	}
	if d.lenient.has(LenientMetadata) && (d.has[kind] || d.samples > 0) {
		return false
	}
	if d.has[kind] {
		d.failAt(start, "a second %s line for %q", metadataNames[kind], d.base)
		return false
	}
	d.has[kind] = true
	if d.samples > 0 {
		d.failAt(start, "the %s line of %q comes after its samples", metadataNames[kind], d.base)
		return false
	}
	if kind == metaHelp {
		d.desc.Help = string(appendPlain(nil, d.line[d.at:]))
	} else {
		d.textType()
	}
	return false
}

func (d *TextDecoder) beginText() {
	d.begin()
	d.points.reset(metric.TypeUnknown)
}

// textType reads the type of a family.
func (d *TextDecoder) textType() {
	d.skipBlanks()
	at := d.at
	word := d.word()
	t, ok := textType(word)
	if !ok && d.lenient.has(LenientTypes) && len(word) > 0 {
		t, ok = lenientType(word), true
	}
	if !ok {
		d.failAt(at, "%q where a type should be: counter, gauge, histogram, summary or untyped", word)
	}
	if d.skipBlanks(); d.at < len(d.line) {
		d.unexpected("the end of the line")
	}
	if d.err != nil {
		return
	}
	d.desc.Name = metric.StripSuffix(t, d.base)
	if d.desc.Type = t; d.desc.SampleName() != d.base {
		d.desc.Written = d.base
	}
	d.setType(t)
	d.points.reset(t)
}

func textType(word []byte) (metric.Type, bool) {
	for _, t := range []metric.Type{metric.TypeCounter, metric.TypeGauge, metric.TypeHistogram, metric.TypeSummary, metric.TypeUnknown} {
		if string(word) == textTypes[t] {
			return t, true
		}
	}
	return 0, false
}

// lenientType returns the type of a word as [LenientTypes] says.
func lenientType(word []byte) metric.Type {
	t, _ := textType(bytes.ToLower(word)) // or the zero value, which is untyped
	return t
}

// textSample reads a line with a sample.
func (d *TextDecoder) textSample() (other bool) {
	s := metric.Sample{Labels: d.series()}
	if d.err != nil {
		return false
	}
	suffix, belongs := d.suffix()
	if !belongs {
		if d.family != nil {
			return true
		}
		d.beginText()
		suffix = 0
	}
	s.Name = d.sampleName(suffix)
	d.skipBlanks()
	s.Value = d.value("the value of the sample")
	if d.skipBlanks(); d.at < len(d.line) && d.err == nil {
		s.Timestamp = d.millis()
		if d.skipBlanks(); d.at < len(d.line) {
			d.unexpected("the end of the line")
		}
	}
	if d.err != nil {
		return false
	}
	if !d.unique(&s) {
		return false
	}
	if err := d.points.add(d.number, d.suffixes(d.desc.Type)[suffix], &s); err != nil && !d.lenient.has(LenientHistograms) {
		d.failAt(0, "%s", err)
	}
	d.add(&s)
	return false
}

// appendPlain appends a help text of the text format, where only backslashes and
// line feeds are escaped.
func appendPlain(dst, help []byte) []byte {
	for i := 0; i < len(help); i++ {
		c := help[i]
		if c == '\\' && i+1 < len(help) {
			switch help[i+1] {
			case '\\':
				i++
			case 'n':
				i++
				c = '\n'
			}
		}
		dst = append(dst, c)
	}
	return dst
}
