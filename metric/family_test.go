package metric_test

import (
	"errors"
	"math"
	"strconv"
	"testing"

	"polymeter.dev/metric"
)

var (
	inf     = math.Inf(1)
	created = metric.NewTimestamp(1700000000, 250e6)
	taken   = metric.NewTimestamp(1700000009, 5e8)
)

func TestFamilies(t *testing.T) {
	t.Parallel()
	ab := labels(t, "a", "1", "b", "2")
	buckets := []metric.Bucket{{UpperBound: 0.5, Count: 3}, {UpperBound: inf, Count: 5}}
	exemplar := metric.Exemplar{Labels: labels(t, "trace_id", "x"), Value: 7, Timestamp: taken}
	native := &metric.NativeHistogram{
		Count: 4, Sum: 9, Schema: 2, ZeroCount: 1,
		PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 2}}, PositiveCounts: []float64{1, 2},
	}
	tests := []struct {
		name   string
		family func() metric.Family
		typ    metric.Type
		desc   string
		want   []metric.Sample
	}{
		{"counter", func() metric.Family {
			f := metric.NewCounterFamily("x_total", "h", "b", "a")
			f.Add(3, "2", "1")
			f.AddRow(metric.CounterRow{
				Labels: map[string]string{"a": "1", "b": "2"},
				Value:  4, Created: created, Timestamp: taken, Exemplar: &exemplar,
			})
			return f
		}, metric.TypeCounter, "x", []metric.Sample{
			{Name: "x_total", Labels: ab, Value: 3},
			{Name: "x_total", Labels: ab, Value: 4, Start: created, Timestamp: taken, Exemplars: []metric.Exemplar{exemplar}},
		}},
		{"gauge", func() metric.Family {
			f := metric.NewGaugeFamily("x_total", "h")
			f.Add(3)
			f.AddRow(metric.ValueRow{Labels: map[string]string{}, Value: math.NaN(), Timestamp: taken})
			return f
		}, metric.TypeGauge, "x_total", []metric.Sample{
			{Name: "x_total", Value: 3},
			{Name: "x_total", Value: math.NaN(), Timestamp: taken},
		}},
		{"unknown", func() metric.Family {
			f := metric.NewUnknownFamily("x", "h", "a", "b")
			f.Add(3, "1", "2")
			f.AddRow(metric.ValueRow{LabelValues: []string{"1", "2"}, Value: -1})
			return f
		}, metric.TypeUnknown, "x", []metric.Sample{
			{Name: "x", Labels: ab, Value: 3},
			{Name: "x", Labels: ab, Value: -1},
		}},
		{"histogram", func() metric.Family {
			f := metric.NewHistogramFamily("x", "h", "a", "b")
			f.Add(buckets, 1.5, "1", "2")
			f.AddRow(metric.HistogramRow{
				LabelValues: []string{"1", "2"}, Buckets: buckets, NoSum: true,
				Exemplars: []metric.Exemplar{exemplar}, Created: created, Timestamp: taken,
			})
			f.AddRow(metric.HistogramRow{LabelValues: []string{"1", "2"}, Native: native})
			return f
		}, metric.TypeHistogram, "x", []metric.Sample{
			{Name: "x", Labels: ab, Histogram: &metric.Histogram{Count: 5, Sum: 1.5, Buckets: buckets}},
			{
				Name: "x", Labels: ab, Timestamp: taken, Start: created, Exemplars: []metric.Exemplar{exemplar},
				Histogram: &metric.Histogram{Count: 5, NoSum: true, Buckets: buckets},
			},
			{Name: "x", Labels: ab, Histogram: &metric.Histogram{Count: 4, Sum: 9, Native: native}},
		}},
		{"gauge histogram", func() metric.Family {
			f := metric.NewGaugeHistogramFamily("x", "h")
			f.Add(buckets, -1)
			f.AddRow(metric.GaugeHistogramRow{Buckets: buckets, NoGSum: true, Timestamp: taken})
			return f
		}, metric.TypeGaugeHistogram, "x", []metric.Sample{
			{Name: "x", Histogram: &metric.Histogram{Count: 5, Sum: -1, Buckets: buckets}},
			{Name: "x", Timestamp: taken, Histogram: &metric.Histogram{Count: 5, NoSum: true, Buckets: buckets}},
		}},
		{"summary", func() metric.Family {
			f := metric.NewSummaryFamily("x", "h")
			f.Add(2, 8)
			f.AddRow(metric.SummaryRow{
				Count: 3, Sum: 9, Created: created, Timestamp: taken,
				Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 4}},
			})
			return f
		}, metric.TypeSummary, "x", []metric.Sample{
			{Name: "x", Summary: &metric.Summary{Count: 2, Sum: 8}},
			{Name: "x", Timestamp: taken, Start: created, Summary: &metric.Summary{
				Count: 3, Sum: 9, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 4}},
			}},
		}},
		{"info", func() metric.Family {
			f := metric.NewInfoFamily("x_info", "h", "a")
			f.Add(map[string]string{"b": "2"}, "1")
			f.AddRow(metric.InfoRow{
				Labels: map[string]string{"a": "1"}, Info: map[string]string{"b": "2"}, Timestamp: taken,
			})
			return f
		}, metric.TypeInfo, "x", []metric.Sample{
			{Name: "x_info", Labels: ab, Value: 1},
			{Name: "x_info", Labels: ab, Value: 1, Timestamp: taken},
		}},
		{"state set", func() metric.Family {
			f := metric.NewStateSetFamily("x", "h", "a")
			f.Add(map[string]bool{"on": true, "off": false}, "1")
			f.AddRow(metric.StateSetRow{
				Labels: map[string]string{"a": "1"}, States: map[string]bool{"only": true}, Timestamp: taken,
			})
			return f
		}, metric.TypeStateSet, "x", []metric.Sample{
			{Name: "x", Labels: labels(t, "a", "1", "x", "off"), Value: 0},
			{Name: "x", Labels: labels(t, "a", "1", "x", "on"), Value: 1},
			{Name: "x", Labels: labels(t, "a", "1", "x", "only"), Value: 1, Timestamp: taken},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.family()
			d := f.Desc()
			if d.Name != tt.desc || d.Type != tt.typ || d.Help != "h" {
				t.Errorf("Desc is %+v, want the name %q and the type %v", d, tt.desc, tt.typ)
			}
			if err := d.Validate(metric.LegacyValidation); err != nil {
				t.Errorf("Desc.Validate: %v", err)
			}
			checkSamples(t, samplesOf(t, f), tt.want)
			checkSamples(t, samplesOf(t, f), tt.want)
		})
	}
}

