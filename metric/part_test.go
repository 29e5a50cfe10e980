package metric_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func partsOf(t testing.TB, x *metric.Expander, typ metric.Type, s *metric.Sample) []metric.Part {
	t.Helper()
	var parts []metric.Part
	err := x.Each(typ, s, func(p *metric.Part) error {
		parts = append(parts, *p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestExpander(t *testing.T) {
	t.Parallel()
	exemplar := metric.Exemplar{Value: 1, Timestamp: taken}
	exemplars := []metric.Exemplar{exemplar}
	classic := &metric.Histogram{Count: 3, Sum: 4, Buckets: []metric.Bucket{{UpperBound: 0.5, Count: 1}, {UpperBound: inf, Count: 3}}}
	native := &metric.Histogram{Count: 3, Sum: 4, Native: &metric.NativeHistogram{Count: 3, Sum: 4, ZeroCount: 3}}
	noSum := *classic
	noSum.NoSum = true
	negative := &metric.Histogram{Count: 3, Sum: -4, Buckets: []metric.Bucket{{UpperBound: -1, Count: 1}, {UpperBound: inf, Count: 3}}}
	half := metric.Part{Suffix: "_bucket", BoundName: "le", Bound: "0.5", Value: 1}
	minusOne := metric.Part{Suffix: "_bucket", BoundName: "le", Bound: "-1.0", Value: 1}
	all := metric.Part{Suffix: "_bucket", BoundName: "le", Bound: "+Inf", Value: 3}
	withExemplar := all
	withExemplar.Exemplar = &exemplar
	start := metric.Part{Suffix: "_created", Value: created.Float(), Time: created}
	type list = []metric.Part
	tests := []struct {
		name   string
		typ    metric.Type
		sample metric.Sample
		want   list
	}{
		{
			"counter", metric.TypeCounter,
			metric.Sample{Value: 2, Start: created, Exemplars: exemplars},
			list{{Suffix: "_total", Value: 2, Exemplar: &exemplar}, start},
		},
		{"counter without start", metric.TypeCounter, metric.Sample{Value: 2}, list{{Suffix: "_total", Value: 2}}},
		{"info", metric.TypeInfo, metric.Sample{Value: 1, Start: created}, list{{Suffix: "_info", Value: 1}}},
		{"gauge", metric.TypeGauge, metric.Sample{Value: 2, Start: created}, list{{Value: 2}}},
		{
			"histogram", metric.TypeHistogram,
			metric.Sample{Start: created, Histogram: classic, Exemplars: exemplars},
			list{half, withExemplar, {Suffix: "_count", Value: 3}, {Suffix: "_sum", Value: 4}, start},
		},
		{
			"native histogram", metric.TypeHistogram,
			metric.Sample{Histogram: native},
			list{all, {Suffix: "_count", Value: 3}, {Suffix: "_sum", Value: 4}},
		},
		{"no sum", metric.TypeHistogram, metric.Sample{Start: created, Histogram: &noSum}, list{half, all, start}},
		{
			"negative bucket", metric.TypeHistogram,
			metric.Sample{Histogram: negative},
			list{minusOne, all, {Suffix: "_count", Value: 3}, {Suffix: "_sum", Value: -4}},
		},
		{
			"gauge histogram", metric.TypeGaugeHistogram,
			metric.Sample{Start: created, Histogram: classic},
			list{half, all, {Suffix: "_gcount", Value: 3}, {Suffix: "_gsum", Value: 4}},
		},
		{
			"gauge histogram with a negative bucket", metric.TypeGaugeHistogram,
			metric.Sample{Histogram: negative},
			list{minusOne, all, {Suffix: "_gcount", Value: 3}, {Suffix: "_gsum", Value: -4}},
		},
		{"line of a histogram", metric.TypeHistogram, metric.Sample{Name: "x_sum", Value: 2, Start: created}, list{{Value: 2}}},
		{"summary", metric.TypeSummary, metric.Sample{Start: created, Summary: &metric.Summary{
			Count: 3, Sum: 4, Quantiles: []metric.Quantile{{Quantile: 0.9, Value: 7}, {Quantile: 1, Value: 8}},
		}}, list{
			{BoundName: "quantile", Bound: "0.9", Value: 7},
			{BoundName: "quantile", Bound: "1.0", Value: 8},
			{Suffix: "_count", Value: 3},
			{Suffix: "_sum", Value: 4},
			start,
		}},
	}
	var shared metric.Expander // bounds remembered from one case must not show in the next
	shared.Created = true
	for _, tt := range tests {
		got := partsOf(t, &shared, tt.typ, &tt.sample)
		if diff := cmp.Diff(tt.want, got, equal); diff != "" {
			t.Errorf("%s: parts differ (-want +got):\n%s", tt.name, diff)
		}
		var plain metric.Expander
		want := slices.DeleteFunc(slices.Clone(tt.want), func(p metric.Part) bool { return p.Suffix == "_created" })
		if diff := cmp.Diff(want, partsOf(t, &plain, tt.typ, &tt.sample), equal); diff != "" {
			t.Errorf("%s: parts without created differ (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestExpanderStops has the visitor fail at each part in turn.
func TestExpanderStops(t *testing.T) {
	t.Parallel()
	s := fullSample(t)
	histogram, summary := s, s
	histogram.Summary, summary.Histogram = nil, nil
	histogram.Histogram.NoSum = false
	for _, tt := range []struct {
		typ    metric.Type
		sample *metric.Sample
	}{
		{metric.TypeHistogram, &histogram},
		{metric.TypeSummary, &summary},
		{metric.TypeCounter, &metric.Sample{Name: "x_total", Start: created}},
	} {
		x := metric.Expander{Created: true}
		for i := range partsOf(t, &x, tt.typ, tt.sample) {
			visits := 0
			err := x.Each(tt.typ, tt.sample, func(*metric.Part) error {
				if visits++; visits > i {
					return errBroken
				}
				return nil
			})
			if !errors.Is(err, errBroken) || visits != i+1 {
				t.Errorf("%v: stopped after %d visits with %v, want %d", tt.typ, visits, err, i+1)
			}
		}
	}
}

func TestExpanderAllocations(t *testing.T) {
	s := fullSample(t)
	s.Summary = nil
	x := metric.Expander{Created: true}
	visit := func(*metric.Part) error { return nil }
	if got := testing.AllocsPerRun(100, func() { _ = x.Each(metric.TypeHistogram, &s, visit) }); got > 0 {
		t.Errorf("expanding a histogram allocates %v times", got)
	}
}
