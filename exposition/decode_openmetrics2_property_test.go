package exposition_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// TestOpenMetrics2DecoderUndoesEncoder decodes pages of families of any kind. They
// encode to the same bytes, and mean what they meant before: JSON, which has other
// code, shows the same of them.
func TestOpenMetrics2DecoderUndoesEncoder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var families []metric.Family
		for i := range rapid.IntRange(0, 4).Draw(r, "families") {
			families = append(families, drawFamily(r, fmt.Sprintf("f%d%s", i, awkward().Draw(r, "name"))))
		}
		page := writeAny(r, om2, families)
		d := readOpenMetrics2(page)
		decoded, err := decodePage(d)
		if err != nil {
			r.Fatalf("%v in\n%s", err, page)
		}
		if len(decoded) != len(families) || d.DroppedExemplars() != 0 || d.DroppedUnits() != 0 {
			r.Errorf("%d of %d families, without %d exemplars and %d units", len(decoded), len(families), d.DroppedExemplars(), d.DroppedUnits())
		}
		if diff := cmp.Diff(page, writeAny(r, om2, decoded)); diff != "" {
			r.Errorf("(-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(writeAny(r, json, families), writeAny(r, json, decoded)); diff != "" {
			r.Errorf("JSON (-want +got)\n%s", diff)
		}
	})
}

func writeAny(r *rapid.T, format exposition.Format, families []metric.Family) string {
	var page bytes.Buffer
	if _, err := exposition.Write(context.Background(), &page, collector(families...), format, nil); err != nil {
		r.Fatal(err)
	}
	return page.String()
}

func drawFamily(r *rapid.T, name string) metric.Family {
	f := &family{desc: metric.Desc{Name: name, Help: awkward().Draw(r, "help")}}
	f.desc.Type = rapid.SampledFrom([]metric.Type{
		metric.TypeUnknown, metric.TypeCounter, metric.TypeGauge, metric.TypeSummary,
		metric.TypeHistogram, metric.TypeGaugeHistogram, metric.TypeInfo, metric.TypeStateSet,
	}).Draw(r, "type")
	sampleName := f.desc.SampleName()
	switch {
	case f.desc.Type == metric.TypeCounter && rapid.Bool().Draw(r, "written") && !strings.HasSuffix(name, "_total"):
		f.desc.Written, sampleName = name, name
	case f.desc.Type != metric.TypeInfo && f.desc.Type != metric.TypeStateSet && rapid.Bool().Draw(r, "unit"):
		f.desc.Name += "_s"
		f.desc.Unit, sampleName = "s", f.desc.SampleName()
	}
	sets := rapid.MapOfN(rapid.StringMatching(`[a-z]{0,2}`), labelMaps(), 0, 3).Draw(r, "series")
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		set := sets[id]
		set["id"] = id // no series is there twice
		if f.desc.Type == metric.TypeStateSet {
			set[f.desc.Name] = awkward().Draw(r, "state")
		}
		l, err := metric.LabelsFromMap(set)
		if err != nil {
			r.Fatal(err)
		}
		s := metric.Sample{Name: sampleName, Labels: l}
		times := rapid.SliceOfNDistinct(rapid.Int64Range(-1e12, 1e12), 0, 2, rapid.ID).Draw(r, "times")
		if len(times) == 0 {
			drawValue(r, f.desc.Type, &s)
			f.samples = append(f.samples, s)
		}
		for _, ms := range slices.Sorted(slices.Values(times)) {
			s.Timestamp = metric.TimestampMilli(ms)
			drawValue(r, f.desc.Type, &s)
			f.samples = append(f.samples, s)
		}
	}
	return f
}

