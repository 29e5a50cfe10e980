// Openmetrics prints the same registry in OpenMetrics and in the Prometheus text
// format, which differ in small things: where the suffix _total belongs, whether
// creation times are shown, and how a page ends.
package main

import (
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
	registry := polymeter.NewRegistry(nil)
	counter := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "test_counter", Help: "Test counter."}))
	gauge := polymeter.Must(registry.NewGaugeVec(polymeter.GaugeOpts{
		Name: "test_gauge", Help: "Test gauge.", Labels: []string{"label"},
	}))
	counter.Add(42)
	gauge.With("value1").Set(3.14)

	page, err := exposition.GenerateOpenMetrics(registry)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "OpenMetrics format, %s:\n%s", exposition.ContentTypeOpenMetrics, page)

	page, err = exposition.GenerateLatest(registry)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nPrometheus format, %s:\n%s", exposition.ContentTypeText, page)

	// What a reader gets that does not know other names than the old ones.
	fmt.Fprintf(w, "\n%s %s\n",
		metric.Underscores.EscapeMetricName("http.server.duration"),
		metric.Values.EscapeLabelName("http.route"))
	return nil
}
