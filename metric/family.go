package metric

import (
	"fmt"
	"slices"
	"strings"
)

// family is what all builders have in common: a description, the samples added
// so far, and the first error.
type family struct {
	desc *Desc
	rows rows
	// declared is what is wrong with the family itself, failed the first error
	// of an added row.
	declared, failed error
}

func newFamily(t Type, name, help string) family {
	d := &Desc{Name: StripSuffix(t, name), Help: help, Type: t}
	return family{desc: d, declared: checkHelp(d.Name, help)}
}

// Desc implements [Family].
func (f *family) Desc() *Desc { return f.desc }

// Each implements [Family]. It returns the error of [CounterFamily.Err], if
// there is one, before it visits anything. Unlike that of families in general
// it may be called any number of times.
func (f *family) Each(visit func(*Sample) error) error {
	if err := f.Err(); err != nil {
		return err
	}
	return f.rows.each(visit)
}

// Err returns the first error of the declaration or, failing that, of the rows
// added since the last Reset.
func (f *family) Err() error {
	if f.declared != nil {
		return f.declared
	}
	return f.failed
}

// SetUnit declares the base unit, such as "seconds", which must be the suffix
// of the family name and stand on no info or state set
// (OpenMetrics 1.0, section "Unit").
func (f *family) SetUnit(unit string) {
	d := *f.desc // one that was handed out must not change
	d.Unit = unit
	f.desc = &d
	if err := d.validateUnit(); err != nil && f.declared == nil {
		f.declared = err
	}
}

// Reset removes all rows and their error, and keeps the declaration and the
// memory.
func (f *family) Reset() {
	f.rows.reset()
	f.failed = nil
}

// fail keeps the first error.
func (f *family) fail(err error) {
	if f.failed == nil {
		f.failed = fmt.Errorf("%w in family %q", err, f.desc.Name)
	}
}

// series is a family whose rows have the same label names.
type series struct {
	family
	name   string // of the samples
	schema *LabelSchema
	texts  textArena
	// The rest is reused from row to row.
	values    []string
	text      []byte
	exemplar  [1]Exemplar
	histogram Histogram
	summary   Summary
}

// newSeries declares a family. own are label names that the format itself adds
// to labelNames.
func newSeries(t Type, name, help string, labelNames []string, own ...string) series {
	s := series{family: newFamily(t, name, help)}
	s.name = s.desc.SampleName()
	s.desc.LabelNames = append([]string{}, labelNames...)
	for _, label := range labelNames {
		if s.desc.reserves(label) {
			s.declare(fmt.Errorf("metric: label name %q is reserved in a %s", label, t))
		}
	}
	schema, err := NewLabelSchema(append(own, labelNames...))
	if err != nil {
		s.declare(err)
	}
	s.schema = schema
	return s
}

func (s *series) declare(err error) {
	if s.declared == nil {
		s.declared = fmt.Errorf("%w in family %q", err, s.desc.Name)
	}
}

// rowLabels are the labels of one row, in one of two forms: values by position,
// or values by name.
type rowLabels struct {
	values []string
	named  map[string]string
}

// add makes a row out of the labels and the rest of the sample. The two stay
// apart, also in the Add methods, so that label values need not be allocated.
func (s *series) add(row rowLabels, sample Sample) {
	if s.Err() != nil {
		return
	}
	values, err := s.byPosition(row)
	if err != nil {
		s.fail(err)
		return
	}
	s.addValues(values, sample)
}

// addValues is add for values in the order of the schema.
func (s *series) addValues(values []string, sample Sample) {
	text, err := s.schema.appendText(s.text[:0], values)
	if err != nil {
		s.fail(err)
		return
	}
	s.text = text
	sample.Name = s.name
	sample.Labels = Labels{text: s.texts.keep(text), quoted: s.schema.quoted}
	s.rows.add(&sample)
}

// byPosition returns the values in the order of the label names; valid until
// the next call.
func (s *series) byPosition(row rowLabels) ([]string, error) {
	names := s.desc.LabelNames
	if row.named == nil {
		if len(row.values) != len(names) {
			return nil, arityError(row.values, names)
		}
		return row.values, nil
	}
	if len(row.values) > 0 {
		return nil, fmt.Errorf("metric: label values are given both by position and by name %q", row.givenNames())
	}
	if len(row.named) != len(names) {
		return nil, fmt.Errorf("metric: labels %q for the label names %q", row.givenNames(), names)
	}
	s.values = s.values[:0]
	for _, name := range names {
		value, found := row.named[name]
		if !found {
			return nil, fmt.Errorf("metric: no value for label %q among %q", name, row.givenNames())
		}
		s.values = append(s.values, value)
	}
	return s.values, nil
}

func (r rowLabels) givenNames() []string {
	names := make([]string, 0, len(r.named))
	for name := range r.named {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// textArena keeps many short strings in few allocations.
type textArena struct{ chunk strings.Builder }

// Chunks start small, for the families of one sample, and double.
const minChunk, maxChunk = 64, 8192

func (a *textArena) keep(text []byte) string {
	if used, size := a.chunk.Len(), a.chunk.Cap(); size-used < len(text) {
		a.chunk.Reset()
		a.chunk.Grow(max(len(text), min(max(2*size, minChunk), maxChunk)))
	}
	start := a.chunk.Len()
	a.chunk.Write(text)
	return a.chunk.String()[start:]
}
