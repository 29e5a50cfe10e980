package metric_test

import (
	"fmt"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

// drawFamily draws a family in composite form of which the expanded form loses
// nothing: without native buckets, and with at most one exemplar a bucket.
func drawFamily(t *rapid.T) *fakeFamily {
	typ := rapid.SampledFrom([]metric.Type{
		metric.TypeCounter, metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram,
		metric.TypeGauge, metric.TypeUnknown, metric.TypeInfo, metric.TypeStateSet,
	}).Draw(t, "type")
	f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: typ}}
	for i := range rapid.IntRange(0, 5).Draw(t, "series") {
		f.samples = append(f.samples, drawSample(t, f.desc, i))
	}
	return f
}

func drawSample(t *rapid.T, d *metric.Desc, i int) metric.Sample {
	s := metric.Sample{Name: d.SampleName(), Labels: drawLabels(t, i), Timestamp: drawTime(t)}
	switch d.Type {
	case metric.TypeCounter:
		s.Value = drawValue(t)
		s.Start = drawTime(t)
		if rapid.Bool().Draw(t, "exemplar") {
			s.Exemplars = []metric.Exemplar{{Labels: drawLabels(t, 0), Value: drawValue(t), Timestamp: drawTime(t)}}
		}
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		if d.Type == metric.TypeHistogram {
			s.Start = drawTime(t)
		}
		drawClassic(t, d.Type, &s)
	case metric.TypeSummary:
		s.Start = drawTime(t)
		s.Summary = drawSummary(t)
	default:
		s.Value = drawValue(t)
	}
	return s
}

func drawClassic(t *rapid.T, typ metric.Type, s *metric.Sample) {
	h := &metric.Histogram{NoSum: rapid.Bool().Draw(t, "no sum")}
	bounds := rapid.SliceOfNDistinct(rapid.IntRange(-20, 1000), 0, 6, rapid.ID).Draw(t, "bounds")
	slices.Sort(bounds)
	for _, bound := range bounds {
		upper := float64(bound) / 8
		h.Count += float64(rapid.IntRange(0, 9).Draw(t, "count"))
		h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: upper, Count: h.Count})
		if rapid.Bool().Draw(t, "exemplar") {
			s.Exemplars = append(s.Exemplars, metric.Exemplar{Labels: drawLabels(t, 0), Value: upper, Timestamp: drawTime(t)})
		}
	}
	h.Buckets = append(h.Buckets, metric.Bucket{UpperBound: inf, Count: h.Count})
	if typ == metric.TypeHistogram && h.Buckets[0].UpperBound < 0 {
		h.NoSum = true
	}
	if !h.NoSum {
		h.Sum = drawValue(t)
	}
	s.Histogram = h
}

func drawSummary(t *rapid.T) *metric.Summary {
	s := &metric.Summary{Count: float64(rapid.IntRange(0, 9).Draw(t, "count")), Sum: drawValue(t)}
	for _, q := range rapid.SliceOfNDistinct(rapid.IntRange(0, 100), 0, 4, rapid.ID).Draw(t, "quantiles") {
		s.Quantiles = append(s.Quantiles, metric.Quantile{Quantile: float64(q) / 100, Value: drawValue(t)})
	}
	return s
}

func drawValue(t *rapid.T) float64 { return float64(rapid.IntRange(0, 1000).Draw(t, "value")) / 4 }

// drawTime draws an absent time or one that microseconds express, which is as
// much as a float64 keeps.
func drawTime(t *rapid.T) metric.Timestamp {
	if rapid.Bool().Draw(t, "no time") {
		return metric.Timestamp{}
	}
	micros := rapid.Int64Range(1_000_000_000e6, 2_000_000_000e6).Draw(t, "time")
	return metric.NewTimestamp(micros/1e6, micros%1e6*1e3)
}

// drawLabels draws labels that differ for each i. Some are there to be mistaken
// for le and quantile.
func drawLabels(t *rapid.T, i int) metric.Labels {
	m := map[string]string{"id": strconv.Itoa(i)}
	values := rapid.SampledFrom([]string{"", "v", `"`, "\\", "\n", "le=", `,le="1"`, "quantile=", "é"})
	for _, name := range []string{"a", "title", "z.z"} {
		if rapid.Bool().Draw(t, "has "+name) {
			m[name] = values.Draw(t, name)
		}
	}
	l, err := metric.LabelsFromMap(m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// drawLines draws a family in canonical expanded form, without the help of the
// code that expands.
func drawLines(t *rapid.T) *fakeFamily {
	typ := rapid.SampledFrom([]metric.Type{
		metric.TypeCounter, metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram,
	}).Draw(t, "type")
	f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: typ}}
	for i := range rapid.IntRange(0, 4).Draw(t, "series") {
		l, at := drawLabels(t, i), drawTime(t)
		line := func(suffix string, value float64, bound ...string) {
			labels := l
			if len(bound) > 0 {
				labels = mustWith(t, l, bound[0], bound[1])
			}
			f.samples = append(f.samples, metric.Sample{Name: "x" + suffix, Labels: labels, Value: value, Timestamp: at})
		}
		drawSeries(t, typ, line)
		if typ != metric.TypeGaugeHistogram && rapid.Bool().Draw(t, "created") {
			line("_created", float64(rapid.IntRange(1e9, 2e9).Draw(t, "created"))+0.25)
		}
	}
	return f
}

func drawSeries(t *rapid.T, typ metric.Type, line func(suffix string, value float64, bound ...string)) {
	switch typ {
	case metric.TypeCounter:
		line("_total", drawValue(t))
	case metric.TypeSummary:
		for _, q := range []string{"0.0", "0.5", "0.99", "1.0"} {
			if rapid.Bool().Draw(t, q) {
				line("", drawValue(t), "quantile", q)
			}
		}
		line("_count", float64(rapid.IntRange(0, 9).Draw(t, "count")))
		line("_sum", drawValue(t))
	default:
		count, sum := "_count", "_sum"
		if typ == metric.TypeGaugeHistogram {
			count, sum = "_gcount", "_gsum"
		}
		n := 0.0
		for _, le := range []string{"0.005", "1.0", "2.5", "1e+06", "+Inf"} {
			if le == "+Inf" || rapid.Bool().Draw(t, le) {
				n += float64(rapid.IntRange(0, 9).Draw(t, "count"))
				line("_bucket", n, "le", le)
			}
		}
		if rapid.Bool().Draw(t, "sum") {
			line(count, n)
			line(sum, drawValue(t))
		}
	}
}

func mustWith(t *rapid.T, l metric.Labels, name, value string) metric.Labels {
	with, err := l.With(name, value)
	if err != nil {
		t.Fatal(fmt.Errorf("With: %w", err))
	}
	return with
}
