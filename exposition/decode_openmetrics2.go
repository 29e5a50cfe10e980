package exposition

import (
	"fmt"
	"io"
	"strings"

	"polymeter.dev/metric"
)

// OpenMetrics2Decoder reads OpenMetrics text 2.0, of which 2.0.0-rc0 is the latest
// draft (https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/). It must not be
// used concurrently.
//
// It is strict: a page that breaks any rule of the draft is an error from where it
// does. Only an exemplar that is malformed, or stands where none may, is left out
// and counted (section "Failure Modes"). What the draft merely recommends, such as
// the _total of a counter or names that do not clash in OpenMetrics 1.0, is not
// checked.
//
// Histograms and summaries come in composite form, others as simple samples with the
// name that the lines have. A counter whose name has no _total keeps it in
// [metric.Desc.Written].
//
// Some of what the draft permits has no place in package metric. A unit that is not
// the suffix of the family name is left out and counted. These are errors: counts
// that are negative or NaN, a native bucket with an infinite count, the label le on
// a histogram that only has native buckets, and a gauge histogram in a family of
// unknown type, which may have histograms and summaries. Names of families may begin
// with underscores and those of labels with one, though reserved, since they do in
// practice; those of labels may not begin with two.
type OpenMetrics2Decoder struct {
	familyReader
	order    order // of series
	sets     order // of state sets
	unitLine int   // the number of the line with the unit of the family

	composite compositeReader
	exemplars []metric.Exemplar // of the current line

	droppedExemplars, droppedUnits int
}

var _ Decoder = (*OpenMetrics2Decoder)(nil)

// NewOpenMetrics2Decoder returns a decoder that reads from r, with a buffer. A nil o
// means the defaults.
func NewOpenMetrics2Decoder(r io.Reader, o *DecodeOptions) *OpenMetrics2Decoder {
	d := &OpenMetrics2Decoder{familyReader: newFamilyReader(r, o, ownName)}
	d.composite.lineScanner = &d.lineScanner
	d.order.was, d.sets.was = d.wasSeries, d.wasSet
	return d
}

// ownName is what samples of any type add to the family name: nothing.
func ownName(metric.Type) []string { return bareSuffixes }

// DroppedExemplars returns how many exemplars were left out so far.
func (d *OpenMetrics2Decoder) DroppedExemplars() int { return d.droppedExemplars }

// DroppedUnits returns how many units were left out so far.
func (d *OpenMetrics2Decoder) DroppedUnits() int { return d.droppedUnits }

// Next implements [Decoder].
func (d *OpenMetrics2Decoder) Next() (metric.Family, error) {
	return d.nextFamily(d.anyLine, d.complete)
}

// complete returns the current family, if it is as it should be.
func (d *OpenMetrics2Decoder) complete() (metric.Family, error) {
	switch t, unit := d.desc.Type, d.desc.Unit; {
	case unit == "":
	case t == metric.TypeInfo || t == metric.TypeStateSet:
		d.failLine(d.unitLine, fmt.Errorf("%q has a unit, which the type %s has not", d.base, t))
	case !strings.HasSuffix(d.desc.Name, "_"+unit):
		d.desc.Unit = ""
		d.droppedUnits++
	}
	if d.err != nil {
		return nil, d.err
	}
	return d.end(), nil
}

// anyLine reads the current line, and reports whether it is of another family than
// the lines before. Then it is to be read again.
func (d *OpenMetrics2Decoder) anyLine() (other bool) {
	d.at = 0
	switch {
	case d.closed:
		d.fail("there is more after # EOF")
	case len(d.line) == 0:
		d.fail("an empty line")
	case d.peek() != '#':
		return d.sampleLine()
	case string(d.line) == "# EOF":
		d.closed = true
	default:
		return d.metadataLine()
	}
	return false
}

func (d *OpenMetrics2Decoder) beginFamily() {
	d.begin()
	// What sets types apart in version 1.0 does not matter to the order: any
	// will do that has no rule of its own.
	d.order.reset(metric.TypeUnknown)
	d.sets.reset(metric.TypeUnknown)
}

// metadataLine reads a line that begins with #.
func (d *OpenMetrics2Decoder) metadataLine() (other bool) {
	kind, other := d.metadata(d.beginFamily)
	if other || d.err != nil {
		return other
	}
	switch kind {
	case metaHelp:
		d.desc.Help = d.helpText()
	case metaType:
		d.typeName()
	case metaUnit:
		d.desc.Unit, d.unitLine = d.unitText(), d.number
	}
	return false
}

// typeName reads the type of a family, and with it how the model names the family.
func (d *OpenMetrics2Decoder) typeName() {
	rest := string(d.line[d.at:])
	t, ok := metric.ParseType(rest)
	if !ok || t.String() != rest { // which untyped is not
		d.fail("%q where a type should be: counter, gauge, histogram, gaugehistogram, stateset, info, summary or unknown", rest)
		return
	}
	d.setType(t)
	d.desc.Name = metric.StripSuffix(t, d.base)
	if d.desc.SampleName() == d.base {
		return
	}
	if t == metric.TypeInfo {
		d.failAt(0, "the name of an info is something and _info, not %q", d.base)
	}
	d.desc.Written = d.base
}
