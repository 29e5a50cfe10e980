// Names shows which names a program may use, how a reader that knows less gets
// them, and how numbers are written.
package main

import (
	"context"
	"fmt"
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
	fmt.Fprintln(w, "Legacy validation enabled:", metric.LegacyValidationEnabled())

	// The switch holds for the whole process and is read at each declaration.
	metric.DisableLegacyValidation()
	registry := polymeter.NewRegistry(nil)
	requests := polymeter.CounterOpts{Name: "my-app:request_count", Help: "Requests with flexible naming."}
	polymeter.Must(registry.NewCounter(requests)).Inc()

	metric.EnableLegacyValidation()
	other := polymeter.NewRegistry(nil)
	if _, err := other.NewCounter(requests); err != nil {
		fmt.Fprintln(w, "Strict again:", err)
	}

	// A registry can have rules of its own, whatever the switch says.
	lenient := polymeter.NewRegistry(&polymeter.RegistryOptions{Validation: metric.UTF8Validation})
	polymeter.Must(lenient.NewCounter(requests))

	// Every scraper reads the first page; the second is for those that ask for
	// names as they are.
	for _, format := range []exposition.Format{exposition.FormatText(), exposition.FormatText100()} {
		if _, err := exposition.Write(context.Background(), w, registry, format, nil); err != nil {
			return err
		}
	}

	fmt.Fprintln(w, "Infinity as Go string:", metric.FormatFloat(metric.Inf()))
	fmt.Fprintln(w, "Large number as Go string:", metric.FormatFloat(1.23e10))
	buckets := []float64{0.1, 0.5, 1, 2.5, 5, 10, metric.Inf()}
	latency := polymeter.Must(registry.NewHistogram(polymeter.HistogramOpts{
		Name: "latency_seconds", Help: "Latency.", Buckets: buckets,
	}))
	latency.Observe(3)
	below5, _ := registry.SampleValue("latency_seconds_bucket", map[string]string{"le": metric.FormatFloat(5)})
	fmt.Fprintln(w, "Observations of at most 5:", below5)
	return nil
}
