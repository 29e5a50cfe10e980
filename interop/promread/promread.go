// Package promread is how Prometheus sees a page: samples by series, as its parsers
// read them, and as they must be for the corpus.
package promread

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/metric"
)

// Schemes are the escapings, and what Prometheus calls them.
var Schemes = map[metric.Escaping]model.EscapingScheme{
	metric.AllowUTF8:   model.NoEscaping,
	metric.Underscores: model.UnderscoreEscaping,
	metric.Dots:        model.DotsEscaping,
	metric.Values:      model.ValueEncodingEscaping,
}

// Point is a sample as Prometheus reads it, in a form that can be compared.
type Point struct {
	Value     string
	Start     int64
	Exemplars []string
}

// Page is what Prometheus reads: samples by series and time, and the type, help
// and unit of families by name.
type Page struct {
	Points   map[string]Point
	Metadata map[string]string
}

// NewPage returns an empty page.
func NewPage() Page { return Page{map[string]Point{}, map[string]string{}} }

// TB is what tests and properties have in common.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Read reads a page with the parser that Prometheus' scraper takes
// for the content type.
func Read(t TB, text []byte, contentType string, o textparse.ParserOptions) Page {
	t.Helper()
	o.OpenMetricsSkipSTSeries = true
	o.EnableOpenMetrics2 = true
	parser, err := textparse.New(text, contentType, labels.NewSymbolTable(), o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	read := NewPage()
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return read
		}
		if err != nil {
			t.Fatalf("%v\nin the page\n%s", err, text)
		}
		switch entry {
		case textparse.EntrySeries, textparse.EntryHistogram:
			read.add(t, parser, entry)
		case textparse.EntryType:
			name, typ := parser.Type()
			read.Metadata["type "+string(name)] = string(typ)
		case textparse.EntryHelp:
			name, help := parser.Help()
			read.Metadata["help "+string(name)] = string(help)
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			read.Metadata["unit "+string(name)] = string(unit)
		}
	}
}

// add reads one series.
func (r Page) add(t TB, parser textparse.Parser, entry textparse.Entry) {
	t.Helper()
	var set labels.Labels
	parser.Labels(&set)
	var p Point
	var ms *int64
	if entry == textparse.EntryHistogram {
		_, at, whole, fractional := parser.Histogram()
		ms = at
		if fractional == nil {
			fractional = whole.ToFloat(nil)
		}
		p.Value = fractional.TestExpression()
	} else {
		_, at, value := parser.Series()
		ms, p.Value = at, Text(value)
	}
	p.Start = parser.StartTimestamp()
	for e := (exemplar.Exemplar{}); parser.Exemplar(&e); e = (exemplar.Exemplar{}) {
		p.Exemplars = append(p.Exemplars, ExemplarText(e.Labels.Map(), e.Value, e.Ts))
	}
	k := Key(set.Map(), ms)
	if _, ok := r.Points[k]; ok {
		t.Errorf("%s occurs twice", k)
	}
	r.Points[k] = p
}

// Key names a sample.
func Key(set map[string]string, ms *int64) string {
	for name, value := range set {
		// Prometheus knows no empty labels.
		if value == "" {
			delete(set, name)
		}
	}
	k := labels.FromMap(set).String()
	if ms != nil {
		k += " at " + strconv.FormatInt(*ms, 10)
	}
	return k
}

// Text is a value in a form that can be compared.
func Text(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// ExemplarText is an exemplar in a form that can be compared.
func ExemplarText(set map[string]string, value float64, ms int64) string {
	return fmt.Sprintf("%s %s at %d", labels.FromMap(set), Text(value), ms)
}

// Lines adds what Prometheus must have read for expected lines.
func (r Page) Lines(list []corpus.Line) {
	for _, l := range list {
		p := Point{Value: Text(l.Value), Start: l.Start}
		for _, x := range l.Exemplars {
			p.Exemplars = append(p.Exemplars, ExemplarText(x.Labels, x.Value, x.Time))
		}
		r.Points[lineKey(l)] = p
	}
}

func lineKey(l corpus.Line) string {
	set := map[string]string{"__name__": l.Name}
	for name, value := range l.Labels {
		set[name] = value
	}
	if l.Time == 0 {
		return Key(set, nil)
	}
	return Key(set, &l.Time)
}

// AsWritten escapes the label names and values of exemplars in OpenMetrics 1.0:
// Prometheus' parser keeps those as they stand on the page.
func AsWritten(format exposition.Format, lines []corpus.Line) []corpus.Line {
	if format.Syntax != exposition.OpenMetrics {
		return lines
	}
	escaper := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for _, l := range lines {
		for i, x := range l.Exemplars {
			l.Exemplars[i] = x.Escaped(escaper.Replace)
			for name, value := range l.Exemplars[i].Labels {
				l.Exemplars[i].Labels[name] = escaper.Replace(value)
			}
		}
	}
	return lines
}
