package exposition

import (
	"strings"

	"polymeter.dev/metric"
)

// seriesName is a sample name prepared for the line formats.
type seriesName struct {
	plain string
	open  string // before labels: `name{` or `{"na.me",`
	bare  string // without labels: `name ` or `{"na.me"} `
}

func newSeriesName(name string) seriesName {
	if metric.IsLegacyMetricName(name) {
		return seriesName{plain: name, open: name + "{", bare: name + " "}
	}
	quoted := metric.QuoteMetricName(name)
	return seriesName{plain: name, open: "{" + quoted + ",", bare: "{" + quoted + "} "}
}

// familyNames are the names of one family under one format.
type familyNames struct {
	// family is the name in metadata, shown is the same with quotes where
	// text needs them.
	family, shown string
	// main is the name of samples that have a whole series: the only one of a
	// simple type, and composite ones.
	main seriesName
	// samples are the names of the samples of the type in expanded form.
	samples []sampleName
	// claims are the names that no other family may use.
	claims []string
}

// sampleName is one sample name of a family.
type sampleName struct {
	suffix string // as in metric.Part
	own    string // what metric.Sample.Name says in an expanded family
	series seriesName
}

// bySuffix returns the sample name for a part, or nil.
func (n *familyNames) bySuffix(suffix string) *sampleName {
	for i := range n.samples {
		if n.samples[i].suffix == suffix {
			return &n.samples[i]
		}
	}
	return nil
}

// byName returns the sample name for a sample of an expanded family, or nil.
func (n *familyNames) byName(name string) *sampleName {
	for i := range n.samples {
		if n.samples[i].own == name {
			return &n.samples[i]
		}
	}
	return nil
}

// openMetrics1Names reports whether the format names families and samples as
// OpenMetrics 1.0 does, and not as they were written.
func (s Syntax) openMetrics1Names() bool { return s == OpenMetrics || s == JSON }

// newFamilyNames derives the names of a family. A name is escaped as a whole,
// and suffixes are added as they are, so that each sample name still is the
// family name and a suffix. The _total of a counter and the _info of an info
// belong to the name, since in most formats they do.
func newFamilyNames(d *metric.Desc, f Format, created bool) *familyNames {
	typeSuffix := strings.TrimPrefix(d.SampleName(), d.Name)
	mainSuffix := d.Type.Suffixes()[0]
	base := strings.TrimSuffix(f.Escaping.EscapeMetricName(d.SampleName()), typeSuffix)
	main := f.Escaping.EscapeMetricName(mainName(d, f.Syntax))

	n := &familyNames{family: main, main: newSeriesName(main)}
	if f.Syntax.openMetrics1Names() {
		n.family = base
	}
	n.shown = metric.QuoteMetricName(n.family)
	n.claim(n.family)
	for _, suffix := range d.Type.Suffixes() {
		name := base + suffix
		if suffix == mainSuffix && !d.Type.Composite() {
			name = main
		}
		n.samples = append(n.samples, sampleName{suffix: suffix, own: d.Name + suffix, series: newSeriesName(name)})
		// OpenMetrics 1.0 forbids clashes with names that could be there,
		// elsewhere it matters what is.
		if suffix != "_created" || created || f.Syntax == OpenMetrics {
			n.claim(name)
		}
	}
	return n
}

// mainName returns the name of the only sample of a simple family, and of the
// family itself in formats where these are the same.
func mainName(d *metric.Desc, s Syntax) string {
	if s.openMetrics1Names() || d.Type != metric.TypeCounter {
		return d.SampleName() // only counters have names that formats differ in
	}
	return d.FullName()
}

func (n *familyNames) claim(name string) {
	for _, claimed := range n.claims {
		if claimed == name {
			return
		}
	}
	n.claims = append(n.claims, name)
}

// nameCacheSize bounds how many families an encoder remembers the names of.
const nameCacheSize = 4096

// nameCache keeps derived names from one page to the next.
type nameCache map[nameKey]*familyNames

type nameKey struct {
	name, written string
	typ           metric.Type
	escaping      metric.Escaping
	created       bool
}

func (c *nameCache) get(d *metric.Desc, f Format, created bool) *familyNames {
	key := nameKey{name: d.Name, written: d.Written, typ: d.Type, escaping: f.Escaping, created: created}
	if names, ok := (*c)[key]; ok {
		return names
	}
	if *c == nil || len(*c) >= nameCacheSize {
		*c = make(nameCache)
	}
	names := newFamilyNames(d, f, created)
	(*c)[key] = names
	return names
}
