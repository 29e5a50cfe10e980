package expose_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/metric"
)

// TestPrometheusReadsProtobuf has Prometheus' parser read the corpus in
// protobuf: with native histograms, with classic buckets beside them, and
// without native ones.
func TestPrometheusReadsProtobuf(t *testing.T) {
	t.Parallel()
	for escaping, scheme := range schemes {
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
	for escaping, scheme := range schemes {
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
	want := newPage()
	for i := range families {
		f := &families[i]
		switch {
		case !o.IgnoreNativeHistograms:
			want.natives(f, view)
			nativeView := view
			nativeView.Native = true
			want.lines(f.Lines(nativeView))
			if o.KeepClassicOnClassicAndNativeHistograms {
				want.lines(filter(f, func(p *corpus.Point) bool { return p.Native != nil && len(p.Buckets) > 0 }).Lines(view))
			}
		case format.Syntax == exposition.Protobuf:
			// The exemplars of native buckets alone are out of sight.
			onlyNative := filter(f, func(p *corpus.Point) bool { return p.Native != nil && len(p.Buckets) == 0 })
			for i := range onlyNative.Points {
				onlyNative.Points[i].Exemplars = nil
			}
			want.lines(f.Lines(view))
			want.lines(onlyNative.Lines(view))
		default:
			want.lines(f.Lines(view))
		}
	}
	text := write(t, corpus.Collector(families), format, nil)
	got := readPrometheus(t, text, format.ContentType(), o)
	if diff := cmp.Diff(want.Points, got.Points); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// filter returns the family with some of its points.
func filter(f *corpus.Family, keep func(*corpus.Point) bool) *corpus.Family {
	part := *f
	part.Points = nil
	for i := range f.Points {
		if keep(&f.Points[i]) {
			part.Points = append(part.Points, f.Points[i])
		}
	}
	return &part
}

// natives adds the native histograms of a family.
func (r page) natives(f *corpus.Family, view corpus.View) {
	for i := range f.Points {
		p := &f.Points[i]
		if p.Native == nil {
			continue
		}
		h := prometheusHistogram(p.Native)
		if f.Type == metric.TypeGaugeHistogram {
			h.CounterResetHint = histogram.GaugeType
		}
		h.Compact(0)
		read := point{Value: h.TestExpression(), Start: p.Created}
		for _, e := range p.Exemplars {
			e = e.Escaped(view.Escape)
			read.Exemplars = append(read.Exemplars, exemplarText(e.Labels, e.Value, e.Time))
		}
		line := corpus.Line{Name: view.Escape(f.Name), Labels: map[string]string{}, Time: p.Time}
		for name, value := range p.Labels {
			line.Labels[view.Escape(name)] = value
		}
		r.Points[lineKey(line)] = read
	}
}

// prometheusHistogram makes a histogram of Prometheus' with the same contents.
func prometheusHistogram(h *metric.NativeHistogram) *histogram.FloatHistogram {
	spans := func(list []metric.BucketSpan) []histogram.Span {
		var converted []histogram.Span
		for _, s := range list {
			converted = append(converted, histogram.Span{Offset: s.Offset, Length: s.Length})
		}
		return converted
	}
	return &histogram.FloatHistogram{
		Schema: h.Schema, Count: h.Count, Sum: h.Sum, ZeroThreshold: h.ZeroThreshold, ZeroCount: h.ZeroCount,
		PositiveSpans: spans(h.PositiveSpans), PositiveBuckets: append([]float64(nil), h.PositiveCounts...),
		NegativeSpans: spans(h.NegativeSpans), NegativeBuckets: append([]float64(nil), h.NegativeCounts...),
		CustomValues: append([]float64(nil), h.CustomBounds...),
	}
}
