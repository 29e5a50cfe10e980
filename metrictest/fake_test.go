package metrictest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

// fake records failures. Unlike a test it goes on after Fatalf, so that what
// comes behind it must do no harm either.
type fake struct {
	testing.TB // for what nobody calls
	errors     []string
	fatal      bool
	logs       []string
	helped     bool
}

func (f *fake) Helper() { f.helped = true }

func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *fake) Fatalf(format string, args ...any) {
	f.fatal = true
	f.Errorf(format, args...)
}

func (f *fake) Logf(format string, args ...any) {
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}

func (f *fake) text() string { return strings.Join(f.errors, "\n") }

// passes wants that nothing was reported.
func (f *fake) passes(t *testing.T) {
	t.Helper()
	if len(f.errors) > 0 {
		t.Errorf("reported:\n%s", f.text())
	}
	f.helps(t)
}

// fails wants that the report has all these parts.
func (f *fake) fails(t *testing.T, parts ...string) {
	t.Helper()
	if len(f.errors) == 0 {
		t.Error("nothing was reported")
	}
	for _, part := range parts {
		if !strings.Contains(f.text(), part) {
			t.Errorf("%q is not in the report:\n%s", part, f.text())
		}
	}
	f.helps(t)
}

// says wants exactly this report.
func (f *fake) says(t *testing.T, report string) {
	t.Helper()
	if f.text() != report {
		t.Errorf("got the report\n%s\nwant\n%s", f.text(), report)
	}
	f.helps(t)
}

func (f *fake) helps(t *testing.T) {
	t.Helper()
	if !f.helped {
		t.Error("Helper was not called")
	}
}

// families is a collector of families that can be visited any number of times.
func families(all ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return metric.EmitAll(emit, all...)
	})
}

// requests is a counter with two series.
func requests() *metric.CounterFamily {
	f := metric.NewCounterFamily("app_requests", "Requests served.", "code")
	f.AddRow(metric.CounterRow{LabelValues: []string{"200"}, Value: 3, Created: metric.NewTimestamp(1000, 0)})
	f.Add(1, "500")
	return f
}

// latency is a histogram with classic and native buckets, and an exemplar.
func latency() *metric.HistogramFamily {
	f := metric.NewHistogramFamily("latency_seconds", "Time to answer.", "route")
	f.SetUnit("seconds")
	f.AddRow(metric.HistogramRow{
		LabelValues: []string{"/"},
		Buckets:     []metric.Bucket{{UpperBound: 0.5, Count: 2}, {UpperBound: 1, Count: 2}, {UpperBound: metric.Inf(), Count: 3}},
		Sum:         2.25,
		Native: &metric.NativeHistogram{
			Count: 3, Sum: 2.25, PositiveSpans: []metric.BucketSpan{{Offset: -1, Length: 1}, {Offset: 1, Length: 1}}, PositiveCounts: []float64{2, 1},
		},
		Exemplars: []metric.Exemplar{{Labels: metric.MustLabels("trace_id", "abc"), Value: 0.25, Timestamp: metric.NewTimestamp(2000, 0)}},
	})
	return f
}

// size is a summary with a quantile.
func size() *metric.SummaryFamily {
	f := metric.NewSummaryFamily("size_bytes", "Size of answers.")
	f.AddRow(metric.SummaryRow{Count: 2, Sum: 30, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 10}}})
	return f
}

// temperature is a gauge with a fraction that a sum has left inexact.
func temperature() *metric.GaugeFamily {
	f := metric.NewGaugeFamily("temperature_celsius", "How warm it is.")
	tenth := 0.1
	f.Add(tenth + 2*tenth)
	return f
}

// panicking is a collector that does.
var panicking = metric.CollectorFunc(func(context.Context, func(metric.Family) error) error { panic("no database") })
