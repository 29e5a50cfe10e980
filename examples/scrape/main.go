// Scrape makes one page of those of several programs that have no directory to share,
// first with a label that tells them apart, and then added up.
//
// One of them does not answer: the others are shown all the same, and a metric says
// which one it was.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"polymeter.dev"
	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/metrichttp"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// program is another program: it has done some jobs and serves its page.
func program(jobs int) (*httptest.Server, error) {
	registry := polymeter.NewRegistry(nil)
	done, err := registry.NewCounter(polymeter.CounterOpts{Name: "jobs_total", Help: "Jobs done."})
	if err != nil {
		return nil, err
	}
	done.Add(float64(jobs))
	return httptest.NewServer(metrichttp.Handler(registry, &metrichttp.HandlerOptions{DisableSelfMetrics: true})), nil
}

// run prints the two pages, and what is known of the targets.
func run(ctx context.Context, w io.Writer) error {
	targets := []scrape.Target{{Name: "gone", URL: "http://127.0.0.1:1/metrics"}}
	for jobs := range 3 {
		server, err := program(jobs + 1)
		if err != nil {
			return err
		}
		defer server.Close()
		targets = append(targets, scrape.Target{Name: fmt.Sprintf("worker-%d", jobs), URL: server.URL})
	}
	defer http.DefaultClient.CloseIdleConnections()
	for _, merge := range []bool{false, true} {
		collector, err := scrape.New(&scrape.Options{Targets: targets, Merge: merge})
		if err != nil {
			return err
		}
		if _, err := exposition.Write(ctx, w, collector, exposition.FormatText(), nil); err != nil {
			fmt.Fprintln(w, "#", err) // what is lost is no reason to lose the rest
		}
		if _, err := exposition.Write(ctx, w, collector.SelfMetrics(), exposition.FormatText(), nil); err != nil {
			return err
		}
	}
	return nil
}
