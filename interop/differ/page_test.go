package differ_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// page is what one side reads on a page.
type page struct {
	lines []line
	// metadata are the lines with a type, a help text or a unit.
	metadata []metadata
}

// metadata is one line of it. Kind is TYPE, HELP or UNIT.
type metadata struct{ kind, name, text string }

// line is a line with a sample.
type line struct {
	labels []labels.Label // sorted; the name of the metric is one of them
	value  float64
	// start says that the value is a time, with what is beyond nanoseconds cut
	// off, as we know.
	start bool
	time  instant
	// indented says that Prometheus has blanks before the name that belong to it;
	// labels has it without.
	indented bool
	// exemplar is nil when there is none.
	exemplar *spotted
}

// spotted is an exemplar.
type spotted struct {
	labels []labels.Label
	value  float64
	time   instant
}

// instant is a time as the two sides have it.
type instant struct {
	set   bool
	milli int64
	// exact is only known to us.
	exact metric.Timestamp
}

func at(t metric.Timestamp) instant { return instant{!t.IsZero(), t.Milli(), t} }

// sorted sorts labels, of which some may have one name.
func sorted(list []labels.Label) []labels.Label {
	slices.SortFunc(list, func(a, b labels.Label) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	return list
}

// readOurs reads a page with our decoder.
func (f *format) readOurs(text string) (page, error) {
	// Nothing of a page can be too much for these limits.
	limits := exposition.DecodeOptions{MaxLabels: len(text) + 1, Lenient: f.leniency}
	decoder, err := exposition.NewDecoder(strings.NewReader(text), f.syntax, &limits)
	if err != nil {
		return page{}, err
	}
	var p page
	for family, err := range exposition.Families(decoder) {
		if err != nil {
			return p, err
		}
		p.addOurs(family, f.syntax)
	}
	return p, nil
}

func (p *page) addOurs(family metric.Family, syntax exposition.Syntax) {
	d := family.Desc()
	name, typ := d.Name, d.Type.String()
	if syntax == exposition.Text {
		name = d.FullName()
	}
	p.metadata = append(p.metadata, metadata{"TYPE", name, typ}, metadata{"HELP", name, d.Help}, metadata{"UNIT", name, d.Unit})
	_ = family.Each(func(s *metric.Sample) error { // which returns what this does
		l := line{labels: ourLabels(s.Labels), value: s.Value, start: !s.Start.IsZero(), time: at(s.Timestamp)}
		l.labels = sorted(append(l.labels, labels.Label{Name: model.MetricNameLabel, Value: s.Name}))
		for _, e := range s.Exemplars {
			l.exemplar = &spotted{sorted(ourLabels(e.Labels)), e.Value, at(e.Timestamp)}
		}
		p.lines = append(p.lines, l)
		return nil
	})
}

func ourLabels(l metric.Labels) (list []labels.Label) {
	for name, value := range l.All() {
		list = append(list, labels.Label{Name: name, Value: value})
	}
	return list
}

// readTheirs reads a page with the parser that Prometheus' scraper takes for it. On
// an error it returns what comes before.
func readTheirs(text []byte, contentType string) (p page, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	text = slices.Clip(text) // to which it may append
	parser, err := textparse.New(text, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return p, err
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		p.addTheirs(parser, entry)
	}
}

func (p *page) addTheirs(parser textparse.Parser, entry textparse.Entry) {
	var name, text []byte
	kind := ""
	switch entry {
	case textparse.EntrySeries:
		p.lines = append(p.lines, theirLine(parser))
		return
	case textparse.EntryType:
		var typ model.MetricType
		name, typ = parser.Type()
		kind, text = "TYPE", []byte(typ)
	case textparse.EntryHelp:
		name, text = parser.Help()
		kind = "HELP"
	case textparse.EntryUnit:
		name, text = parser.Unit()
		kind = "UNIT"
	default:
		return
	}
	p.metadata = append(p.metadata, metadata{kind, string(name), string(text)})
}

func theirLine(parser textparse.Parser) line {
	var set labels.Labels
	parser.Labels(&set)
	series, ms, value := parser.Series()
	l := line{labels: theirLabels(set), value: value}
	if name := bytes.TrimLeft(series, " \t"); len(name) < len(series) && name[0] != '{' {
		l.indented = true
		blanks := string(series[:len(series)-len(name)])
		for i, label := range l.labels {
			if label.Name == model.MetricNameLabel {
				l.labels[i].Value = strings.TrimPrefix(label.Value, blanks)
			}
		}
		sorted(l.labels)
	}
	if ms != nil {
		l.time = instant{set: true, milli: *ms}
	}
	if e := (exemplar.Exemplar{}); parser.Exemplar(&e) {
		l.exemplar = &spotted{theirLabels(e.Labels), e.Value, instant{set: e.HasTs, milli: e.Ts}}
	}
	return l
}

func theirLabels(set labels.Labels) (list []labels.Label) {
	set.Range(func(l labels.Label) { list = append(list, l) })
	return sorted(list)
}
