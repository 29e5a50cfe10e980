// Families prints a collector that uses every builder of metric families.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(metric.CollectorFunc(collect))
	_, err := exposition.Write(context.Background(), w, registry, exposition.FormatOpenMetrics(), nil)
	return err
}

// collect emits one family of each type. A builder keeps its first error, which
// emit returns, so that adding rows needs no checks.
func collect(_ context.Context, emit func(metric.Family) error) error {
	return metric.EmitAll(emit,
		requests(), resources(), responseTimes(), requestSizes(), application(), features(), waiting())
}

// requests is a counter. Its plain rows are a value and the label values; a
// CounterRow has all that a series can have.
func requests() metric.Family {
	f := metric.NewCounterFamily("app_requests_total", "Total application requests.", "endpoint", "method")
	f.Add(1500, "/api/users", "GET")
	f.Add(300, "/api/users", "POST")
	f.Add(800, "/api/orders", "GET")
	f.AddRow(metric.CounterRow{
		Labels:  map[string]string{"endpoint": "/api/orders", "method": "POST"},
		Value:   200,
		Created: metric.NewTimestamp(1_697_328_000, 0),
	})
	return f
}

func resources() metric.Family {
	f := metric.NewGaugeFamily("app_resource_usage", "Current resource usage.", "resource", "unit")
	f.Add(1<<30, "memory", "bytes")
	f.Add(45.2, "cpu", "percent")
	f.Add(127, "connections", "count")
	return f
}

// responseTimes is a histogram. Buckets are cumulative: 200 requests took at
// most a quarter of a second.
func responseTimes() metric.Family {
	f := metric.NewHistogramFamily("app_response_time_seconds", "Response time distribution.", "endpoint")
	f.SetUnit("seconds")
	buckets := []metric.Bucket{
		{UpperBound: 0.1, Count: 100},
		{UpperBound: 0.25, Count: 200},
		{UpperBound: 0.5, Count: 280},
		{UpperBound: 1, Count: 300},
		{UpperBound: metric.Inf(), Count: 305},
	}
	f.Add(buckets, 45.7, "/api/users")
	f.Add(buckets, 32.1, "/api/orders")
	return f
}

func requestSizes() metric.Family {
	f := metric.NewSummaryFamily("app_request_size_bytes", "Request size summary.", "endpoint")
	f.SetUnit("bytes")
	f.Add(500, 250_000, "/api/users")
	f.Add(300, 150_000, "/api/orders")
	return f
}

func application() metric.Family {
	f := metric.NewInfoFamily("app_info", "Application information.")
	f.Add(map[string]string{
		"version":     "2.1.0",
		"build_date":  "2023-10-15",
		"git_commit":  "abc123def",
		"environment": "production",
	})
	return f
}

func features() metric.Family {
	f := metric.NewStateSetFamily("app_feature", "Features that are switched on.", "tenant")
	f.Add(map[string]bool{"search": true, "export": false}, "acme")
	return f
}

// waiting is a gauge histogram: what it counts may leave again.
func waiting() metric.Family {
	f := metric.NewGaugeHistogramFamily("app_job_age_seconds", "Ages of the jobs that wait.")
	f.Add([]metric.Bucket{
		{UpperBound: 60, Count: 2},
		{UpperBound: metric.Inf(), Count: 3},
	}, 100)
	return f
}
