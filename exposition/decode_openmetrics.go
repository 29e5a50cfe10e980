package exposition

import (
	"io"
	"strings"

	"polymeter.dev/metric"
)

// OpenMetricsDecoder reads OpenMetrics text 1.0
// (https://prometheus.io/docs/specs/om/open_metrics_spec/), with names in quotes as
// Prometheus reads and writes them. It must not be used concurrently.
//
// It is strict: a page that breaks any rule of the specification is an error from
// where it does. Families come in expanded form: samples have the names and labels
// that the lines have, and _created lines their exact time in
// [metric.Sample.Start]. Of samples of one series with the same timestamp the first
// is kept (section "Timestamps").
type OpenMetricsDecoder struct {
	familyReader
	order  order
	points points
	last   int // the number of the last line of the family
	lines  pointLines

	exemplars  []metric.Exemplar // of the current line
	exemplarAt int               // where it begins
}

var _ Decoder = (*OpenMetricsDecoder)(nil)

// NewOpenMetricsDecoder returns a decoder that reads from r, with a buffer. A nil o
// means the defaults.
func NewOpenMetricsDecoder(r io.Reader, o *DecodeOptions) *OpenMetricsDecoder {
	d := &OpenMetricsDecoder{familyReader: newFamilyReader(r, o, metric.Type.Suffixes)}
	d.reserved, d.order.was = true, d.wasSeries
	return d
}

// Next implements [Decoder].
func (d *OpenMetricsDecoder) Next() (metric.Family, error) {
	return d.nextFamily(d.omLine, d.complete)
}

// complete returns the current family, if it is as it should be.
func (d *OpenMetricsDecoder) complete() (metric.Family, error) {
	err := d.order.finish()
	if err == nil {
		err = d.points.finish()
	}
	if err != nil {
		d.failLine(d.last, err)
	}
	if d.err != nil {
		return nil, d.err
	}
	return d.end(), nil
}

// omLine reads the current line, and reports whether it is of another family than
// the lines before. Then it is to be read again.
func (d *OpenMetricsDecoder) omLine() (other bool) {
	d.at = 0
	switch {
	case d.closed:
		d.fail("there is more after # EOF")
	case len(d.line) == 0:
		d.fail("an empty line")
	case d.peek() != '#':
		other = d.omSample()
	case string(d.line) == "# EOF":
		d.closed = true
		return false
	default:
		other = d.omMetadata()
	}
	if !other && d.err == nil {
		d.last = d.number
	}
	return other
}

// omMetadata reads a line that begins with #.
func (d *OpenMetricsDecoder) omMetadata() (other bool) {
	kind, other := d.metadata(d.beginOpenMetrics)
	if other || d.err != nil {
		return other
	}
	switch kind {
	case metaHelp:
		d.desc.Help = d.helpText()
	case metaType:
		d.omType()
	case metaUnit:
		d.desc.Unit = d.unitText()
	}
	d.checkUnit()
	return false
}

func (d *OpenMetricsDecoder) beginOpenMetrics() {
	d.begin()
	d.typed(metric.TypeUnknown)
	if d.base[0] == '_' {
		d.failAt(0, "the name %q is reserved, since it begins with an underscore", d.base)
	}
}

func (d *OpenMetricsDecoder) typed(t metric.Type) {
	d.order.reset(t)
	d.points.reset(t)
	d.lines.reset()
}

func (d *OpenMetricsDecoder) omType() {
	rest := string(d.line[d.at:])
	t, ok := metric.ParseType(rest)
	if !ok || t.String() != rest { // which untyped is not
		d.fail("%q is not a type of OpenMetrics", rest)
		return
	}
	d.setType(t)
	d.typed(t)
}

// checkUnit reports a unit that the name, or the type as far as it is known, does
// not have.
func (d *OpenMetricsDecoder) checkUnit() {
	unit := d.desc.Unit
	switch {
	case unit == "":
	case d.desc.Type == metric.TypeInfo || d.desc.Type == metric.TypeStateSet:
		d.failAt(0, "%q has a unit, which a %s has not", d.base, d.desc.Type)
	case !strings.HasSuffix(d.base, "_"+unit):
		d.failAt(0, "the name %q does not end in its unit %q", d.base, unit)
	}
}
