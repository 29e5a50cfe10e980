package exposition

import (
	"io"

	"polymeter.dev/metric"
)

// familyReader collects the lines of one family of a text format.
type familyReader struct {
	seriesReader
	maxSamples, maxFamilies int
	// suffixes are what sample names of a type add to the family name.
	suffixes func(metric.Type) []string
	lenient  Leniency

	claims   claims
	families int
	held     bool // the current line begins the next family, and is to be read again
	closed   bool // there was # EOF

	// The rest is about the current family.

	family  *metric.RawFamily // nil when there is none
	desc    *metric.Desc
	base    string // its name as the lines have it
	samples int
	// names are those of its samples, by suffix; "" until they are needed.
	names [maxSuffixes]string
	// has says which lines of metadata there were.
	has   [len(metadataNames)]bool
	known seriesSet
	// unsettled are samples that are not in known yet.
	unsettled []unsettledSeries
}

const maxSuffixes = 4

func newFamilyReader(r io.Reader, o *DecodeOptions, suffixes func(metric.Type) []string) familyReader {
	lines := lineScanner{lineReader: newLineReader(o.page(r), o.maxLineBytes())}
	return familyReader{
		seriesReader: seriesReader{lineScanner: lines, maxLabels: o.maxLabels()},
		maxSamples:   o.maxSamples(), maxFamilies: o.maxFamilies(), suffixes: suffixes,
	}
}

// The kinds of metadata.
const (
	metaHelp = iota
	metaType
	metaUnit
)

var metadataNames = [...]string{metaHelp: "HELP", metaType: "TYPE", metaUnit: "UNIT"}

// begin makes the name of the current line that of a new family.
func (f *familyReader) begin() {
	f.base = f.shownName()
	f.family = metric.NewRawFamily(f.base, "", metric.TypeUnknown)
	f.desc = f.family.Desc()
	f.names, f.has, f.samples = [maxSuffixes]string{}, [len(metadataNames)]bool{}, 0
	f.known.reset()
	if f.families++; f.families > f.maxFamilies {
		f.failAs(ErrTooLarge, 0, "the page has more than %d families", f.maxFamilies)
	}
	f.claim("")
}

// shownName returns the name of the current line without escapes.
func (f *familyReader) shownName() string {
	if f.escaped {
		return string(metric.AppendUnescaped(nil, string(f.name)))
	}
	return string(f.name)
}

// claim takes a name for the family.
func (f *familyReader) claim(suffix string) {
	if f.claims.add(f.base+suffix) != nil && !f.lenient.has(LenientGroups) {
		f.failAt(0, "the name %q is on the page already", f.base+suffix)
	}
}

// isCurrent reports whether the name of the current line is that of the family.
func (f *familyReader) isCurrent() bool {
	return f.family != nil && (string(f.name) == f.base && !f.escaped || f.escaped && f.shownName() == f.base)
}

// suffix returns which suffix of the type the name of the current line has, and
// false when it does not belong to the family.
func (f *familyReader) suffix() (i int, ok bool) {
	if f.family == nil {
		return 0, false
	}
	name := f.name
	if f.escaped {
		name = []byte(f.shownName())
	}
	if len(name) < len(f.base) || string(name[:len(f.base)]) != f.base {
		return 0, false
	}
	rest := name[len(f.base):]
	for i, suffix := range f.suffixes(f.desc.Type) {
		if string(rest) == suffix {
			return i, true
		}
	}
	return 0, false
}

// sampleName returns the name of a sample, the same string each time.
func (f *familyReader) sampleName(i int) string {
	if f.names[i] == "" {
		f.names[i] = f.base + f.suffixes(f.desc.Type)[i]
	}
	return f.names[i]
}

// setType takes a type, and with it all names that samples of it may have.
func (f *familyReader) setType(t metric.Type) {
	f.desc.Type = t
	f.names = [maxSuffixes]string{}
	for _, suffix := range f.suffixes(t) {
		if suffix != "" {
			f.claim(suffix)
		}
	}
}

// add adds a sample.
func (f *familyReader) add(s *metric.Sample) {
	if f.samples++; f.samples > f.maxSamples {
		f.failAs(ErrTooLarge, 0, "the family has more than %d samples", f.maxSamples)
		return
	}
	f.family.Add(*s)
}

// end returns the family when it is complete.
func (f *familyReader) end() metric.Family {
	family := f.family
	f.family, f.desc = nil, nil
	f.claims.commit()
	return family
}

// nextFamily returns the next family of a page of OpenMetrics. line reads the current
// line, and reports whether it is of another family than those before; complete
// returns the family.
func (f *familyReader) nextFamily(line func() bool, complete func() (metric.Family, error)) (metric.Family, error) {
	for f.err == nil && (f.held || f.nextLine()) {
		f.held = false
		if line() {
			f.held = true
			return complete()
		}
	}
	switch {
	case f.err != nil:
	case !f.closed:
		f.number++
		f.failAs(io.ErrUnexpectedEOF, 0, "the page ends without # EOF")
	case f.family != nil:
		return complete()
	default:
		f.err = io.EOF
	}
	return nil, f.err
}
