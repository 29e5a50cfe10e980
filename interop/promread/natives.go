package promread

import (
	"github.com/prometheus/prometheus/model/histogram"

	"polymeter.dev/interop/corpus"
	"polymeter.dev/metric"
)

// Natives adds the native histograms of a family.
func (r Page) Natives(f *corpus.Family, view corpus.View) {
	for i := range f.Points {
		p := &f.Points[i]
		if p.Native == nil {
			continue
		}
		h := Histogram(p.Native)
		if f.Type == metric.TypeGaugeHistogram {
			h.CounterResetHint = histogram.GaugeType
		}
		h.Compact(0)
		read := Point{Value: h.TestExpression(), Start: p.Created}
		for _, e := range p.Exemplars {
			e = e.Escaped(view.Escape)
			read.Exemplars = append(read.Exemplars, ExemplarText(e.Labels, e.Value, e.Time))
		}
		line := corpus.Line{Name: view.Escape(f.Name), Labels: map[string]string{}, Time: p.Time}
		for name, value := range p.Labels {
			line.Labels[view.Escape(name)] = value
		}
		r.Points[lineKey(line)] = read
	}
}

// Histogram makes a histogram of Prometheus' with the same contents.
func Histogram(h *metric.NativeHistogram) *histogram.FloatHistogram {
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
