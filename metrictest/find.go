package metrictest

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"polymeter.dev/metric"
)

// Value returns the value of the series with the name that it has on a page of
// text, such as latency_seconds_bucket, and the labels, given as names and values
// in turn. They must be all of its labels. How an le or a quantile is written does
// not matter. A series that is not there ends the test, which is told what is there
// instead.
func Value(t testing.TB, c metric.Collector, name string, labels ...string) float64 {
	t.Helper()
	value, err := findValue(c, name, labels)
	if err != nil {
		t.Fatalf("metrictest.Value: %v", err)
		return math.NaN()
	}
	return value
}

// Sample returns the series of a family with these labels, given as names and
// values in turn, which must be all of its labels. A histogram or a summary comes
// as a whole, with its exemplars and the time it began. Name is that of the
// family, with or without the suffix of its type. The result is the caller's. A
// series that is not there ends the test.
func Sample(t testing.TB, c metric.Collector, name string, labels ...string) *metric.Sample {
	t.Helper()
	sample, err := findSample(c, name, labels)
	if err != nil {
		t.Fatalf("metrictest.Sample: %v", err)
		return nil
	}
	return sample
}

// Histogram returns the histogram with these labels, as [Sample] finds it: its
// classic buckets, its native ones, or both. A series that is not there, or no
// histogram, ends the test.
func Histogram(t testing.TB, c metric.Collector, name string, labels ...string) *metric.Histogram {
	t.Helper()
	sample, err := findSample(c, name, labels)
	if err == nil && sample.Histogram == nil {
		err = fmt.Errorf("%s%s is no histogram", name, sample.Labels)
	}
	if err != nil {
		t.Fatalf("metrictest.Histogram: %v", err)
		return nil
	}
	return sample.Histogram
}

// Count returns how many series the families with one of the names have, or all
// families when there are none. A histogram or a summary is one series; a state
// set has one for each state.
func Count(t testing.TB, c metric.Collector, names ...string) int {
	t.Helper()
	families, err := gather(c, names)
	if err != nil {
		t.Fatalf("metrictest.Count: %v", err)
		return 0
	}
	n := 0
	for _, f := range families {
		n += len(f.samples)
	}
	return n
}

// Series returns the labels of the series of a family, in the order in which they
// are collected; none when there is no such family.
func Series(t testing.TB, c metric.Collector, name string) []metric.Labels {
	t.Helper()
	families, err := gather(c, []string{name})
	if err != nil {
		t.Fatalf("metrictest.Series: %v", err)
		return nil
	}
	var series []metric.Labels
	for _, f := range families {
		for _, s := range f.samples {
			series = append(series, s.Labels)
		}
	}
	return series
}

// labelsOf makes a set of names and values in turn.
func labelsOf(pairs []string) (metric.Labels, error) {
	if len(pairs)%2 != 0 {
		return metric.Labels{}, fmt.Errorf("labels are names and values in turn, and %q is an odd number of them", pairs)
	}
	names, values := make([]string, 0, len(pairs)/2), make([]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		names, values = append(names, pairs[i]), append(values, pairs[i+1])
	}
	return metric.MakeLabels(names, values)
}

// canonical writes the bounds among labels as collected ones are written, since
// "1" and "1.0" are the same bucket.
func canonical(l metric.Labels) metric.Labels {
	for _, bound := range []string{"le", "quantile"} {
		text, found := l.Lookup(bound)
		if !found {
			continue
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			if with, err := l.With(bound, metric.FormatFloat(f)); err == nil {
				l = with
			}
		}
	}
	return l
}

// findValue finds the newest point of a series.
func findValue(c metric.Collector, name string, pairs []string) (float64, error) {
	labels, err := labelsOf(pairs)
	if err != nil {
		return 0, err
	}
	families, err := gather(c, []string{name})
	if err != nil {
		return 0, err
	}
	value, found := 0.0, false
	for _, f := range families {
		for _, s := range f.lines() {
			if s.Name == name && (s.Labels == labels || s.Labels == canonical(labels)) {
				value, found = s.Value, true
			}
		}
	}
	if !found {
		return 0, noSeries(c, families, name, labels)
	}
	return value, nil
}

// findSample finds the newest point of a series in composite form.
func findSample(c metric.Collector, name string, pairs []string) (*metric.Sample, error) {
	labels, err := labelsOf(pairs)
	if err != nil {
		return nil, err
	}
	families, err := gather(c, []string{name})
	if err != nil {
		return nil, err
	}
	var found *metric.Sample
	for _, f := range families {
		for _, s := range f.samples {
			if s.Labels == labels {
				found = s
			}
		}
	}
	if found == nil {
		return nil, noSample(c, families, name, labels)
	}
	return found, nil
}
