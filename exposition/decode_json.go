package exposition

import (
	"bufio"
	"io"
	"strings"

	"polymeter.dev/metric"
)

// JSONDecoder reads what an [Encoder] writes in [JSON]: one object a line for
// each family. It must not be used concurrently.
//
// It is strict: a field that is unknown, missing, of another type or there
// twice is an error, as is an object that spans lines; blank lines are skipped.
// Whether names, units and series are valid is left to who gets the family. A
// name with the suffix that its type implies, such as the _total of a counter,
// is accepted and remembered in [metric.Desc.Written].
//
// Families come in expanded form, as they are written, except that those with
// native histograms come in composite form, with the lines of each series
// joined to its native buckets. A _created line has its exact time in
// [metric.Sample.Start]. A value beside a native histogram has no meaning and is
// not kept.
type JSONDecoder struct {
	jsonScanner
	maxSamples int

	// The rest concerns the current family.

	desc    metric.Desc
	samples []metric.Sample
	native  bool // whether there is a native histogram among them
	started bool // whether another sample has a start

	labels labelReader
	// exactValue is the last value as it was written.
	exactValue []byte
}

var _ Decoder = (*JSONDecoder)(nil)

// NewJSONDecoder returns a decoder that reads from r, with a buffer. A nil o
// means the defaults.
func NewJSONDecoder(r io.Reader, o *DecodeOptions) *JSONDecoder {
	const bufferSize = 64 << 10
	return &JSONDecoder{
		jsonScanner: jsonScanner{reader: bufio.NewReaderSize(o.page(r), bufferSize), limit: o.maxLineBytes()},
		maxSamples:  o.maxSamples(),
	}
}

// Next implements [Decoder].
func (d *JSONDecoder) Next() (metric.Family, error) {
	if d.err != nil {
		return nil, d.err
	}
	if !d.newLine() {
		if d.err == nil {
			d.err = io.EOF
		}
		return nil, d.err
	}
	f := d.family()
	if d.err != nil {
		return nil, d.err
	}
	return f, nil
}

// familyFields are the fields of a family; those that must be there come first.
var familyFields = []string{"name", "type", "samples", "help", "unit"}

func (d *JSONDecoder) family() metric.Family {
	d.desc, d.native, d.started = metric.Desc{}, false, false
	clear(d.samples)
	d.samples = d.samples[:0]
	start := d.column
	d.object(3, familyFields, func(field int) {
		switch familyFields[field] {
		case "name":
			d.desc.Name = d.name()
		case "type":
			d.desc.Type = d.familyType()
		case "help":
			d.string("a string")
			d.desc.Help = string(d.text)
		case "unit":
			d.string("a string")
			d.desc.Unit = string(d.text)
		case "samples":
			d.list(d.sample)
		}
	})
	d.endLine()
	if d.err != nil {
		return nil
	}
	return d.build(start)
}

// name reads the name of a family or sample.
func (d *JSONDecoder) name() string {
	d.string("a string")
	if len(d.text) == 0 {
		d.fail("the name is empty")
	}
	return d.keep()
}

func (d *JSONDecoder) familyType() metric.Type {
	d.string("a string")
	t, ok := metric.ParseType(string(d.text))
	if !ok {
		d.fail("unknown type %q", d.shown())
	}
	return t
}

// build makes a family of the samples.
func (d *JSONDecoder) build(column int) metric.Family {
	f := metric.NewRawFamily(d.desc.Name, d.desc.Help, d.desc.Type)
	if f.Desc().Name != d.desc.Name {
		f.Desc().Written = d.desc.Name // nobody else has the Desc yet
	}
	if d.desc.Unit != "" {
		f.SetUnit(d.desc.Unit)
	}
	d.checkCreated(f.Desc(), column)
	if !d.native {
		for i := range d.samples {
			f.Add(d.samples[i])
		}
		return f
	}
	if err := joinNative(f, d.samples); err != nil {
		d.failAt(column, nil, "%s", withoutPrefix(err))
	}
	return f
}

const createdSuffix = "_created"

// checkCreated takes back times that are none, since the sample only looked like
// a _created line, and reports starts that are given both ways.
func (d *JSONDecoder) checkCreated(desc *metric.Desc, column int) {
	for i := range d.samples {
		s := &d.samples[i]
		switch {
		case !strings.HasSuffix(s.Name, createdSuffix):
		case !hasStart(desc.Type) || s.Name != desc.Name+createdSuffix:
			s.Start = metric.Timestamp{}
		case d.started:
			d.failAt(column, nil, "there are both start and a sample %q", s.Name)
		}
	}
}

// withoutPrefix returns the message of an error of package metric as a part of
// one of this package's.
func withoutPrefix(err error) string { return strings.TrimPrefix(err.Error(), "metric: ") }
