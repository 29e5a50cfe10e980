package expose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// TestPrometheusReadsText has Prometheus' parsers read the corpus in the text
// formats, under every escaping, and compares all samples with their
// timestamps, exemplars and created timestamps.
func TestPrometheusReadsText(t *testing.T) {
	t.Parallel()
	formats := map[string]exposition.Format{
		"text 0.0.4":        {Version: exposition.TextVersion004},
		"text 1.0.0":        {Version: exposition.TextVersion100},
		"openmetrics 1.0.0": {Syntax: exposition.OpenMetrics},
		"openmetrics 0.0.1": {Syntax: exposition.OpenMetrics, Version: exposition.OpenMetricsVersion001},
	}
	families := corpus.Families(false)
	for name, format := range formats {
		for escaping, scheme := range promread.Schemes {
			t.Run(name+" "+escaping.String(), func(t *testing.T) {
				t.Parallel()
				format := format
				format.Escaping = escaping
				openMetrics := format.Syntax == exposition.OpenMetrics
				view := corpus.View{Escape: escape(scheme), Metadata: openMetrics, Strict: openMetrics, Lines: true}
				want := promread.NewPage()
				for i := range families {
					want.Lines(promread.AsWritten(format, families[i].Lines(view)))
				}
				page := write(t, corpus.Collector(families), format, nil)
				got := promread.Read(t, page, format.ContentType(), textparse.ParserOptions{})
				if diff := cmp.Diff(want.Points, got.Points); diff != "" {
					t.Errorf("(-want +got)\n%s\nin the page\n%s", diff, page)
				}
				checkMetadata(t, families, got, view.Escape, openMetrics)
			})
		}
	}
}

// escape returns Prometheus' own function for a scheme.
func escape(scheme model.EscapingScheme) func(string) string {
	return func(name string) string { return model.EscapeName(name, scheme) }
}

// checkMetadata compares types, helps and units. Names in which something had
// to be escaped are left out, since Prometheus' parser keeps those as they
// stand on the page too.
func checkMetadata(t *testing.T, families []corpus.Family, got promread.Page, escape func(string) string, openMetrics bool) {
	t.Helper()
	for _, f := range families {
		name, typ := escape(f.Name), f.Type.String()
		if suffix := suffixes[f.Type]; suffix != "" {
			// The sample name as a whole is escaped.
			name = escape(f.Name + suffix)
			if openMetrics {
				name = strings.TrimSuffix(name, suffix)
			}
		}
		if !openMetrics {
			typ = textType(f.Type)
		}
		if strings.ContainsAny(name, `"\`) {
			continue
		}
		if got.Metadata["type "+name] != typ {
			t.Errorf("type of %s = %q, want %q", name, got.Metadata["type "+name], typ)
		}
		if got.Metadata["help "+name] != f.Help {
			t.Errorf("help of %s = %q, want %q", name, got.Metadata["help "+name], f.Help)
		}
		// A unit must be the suffix of the name, as which Dots can lose it.
		declared := strings.HasSuffix(name, "_"+f.Unit)
		if unit := got.Metadata["unit "+name]; openMetrics && declared && unit != f.Unit {
			t.Errorf("unit of %s = %q, want %q", name, unit, f.Unit)
		}
	}
}

// suffixes are those of types with single values.
var suffixes = map[metric.Type]string{metric.TypeCounter: "_total", metric.TypeInfo: "_info"}

// textType is the nearest type that the Prometheus text format has.
func textType(t metric.Type) string {
	switch t {
	case metric.TypeInfo, metric.TypeStateSet:
		return "gauge"
	case metric.TypeGaugeHistogram:
		return "histogram"
	}
	return t.String() // Prometheus' parser says unknown for untyped
}
