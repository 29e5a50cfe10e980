package scrape_test

import (
	"fmt"
	"net/http/httptest"

	"polymeter.dev"
	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/metrichttp"
)

func Example() {
	var targets []scrape.Target
	for i, name := range []string{"web", "worker"} { // two programs that serve a page
		registry := polymeter.NewRegistry(nil)
		jobs := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "jobs_total", Help: "Jobs done."}))
		jobs.Add(float64(i + 1))
		server := httptest.NewServer(metrichttp.Handler(registry, &metrichttp.HandlerOptions{DisableSelfMetrics: true}))
		defer server.Close()
		targets = append(targets, scrape.Target{Name: name, URL: server.URL})
	}

	for _, merge := range []bool{false, true} {
		c, err := scrape.New(&scrape.Options{Targets: targets, Merge: merge})
		if err != nil {
			fmt.Println(err)
			return
		}
		page, err := exposition.GenerateLatest(c)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Print(string(page))
	}
	// Output:
	// # HELP jobs_total Jobs done.
	// # TYPE jobs_total counter
	// jobs_total{instance="web"} 1
	// jobs_total{instance="worker"} 2
	// # HELP jobs_total Jobs done.
	// # TYPE jobs_total counter
	// jobs_total 3
}
