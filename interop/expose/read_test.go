package expose_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/metric"
)

// schemes are the escapings, and what Prometheus calls them.
var schemes = map[metric.Escaping]model.EscapingScheme{
	metric.AllowUTF8:   model.NoEscaping,
	metric.Underscores: model.UnderscoreEscaping,
	metric.Dots:        model.DotsEscaping,
	metric.Values:      model.ValueEncodingEscaping,
}

// write encodes a collector. Nothing of it may be refused.
func write(t *testing.T, c metric.Collector, f exposition.Format, o *exposition.Options) []byte {
	t.Helper()
	var page bytes.Buffer
	stats, err := exposition.Write(t.Context(), &page, c, f, o)
	if err != nil || stats.Refused > 0 {
		t.Fatalf("%+v, %v", stats, err)
	}
	return page.Bytes()
}

// point is a sample as Prometheus reads it, in a form that can be compared.
type point struct {
	Value     string
	Start     int64
	Exemplars []string
}

// page is what Prometheus reads: samples by series and time, and the type, help
// and unit of families by name.
type page struct {
	Points   map[string]point
	Metadata map[string]string
}

func newPage() page { return page{map[string]point{}, map[string]string{}} }

// readPrometheus reads a page with the parser that Prometheus' scraper takes
// for the content type.
func readPrometheus(t *testing.T, text []byte, contentType string, o textparse.ParserOptions) page {
	t.Helper()
	o.OpenMetricsSkipSTSeries = true
	o.EnableOpenMetrics2 = true
	parser, err := textparse.New(text, contentType, labels.NewSymbolTable(), o)
	if err != nil {
		t.Fatal(err)
	}
	read := newPage()
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
func (r page) add(t *testing.T, parser textparse.Parser, entry textparse.Entry) {
	t.Helper()
	var set labels.Labels
	parser.Labels(&set)
	var p point
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
		ms, p.Value = at, text(value)
	}
	p.Start = parser.StartTimestamp()
	for e := (exemplar.Exemplar{}); parser.Exemplar(&e); e = (exemplar.Exemplar{}) {
		p.Exemplars = append(p.Exemplars, exemplarText(e.Labels.Map(), e.Value, e.Ts))
	}
	k := key(set.Map(), ms)
	if _, ok := r.Points[k]; ok {
		t.Errorf("%s occurs twice", k)
	}
	r.Points[k] = p
}

// key names a sample.
func key(set map[string]string, ms *int64) string {
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

func text(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func exemplarText(set map[string]string, value float64, ms int64) string {
	return fmt.Sprintf("%s %s at %d", labels.FromMap(set), text(value), ms)
}

// lines turns expected lines into what Prometheus must have read.
func (r page) lines(list []corpus.Line) {
	for _, l := range list {
		p := point{Value: text(l.Value), Start: l.Start}
		for _, x := range l.Exemplars {
			p.Exemplars = append(p.Exemplars, exemplarText(x.Labels, x.Value, x.Time))
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
		return key(set, nil)
	}
	return key(set, &l.Time)
}
