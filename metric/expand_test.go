package metric_test

import (
	"errors"
	"testing"

	"polymeter.dev/metric"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	a := labels(t, "a", "1")
	low, high := metric.Exemplar{Value: 0.5, Timestamp: created}, metric.Exemplar{Value: 7}
	newer := metric.Exemplar{Value: 0.25, Timestamp: taken}
	buckets := []metric.Bucket{{UpperBound: 1, Count: 2}, {UpperBound: inf, Count: 3}}
	type list = []metric.Sample
	tests := []struct {
		name    string
		typ     metric.Type
		created bool
		sample  metric.Sample
		want    list
	}{
		{"histogram", metric.TypeHistogram, true, metric.Sample{
			Name: "x", Labels: a, Timestamp: taken, Start: created, Exemplars: []metric.Exemplar{low, newer, high},
			Histogram: &metric.Histogram{Count: 3, Sum: 8, Buckets: buckets},
		}, list{
			{Name: "x_bucket", Labels: labels(t, "a", "1", "le", "1.0"), Value: 2, Timestamp: taken, Exemplars: []metric.Exemplar{newer}},
			{Name: "x_bucket", Labels: labels(t, "a", "1", "le", "+Inf"), Value: 3, Timestamp: taken, Exemplars: []metric.Exemplar{high}},
			{Name: "x_count", Labels: a, Value: 3, Timestamp: taken},
			{Name: "x_sum", Labels: a, Value: 8, Timestamp: taken},
			{Name: "x_created", Labels: a, Value: 1700000000.25, Timestamp: taken},
		}},
		{"histogram of unknown type", metric.TypeUnknown, true, metric.Sample{
			Name: "x", Start: created, Histogram: &metric.Histogram{Count: 3, Sum: 8, Buckets: buckets[1:]},
		}, list{
			{Name: "x_bucket", Labels: labels(t, "le", "+Inf"), Value: 3},
			{Name: "x_count", Value: 3},
			{Name: "x_sum", Value: 8},
		}},
		{"counter without created", metric.TypeCounter, false, metric.Sample{
			Name: "x_total", Value: 1, Start: created, Exemplars: []metric.Exemplar{low, newer, high},
		}, list{{Name: "x_total", Value: 1, Exemplars: []metric.Exemplar{newer}}}},
		{
			"counter", metric.TypeCounter, true,
			metric.Sample{Name: "x_total", Value: 1, Start: created},
			list{{Name: "x_total", Value: 1}, {Name: "x_created", Value: 1700000000.25}},
		},
		{
			"counter with a raw name", metric.TypeCounter, true,
			metric.Sample{Name: "y", Value: 1, Start: created},
			list{{Name: "y", Value: 1}, {Name: "y_created", Value: 1700000000.25}},
		},
		{
			"line of a histogram", metric.TypeHistogram, true,
			metric.Sample{Name: "x_sum", Value: 1, Start: created},
			list{{Name: "x_sum", Value: 1}},
		},
		{
			"gauge", metric.TypeGauge, true,
			metric.Sample{Name: "x", Value: 1, Start: created},
			list{{Name: "x", Value: 1}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: tt.typ}, samples: list{tt.sample}}
			got, err := metric.Expand(f, tt.created)
			if err != nil {
				t.Fatal(err)
			}
			checkSamples(t, got, tt.want)
		})
	}
}

// TestExpandLines expands families that are lines already, some of which say when a series
// began, as decoders make them of pages.
func TestExpandLines(t *testing.T) {
	t.Parallel()
	a, b := labels(t, "a", "1"), labels(t, "a", "2")
	f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: metric.TypeCounter}, samples: []metric.Sample{
		{Name: "x_total", Labels: a, Value: 1, Start: created},
		{Name: "x_created", Labels: a, Value: 1700000000.25, Start: created},
		{Name: "x_total", Labels: b, Value: 2, Start: created},
	}}
	got, err := metric.Expand(f, true)
	if err != nil {
		t.Fatal(err)
	}
	checkSamples(t, got, []metric.Sample{
		{Name: "x_total", Labels: a, Value: 1},
		{Name: "x_created", Labels: a, Value: 1700000000.25},
		{Name: "x_total", Labels: b, Value: 2},
		{Name: "x_created", Labels: b, Value: 1700000000.25},
	})
}

func TestExpandErrors(t *testing.T) {
	t.Parallel()
	f := &fakeFamily{desc: &metric.Desc{Name: "x"}, samples: []metric.Sample{{Name: "x"}}, err: errBroken}
	if samples, err := metric.Expand(f, true); !errors.Is(err, errBroken) || samples != nil {
		t.Errorf("got %v and %v, want nothing and %v", samples, err, errBroken)
	}
	_, err := metric.Expand(nil, true)
	checkError(t, err, "metric: the family is nil")
}
