package metric_test

import (
	"errors"
	"testing"

	"polymeter.dev/metric"
)

func TestComposeErrors(t *testing.T) {
	t.Parallel()
	line := func(name string, value float64, pairs ...string) metric.Sample {
		return metric.Sample{Name: name, Labels: labels(t, append(pairs, "a", "1")...), Value: value}
	}
	last := line("x_bucket", 3, "le", "+Inf")
	timed := line("x_sum", 3)
	timed.Timestamp = taken
	composite := metric.Sample{Name: "x", Histogram: &metric.Histogram{}}
	started := line("x_total", 1)
	started.Start = created
	at := func(name string, sec int64) metric.Sample {
		s := line(name, 1)
		s.Timestamp = metric.NewTimestamp(sec, 0)
		return s
	}
	type list = []metric.Sample
	tests := []struct {
		name    string
		typ     metric.Type
		samples list
		sample  string
		want    string
	}{
		{
			"no +Inf", metric.TypeHistogram,
			list{line("x_bucket", 1, "le", "1")},
			"x",
			`no bucket le="+Inf"`,
		},
		{
			"no buckets", metric.TypeHistogram,
			list{line("x_count", 1), line("x_sum", 1)},
			"x",
			`no bucket le="+Inf"`,
		},
		{
			"no le", metric.TypeHistogram,
			list{line("x_bucket", 1)},
			"x_bucket",
			`no label "le"`,
		},
		{
			"le inside a value", metric.TypeHistogram,
			list{line("x_bucket", 1, "b", "le=")},
			"x_bucket",
			`no label "le"`,
		},
		{
			"le at the end of a value", metric.TypeHistogram,
			list{line("x_bucket", 1, "b", ",le=")},
			"x_bucket",
			`no label "le"`,
		},
		{
			"le before another label", metric.TypeHistogram,
			list{line("x_bucket", 1, "0", ",le=")},
			"x_bucket",
			`no label "le"`,
		},
		{
			"le at the end of a name", metric.TypeHistogram,
			list{line("x_bucket", 1, "title", "1")},
			"x_bucket",
			`no label "le"`,
		},
		{
			"le is text", metric.TypeHistogram,
			list{line("x_bucket", 1, "le", `a"`)},
			"x_bucket",
			`le="a\"" is not a number`,
		},
		{
			"le is NaN", metric.TypeHistogram,
			list{line("x_bucket", 1, "le", "NaN")},
			"x_bucket",
			`le="NaN" is not a number`,
		},
		{
			"count differs", metric.TypeHistogram,
			list{last, line("x_count", 4)},
			"x",
			`count 4 differs from 3 in bucket le="+Inf"`,
		},
		{
			"bucket twice", metric.TypeHistogram,
			list{line("x_bucket", 1, "le", "1"), line("x_bucket", 1, "le", "1.0"), last},
			"x",
			`duplicate bucket le="1.0"`,
		},
		{
			"not cumulative", metric.TypeHistogram,
			list{line("x_bucket", 4, "le", "1"), last},
			"x",
			`bucket le=+Inf has count 3, less than 4 before it`,
		},
		{
			"sum twice", metric.TypeHistogram,
			list{last, line("x_sum", 1), line("x_sum", 1)},
			"x_sum",
			`duplicate sample`,
		},
		{
			"created twice", metric.TypeHistogram,
			list{last, line("x_created", 1), line("x_created", 1)},
			"x_created",
			`duplicate sample`,
		},
		{
			"created is no time", metric.TypeHistogram,
			list{last, line("x_created", inf)},
			"x_created",
			`+Inf is not a time`,
		},
		{
			"unexpected suffix", metric.TypeHistogram,
			list{last, line("x_gsum", 1)},
			"x_gsum",
			`unexpected name`,
		},
		{
			"unexpected name", metric.TypeHistogram,
			list{line("y_bucket", 1)},
			"y_bucket",
			`unexpected name`,
		},
		{
			"unexpected suffix of a gauge histogram", metric.TypeGaugeHistogram,
			list{last, line("x_sum", 1)},
			"x_sum",
			`unexpected name`,
		},
		{
			"unexpected name of a gauge", metric.TypeGauge,
			list{line("y", 1)},
			"y",
			`unexpected name`,
		},
		{
			"empty name", metric.TypeGauge,
			list{line("", 1)},
			"",
			`unexpected name`,
		},
		{
			"unexpected name of a counter", metric.TypeCounter,
			list{line("x_sum", 1)},
			"x_sum",
			`unexpected name`,
		},
		{
			"times differ", metric.TypeHistogram,
			list{last, timed},
			"x_sum",
			`timestamp "1700000009.500000000" differs from "" in the same series`,
		},
		{
			"mixed, composite last", metric.TypeHistogram,
			list{last, composite},
			"x",
			`composite and expanded samples are mixed in the family`,
		},
		{
			"mixed, composite first", metric.TypeHistogram,
			list{composite, last},
			"x_bucket",
			`composite and expanded samples are mixed in the family`,
		},
		{
			"mixed counters", metric.TypeCounter,
			list{started, line("x_created", 1)},
			"x_created",
			`composite and expanded samples are mixed in the family`,
		},
		{
			"points of a counter, then created", metric.TypeCounter,
			list{at("x_total", 1), at("x_total", 2), line("x_created", 1)},
			"x_created",
			`composite and expanded samples are mixed in the family`,
		},
		{
			"points of a counter, created first", metric.TypeCounter,
			list{at("x_created", 1), at("x_total", 1), at("x_total", 2)},
			"x_total",
			`timestamp "2.000000000" differs from "1.000000000" in the same series`,
		},
		{
			"created alone", metric.TypeCounter,
			list{line("x_created", 1)},
			"x",
			`no sample "x_total"`,
		},
		{
			"counter twice", metric.TypeCounter,
			list{line("x_total", 1), line("x_total", 1)},
			"x_total",
			`duplicate sample`,
		},
		{
			"summary without count", metric.TypeSummary,
			list{line("x", 1, "quantile", "0.5"), line("x_sum", 1)},
			"x",
			`no sample "x_count"`,
		},
		{
			"summary without sum", metric.TypeSummary,
			list{line("x_count", 1)},
			"x",
			`no sample "x_sum"`,
		},
		{
			"no quantile", metric.TypeSummary,
			list{line("x", 1)},
			"x",
			`no label "quantile"`,
		},
		{"quantile twice", metric.TypeSummary, list{
			line("x", 1, "quantile", "0.5"), line("x", 1, "quantile", "5e-1"), line("x_count", 1), line("x_sum", 1),
		}, "x", `quantile 0.5 occurs twice`},
		{"quantile above 1", metric.TypeSummary, list{
			line("x", 1, "quantile", "2"), line("x_count", 1), line("x_sum", 1),
		}, "x", `quantile 2 is not between 0 and 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var composer metric.Composer
			_, err := visited(composer.Compose(&fakeFamily{desc: &metric.Desc{Name: "x", Type: tt.typ}, samples: tt.samples}, 0))
			var got *metric.ComposeError
			if !errors.As(err, &got) {
				t.Fatalf("error is %v, want a ComposeError", err)
			}
			if got.Family != "x" || got.Sample != tt.sample || got.Reason != tt.want {
				t.Errorf("family %q, sample %q, reason %q, want %q, %q, %q", got.Family, got.Sample, got.Reason, "x", tt.sample, tt.want)
			}
		})
	}
	err := &metric.ComposeError{Family: "x", Sample: "x_sum", Labels: labels(t, "a", "1"), Reason: "duplicate sample"}
	checkError(t, err, `metric: sample x_sum{a="1"} of family "x" does not compose: duplicate sample`)
}