func drawValue(r *rapid.T, t metric.Type, s *metric.Sample) {
	if t == metric.TypeCounter || t == metric.TypeSummary || t == metric.TypeHistogram {
		if s.Start = (metric.Timestamp{}); rapid.Bool().Draw(r, "started") {
			s.Start = at(rapid.Int64().Draw(r, "start")/2, rapid.Int64Range(0, 999_999_999).Draw(r, "nanoseconds"))
		}
	}
	switch t {
	case metric.TypeCounter:
		s.Value = rapid.Float64Min(0).Draw(r, "value")
	case metric.TypeInfo:
		s.Value = 1
	case metric.TypeStateSet:
		s.Value = float64(rapid.IntRange(0, 1).Draw(r, "value"))
	case metric.TypeSummary:
		s.Summary = drawSummary(r)
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		s.Histogram = drawHistogram(r)
	default:
		s.Value = drawNumber(r)
	}
	s.Exemplars = nil
	if t == metric.TypeCounter || s.Histogram != nil {
		for range rapid.IntRange(0, 2).Draw(r, "exemplars") {
			l, err := metric.LabelsFromMap(labelMaps().Draw(r, "exemplar"))
			if err != nil {
				r.Fatal(err)
			}
			s.Exemplars = append(s.Exemplars, metric.Exemplar{Labels: l, Value: drawNumber(r), Timestamp: at(rapid.Int64Range(0, 1e10).Draw(r, "seconds"), 5e8)})
		}
	}
}

func drawNumber(r *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), inf, math.Inf(-1), math.Copysign(0, -1), 1 << 53})).Draw(r, "number")
}

func drawSummary(r *rapid.T) *metric.Summary {
	s := &metric.Summary{Count: float64(rapid.Uint64().Draw(r, "count")), Sum: rapid.Float64Min(0).Draw(r, "sum")}
	quantiles := rapid.SliceOfNDistinct(rapid.Float64Range(0, 1), 0, 4, rapid.ID).Draw(r, "quantiles")
	for _, q := range slices.Sorted(slices.Values(quantiles)) {
		value := rapid.OneOf(rapid.Float64Min(0), rapid.Just(math.NaN())).Draw(r, "value")
		s.Quantiles = append(s.Quantiles, metric.Quantile{Quantile: q, Value: value})
	}
	return s
}

// drawHistogram draws a histogram of classic buckets, native ones or both.
func drawHistogram(r *rapid.T) *metric.Histogram {
	h := &metric.Histogram{Sum: drawNumber(r)}
	kinds := rapid.IntRange(1, 3).Draw(r, "kinds")
	if kinds&1 != 0 {
		h.Native = drawNative(r)
		h.Count, h.Native.Sum = h.Native.Count, h.Sum
	} else {
		h.Count = rapid.Float64Range(0, 1e18).Draw(r, "count")
	}
	if kinds&2 != 0 {
		bounds := rapid.SliceOfNDistinct(rapid.Float64(), 0, 4, rapid.ID).Draw(r, "bounds")
		counts := rapid.SliceOfN(rapid.Float64Range(0, h.Count), len(bounds), len(bounds)).Draw(r, "counts")
		slices.Sort(bounds)
		slices.Sort(counts)
		for i, bound := range bounds {
			if bound == 0 {
				bound = 0 // without a sign, which is not always kept in expanded form
			}
			h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: bound, Count: counts[i]})
		}
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: inf, Count: h.Count})
	}
	return h
}

func drawNative(r *rapid.T) *metric.NativeHistogram {
	h := &metric.NativeHistogram{
		Schema:        rapid.Int32Range(metric.MinSchema, metric.MaxSchema).Draw(r, "schema"),
		ZeroThreshold: rapid.Float64Min(0).Draw(r, "zero threshold"),
		ZeroCount:     float64(rapid.Uint16().Draw(r, "zero count")),
	}
	h.Count = h.ZeroCount
	side := func(called string) ([]metric.BucketSpan, []float64) {
		buckets := rapid.MapOfN(rapid.Int32Range(-9, 9), rapid.Uint16Min(1), 0, 5).Draw(r, called)
		var b metric.NativeBuckets
		for _, index := range slices.Sorted(maps.Keys(buckets)) {
			b.Append(index, float64(buckets[index]))
			h.Count += float64(buckets[index])
		}
		return b.Spans, b.Counts
	}
	h.NegativeSpans, h.NegativeCounts = side("negative")
	h.PositiveSpans, h.PositiveCounts = side("positive")
	return h
}