// builder is what all builders have beyond Family.
type builder interface {
	metric.Family
	Err() error
	Reset()
	SetUnit(unit string)
}

func TestFamilyErrors(t *testing.T) {
	t.Parallel()
	counter := func(labelNames ...string) *metric.CounterFamily {
		return metric.NewCounterFamily("x", "h", labelNames...)
	}
	histogram := func(buckets ...metric.Bucket) builder {
		f := metric.NewHistogramFamily("x", "h")
		f.Add(buckets, 1)
		return f
	}
	tests := []struct {
		name   string
		family func() builder
		want   string
	}{
		{
			"too few label values", func() builder { f := counter("a", "b"); f.Add(1, "1"); return f },
			`metric: 1 label values ["1"] for the 2 label names ["a" "b"] in family "x"`,
		},
		{
			"a value for a labelled family", func() builder { f := counter("a"); f.Add(1); return f },
			`metric: 0 label values [] for the 1 label names ["a"] in family "x"`,
		},
		{
			"too many label values", func() builder { f := counter(); f.Add(1, "1"); return f },
			`metric: 1 label values ["1"] for the 0 label names [] in family "x"`,
		},
		{"label value missing by name", func() builder {
			f := counter("a")
			f.AddRow(metric.CounterRow{Labels: map[string]string{"b": "1"}})
			return f
		}, `metric: no value for label "a" among ["b"] in family "x"`},
		{"too many labels by name", func() builder {
			f := counter("a")
			f.AddRow(metric.CounterRow{Labels: map[string]string{"a": "1", "b": "2"}})
			return f
		}, `metric: labels ["a" "b"] for the label names ["a"] in family "x"`},
		{"labels by position and by name", func() builder {
			f := counter("a")
			f.AddRow(metric.CounterRow{LabelValues: []string{"1"}, Labels: map[string]string{"a": "1"}})
			return f
		}, `metric: label values are given both by position and by name ["a"] in family "x"`},
		{
			"label value not UTF-8", func() builder { f := counter("a"); f.Add(1, "\xff"); return f },
			`metric: value "\xff" of label "a" is not valid UTF-8 in family "x"`,
		},
		{
			"label name not UTF-8", func() builder { return counter("\xff") },
			`metric: label name "\xff" is empty or not valid UTF-8 in family "x"`,
		},
		{
			"label name empty", func() builder { return counter("") },
			`metric: label name "" is empty or not valid UTF-8 in family "x"`,
		},
		{
			"label name twice", func() builder { return counter("a", "a") },
			`metric: label name "a" occurs twice in family "x"`,
		},
		{
			"help not UTF-8", func() builder { return metric.NewGaugeFamily("x", "\xff") },
			`metric: help "\xff" of family "x" is not valid UTF-8 at byte 0`,
		},
		{
			"raw help not UTF-8", func() builder { return metric.NewRawFamily("x", "\xff", metric.TypeGauge) },
			`metric: help "\xff" of family "x" is not valid UTF-8 at byte 0`,
		},
		{
			"le in a histogram", func() builder { return metric.NewHistogramFamily("x", "h", "le") },
			`metric: label name "le" is reserved in a histogram in family "x"`,
		},
		{
			"quantile in a summary", func() builder { return metric.NewSummaryFamily("x", "h", "quantile") },
			`metric: label name "quantile" is reserved in a summary in family "x"`,
		},
		{
			"family name as label of a state set", func() builder { return metric.NewStateSetFamily("x", "h", "x") },
			`metric: label name "x" is reserved in a stateset in family "x"`,
		},
		{
			"unit not the suffix", func() builder { f := counter(); f.SetUnit("seconds"); return f },
			`metric: unit "seconds" is not the suffix of family name "x"`,
		},
		{
			"unit of an info", func() builder { f := metric.NewInfoFamily("x_s_info", "h"); f.SetUnit("s"); return f },
			`metric: info family "x_s" must not have a unit, has "s"`,
		},
		{
			"unit of a state set", func() builder { f := metric.NewStateSetFamily("x_s", "h"); f.SetUnit("s"); return f },
			`metric: stateset family "x_s" must not have a unit, has "s"`,
		},
		{
			"no buckets", func() builder { return histogram() },
			`metric: histogram has no buckets in family "x"`,
		},
		{"buckets not sorted", func() builder {
			return histogram(metric.Bucket{UpperBound: 2}, metric.Bucket{UpperBound: 1}, metric.Bucket{UpperBound: inf})
		}, `metric: bucket bound 1 does not ascend from 2 in family "x"`},
		{
			"buckets without +Inf", func() builder { return histogram(metric.Bucket{UpperBound: 2}) },
			`metric: the last bucket is le=2, not +Inf in family "x"`,
		},
		{"buckets not cumulative", func() builder {
			return histogram(metric.Bucket{UpperBound: 2, Count: 3}, metric.Bucket{UpperBound: inf, Count: 2})
		}, `metric: bucket le=+Inf has count 2, less than 3 before it in family "x"`},
		{"buckets contradict native", func() builder {
			f := metric.NewHistogramFamily("x", "h")
			f.AddRow(metric.HistogramRow{
				Buckets: []metric.Bucket{{UpperBound: inf, Count: 2}},
				Native:  &metric.NativeHistogram{Count: 1, ZeroCount: 1},
			})
			return f
		}, `metric: the +Inf bucket has 2, the count is 1 in family "x"`},
		{"gauge histogram without buckets", func() builder {
			f := metric.NewGaugeHistogramFamily("x", "h")
			f.Add(nil, 1)
			return f
		}, `metric: histogram has no buckets in family "x"`},
		{
			"negative summary count", func() builder { f := metric.NewSummaryFamily("x", "h"); f.Add(-1, 1); return f },
			`metric: summary count -1 is negative or NaN in family "x"`,
		},
		{"info overlaps a label", func() builder {
			f := metric.NewInfoFamily("x", "h", "a")
			f.Add(map[string]string{"a": "2"}, "1")
			return f
		}, `metric: info "a" overlaps with the label of this name in family "x"`},
		{
			"info arity", func() builder { f := metric.NewInfoFamily("x", "h", "a"); f.Add(nil); return f },
			`metric: 0 label values [] for the 1 label names ["a"] in family "x"`,
		},
		{"info not UTF-8", func() builder {
			f := metric.NewInfoFamily("x", "h")
			f.Add(map[string]string{"a": "\xff"})
			return f
		}, `metric: value "\xff" of label "a" is not valid UTF-8 in family "x"`},
		{
			"state set arity", func() builder { f := metric.NewStateSetFamily("x", "h", "a"); f.Add(nil); return f },
			`metric: 0 label values [] for the 1 label names ["a"] in family "x"`,
		},
		{"state not UTF-8", func() builder {
			f := metric.NewStateSetFamily("x", "h")
			f.Add(map[string]bool{"\xff": true})
			return f
		}, `metric: value "\xff" of label "x" is not valid UTF-8 in family "x"`},
		{"raw label name empty", func() builder {
			f := metric.NewRawFamily("x", "h", metric.TypeGauge)
			f.AddSample("x", map[string]string{"": "1"}, 1)
			return f
		}, `metric: label name "" is empty or not valid UTF-8 in family "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := tt.family()
			checkError(t, f.Err(), tt.want)
			samples, err := visited(f)
			if !errors.Is(err, f.Err()) || len(samples) > 0 {
				t.Errorf("Each visited %d samples and returned %v, want none and Err", len(samples), err)
			}
		})
	}
}

func TestFamilyKeepsFirstError(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("x", "h", "a")
	f.Add(1, "good")
	f.Add(1, "1", "2")
	first := f.Err()
	f.Add(1)
	f.Add(1, "good too")
	if first == nil || !errors.Is(f.Err(), first) {
		t.Errorf("Err is %v, want the first, %v", f.Err(), first)
	}
}

// TestFamilyIgnoresRowsAfterError adds to families whose declaration is wrong.
func TestFamilyIgnoresRowsAfterError(t *testing.T) {
	t.Parallel()
	counter := metric.NewCounterFamily("x", "h", "a", "a")
	counter.Add(1, "1", "1")
	histogram := metric.NewHistogramFamily("x", "h", "a", "a")
	histogram.Add(nil, 1)
	summary := metric.NewSummaryFamily("x", "h", "a", "a")
	summary.Add(-1, 1)
	info := metric.NewInfoFamily("x", "h", "a", "a")
	info.Add(nil)
	states := metric.NewStateSetFamily("x", "h", "a", "a")
	states.Add(nil)
	for _, f := range []builder{counter, histogram, summary, info, states} {
		f.SetUnit("seconds")
		checkError(t, f.Err(), `metric: label name "a" occurs twice in family "x"`)
	}
}

func TestFamilyReset(t *testing.T) {
	t.Parallel()
	f := metric.NewHistogramFamily("x", "h", "a")
	buckets := []metric.Bucket{{UpperBound: inf, Count: 1}}
	f.Add(buckets, 1, "1")
	f.Add(nil, 1, "2")
	f.Reset()
	if f.Err() != nil {
		t.Errorf("Err after Reset: %v", f.Err())
	}
	f.Add(buckets, 2, "3")
	want := metric.Sample{Name: "x", Labels: labels(t, "a", "3"), Histogram: &metric.Histogram{Count: 1, Sum: 2, Buckets: buckets}}
	checkSamples(t, samplesOf(t, f), []metric.Sample{want})

	wrong := metric.NewGaugeFamily("x", "h", "a", "a")
	wrong.Reset()
	wrong.Add(1, "1", "1")
	if wrong.Err() == nil {
		t.Error("Reset removed the error of the declaration")
	}
}

func TestSetUnitLeavesOldDesc(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("x_bytes", "h")
	before := f.Desc()
	f.SetUnit("bytes")
	if before.Unit != "" || f.Desc().Unit != "bytes" || f.Err() != nil {
		t.Errorf("units are %q before and %q after (error %v)", before.Unit, f.Desc().Unit, f.Err())
	}
}

func TestFamilyIsIndependentOfArguments(t *testing.T) {
	t.Parallel()
	buckets := []metric.Bucket{{UpperBound: inf, Count: 1}}
	exemplars := []metric.Exemplar{{Value: 1}}
	f := metric.NewHistogramFamily("x", "h")
	f.AddRow(metric.HistogramRow{Buckets: buckets, Exemplars: exemplars})
	want := samplesOf(t, f)
	buckets[0].Count, exemplars[0].Value = 2, 2
	checkSamples(t, samplesOf(t, f), want)
}

func TestFamilyEachStopsAtError(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("x", "h")
	f.Add(1)
	f.Add(2)
	visits := 0
	err := f.Each(func(*metric.Sample) error { visits++; return errBroken })
	if visits != 1 || !errors.Is(err, errBroken) {
		t.Errorf("%d visits and the error %v, want 1 and %v", visits, err, errBroken)
	}
}

func TestParseBuckets(t *testing.T) {
	t.Parallel()
	got, err := metric.ParseBuckets([]string{"0.1", "1", "+Inf"}, []float64{1, 2, 3})
	want := []metric.Bucket{{UpperBound: 0.1, Count: 1}, {UpperBound: 1, Count: 2}, {UpperBound: inf, Count: 3}}
	if err != nil || len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, bound := range []string{"", "one", "NaN"} {
		_, err := metric.ParseBuckets([]string{bound}, []float64{1})
		checkError(t, err, `metric: bound `+strconv.Quote(bound)+` is not a number`)
	}
	_, err = metric.ParseBuckets([]string{"1"}, nil)
	checkError(t, err, `metric: 1 bucket bounds ["1"] for 0 counts`)
}

func TestFamilyAllocations(t *testing.T) {
	const rows = 10_000
	values := make([]string, rows)
	for i := range values {
		values[i] = strconv.Itoa(i)
	}
	buckets := []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 2}}
	f := metric.NewHistogramFamily("x", "h", "a", "b")
	fill := func() {
		f.Reset()
		for _, v := range values {
			f.Add(buckets, 1, v, "constant")
		}
	}
	fill()
	// Label text is new each time, some hundred series to a chunk.
	if got := testing.AllocsPerRun(5, fill); got > rows/50 {
		t.Errorf("refilling %d rows allocates %v times", rows, got)
	}
	each := func() { _ = f.Each(func(*metric.Sample) error { return nil }) }
	if got := testing.AllocsPerRun(5, each); got > 1 {
		t.Errorf("Each of %d rows allocates %v times", rows, got)
	}
}
