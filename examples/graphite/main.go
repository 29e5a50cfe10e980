// Graphite prints a registry as the lines that Graphite reads, with its tags. It
// shows how little an output of your own takes: collect, expand, print. It sends
// nothing; a program that did would write the same bytes to a connection.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func main() {
	if err := run(os.Stdout, time.Now()); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, now time.Time) error {
	registry := polymeter.NewRegistry(nil)
	requests := polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "app_requests_total", Help: "Total requests.", Labels: []string{"endpoint"},
	}))
	memory := polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{Name: "app_memory_bytes", Help: "Memory usage."}))
	requests.With("/api/users").Add(100)
	requests.With("/api/orders").Add(50)
	memory.Set(512 << 20)

	return write(context.Background(), w, registry, now)
}

// write prints every sample that c collects. Histograms and summaries become one
// line for each bucket, sum and count.
func write(ctx context.Context, w io.Writer, c metric.Collector, now time.Time) error {
	return c.Collect(ctx, func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		if err != nil {
			return err
		}
		for _, sample := range samples {
			value := metric.AppendValue(nil, sample.Value)
			if _, err := fmt.Fprintf(w, "%s %s %d\n", path(&sample), value, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}

// path is the name of a series for Graphite: the metric, then its labels as
// tags. Graphite drops tags without a value.
func path(s *metric.Sample) string {
	var b strings.Builder
	b.WriteString(metric.Underscores.EscapeMetricName(s.Name))
	for name, value := range s.Labels.All() {
		if value != "" {
			fmt.Fprintf(&b, ";%s=%s", metric.Underscores.EscapeLabelName(name), tagValue(value))
		}
	}
	return b.String()
}

// tagValue replaces what would end the tag or the line, and the tilde that no
// value may begin with.
func tagValue(value string) string {
	return strings.Map(func(r rune) rune {
		if r == ';' || r == '~' || r <= ' ' {
			return '_'
		}
		return r
	}, value)
}
