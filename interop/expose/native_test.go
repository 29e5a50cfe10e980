package expose_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/promread"
)

// TestPrometheusReadsProtobuf has Prometheus' parser read the corpus in
// protobuf: with native histograms, with classic buckets beside them, and
// without native ones.
func TestPrometheusReadsProtobuf(t *testing.T) {
	t.Parallel()
	for escaping, scheme := range promread.Schemes {
		for name, options := range map[string]textparse.ParserOptions{
			"native":             {},
			"native and classic": {KeepClassicOnClassicAndNativeHistograms: true},
			"classic":            {IgnoreNativeHistograms: true},
		} {
			t.Run(escaping.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				format := exposition.Format{Syntax: exposition.Protobuf, Escaping: escaping}
				view := corpus.View{Escape: escape(scheme), Metadata: true, PlainGauge: true}
				compareComposite(t, format, view, options)
			})
		}
	}
}

// TestPrometheusReadsOpenMetrics2 does the same with the parser of OpenMetrics
// 2.0, which Prometheus has behind a feature flag.
func TestPrometheusReadsOpenMetrics2(t *testing.T) {
	t.Parallel()
	for escaping, scheme := range promread.Schemes {
		for name, options := range map[string]textparse.ParserOptions{
			"native":             {},
			"native and classic": {KeepClassicOnClassicAndNativeHistograms: true},
			"classic":            {IgnoreNativeHistograms: true},
		} {
			t.Run(escaping.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				format := exposition.Format{Syntax: exposition.OpenMetrics2, Escaping: escaping}
				view := corpus.View{Escape: escape(scheme), Metadata: true, AllExemplars: true}
				compareComposite(t, format, view, options)
			})
		}
	}
}

func compareComposite(t *testing.T, format exposition.Format, view corpus.View, o textparse.ParserOptions) {
	t.Helper()
	families := append(corpus.Families(false), corpus.Fractional())
	want := promread.NewPage()
	for i := range families {
		f := &families[i]
		switch {
		case !o.IgnoreNativeHistograms:
			want.Natives(f, view)
			nativeView := view
			nativeView.Native = true
			want.Lines(f.Lines(nativeView))
			if o.KeepClassicOnClassicAndNativeHistograms {
				want.Lines(f.OnlyBoth().Lines(view))
			}
		case format.Syntax == exposition.Protobuf:
			want.Lines(f.WithoutNativeExemplars().Lines(view))
		default:
			want.Lines(f.Lines(view))
		}
	}
	page := write(t, corpus.Collector(families), format, nil)
	got := promread.Read(t, page, format.ContentType(), o)
	if diff := cmp.Diff(want.Points, got.Points); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
