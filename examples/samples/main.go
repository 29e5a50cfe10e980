// Samples shows metrics sample by sample: names, labels, timestamps, exemplars
// and a native histogram, as a collector adds them and as a page has them.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func main() {
	if err := run(os.Stdout, metric.TimestampOf(time.Now())); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, now metric.Timestamp) error {
	custom := customSamples(now)
	describe(w, custom)
	spread, err := latencies()
	if err != nil {
		return err
	}

	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, custom, requests(now), spread)
	}))
	for _, format := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(),
	} {
		fmt.Fprintf(w, "\n--- %s\n", format)
		stats, err := exposition.Write(context.Background(), w, registry, format, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "--- exemplars that were not allowed where they were: %d\n", stats.Exemplars.Misplaced)
	}
	return nil
}

// customSamples adds samples under names of its own choice. The second one has
// an exemplar, which no format allows on a gauge: the sample is shown without,
// and the page counts what it left out.
func customSamples(now metric.Timestamp) *metric.RawFamily {
	f := metric.NewRawFamily("custom_samples", "Custom sample demonstration.", metric.TypeGauge)
	f.Add(metric.Sample{
		Name:      "custom_samples",
		Labels:    metric.MustLabels("instance", "server1", "job", "app"),
		Value:     42,
		Timestamp: now,
	})
	f.Add(metric.Sample{
		Name:      "custom_samples",
		Labels:    metric.MustLabels("instance", "server2", "job", "app"),
		Value:     38.5,
		Exemplars: []metric.Exemplar{traceExemplar(42, now)},
	})
	return f
}

// traceExemplar names the trace that a value comes from.
func traceExemplar(value float64, at metric.Timestamp) metric.Exemplar {
	labels := metric.MustLabels("trace_id", "abc123", "span_id", "def456")
	return metric.Exemplar{Labels: labels, Value: value, Timestamp: at}
}

// describe prints what a sample consists of.
func describe(w io.Writer, f *metric.RawFamily) {
	for _, sample := range f.Samples() {
		fmt.Fprintln(w, "Sample:", sample.Name)
		fmt.Fprintln(w, "Labels:", sample.Labels)
		fmt.Fprintln(w, "Value:", sample.Value)
		if !sample.Timestamp.IsZero() {
			fmt.Fprintln(w, "Timestamp:", sample.Timestamp)
		}
		if exemplar := sample.Exemplar(); exemplar != nil {
			fmt.Fprintln(w, "Exemplar:", exemplar.Labels, exemplar.Value, exemplar.Timestamp)
		}
	}
}

// requests has an exemplar where it belongs: on a counter.
func requests(now metric.Timestamp) metric.Family {
	exemplar := traceExemplar(1, now)
	f := metric.NewCounterFamily("app_requests_total", "Requests served.")
	f.AddRow(metric.CounterRow{Value: 7, Exemplar: &exemplar})
	return f
}

// latencies is a native histogram. Its buckets are given as Python has them:
// each count as the difference from the one before.
func latencies() (metric.Family, error) {
	native, err := metric.NewNativeHistogram(metric.NativeDeltas{
		CountValue:    10,
		SumValue:      12.5,
		Schema:        0, // each bucket is twice as wide as the one before
		ZeroThreshold: 0.001,
		ZeroCount:     1,
		PosSpans:      []metric.BucketSpan{{Offset: 0, Length: 2}, {Offset: 1, Length: 1}},
		PosDeltas:     []int64{3, 1, -2}, // 3, 4 and 2 observations
	})
	if err != nil {
		return nil, err
	}
	f := metric.NewHistogramFamily("app_latency_seconds", "Latency.")
	f.AddRow(metric.HistogramRow{Native: native})
	return f, f.Err()
}
