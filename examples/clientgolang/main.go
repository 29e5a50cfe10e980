// Clientgolang is a program that declares its metrics with client_golang, and the five
// lines that make it one of many processes on one page, in OpenMetrics 2.0 for scrapers
// that ask for it, and sent to Graphite as well. The lines are those with "added" behind
// them; what it counts, and how, stays as it was.
//
// It is a module of its own, so that who uses Polymeter does not get client_golang
// with it. Start several of them, and something that listens as Graphite does:
//
//	nc -lk 2003 &
//	cd examples/clientgolang
//	export PROMETHEUS_MULTIPROC_DIR=/dev/shm/example
//	go run . localhost:8001 localhost:2003 &
//	go run . localhost:8002 localhost:2003 &
//	curl localhost:8001/ localhost:8002/ localhost:8001/metrics
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"polymeter.dev"
	"polymeter.dev/bridge/graphite"
	"polymeter.dev/collectors"
	"polymeter.dev/metrichttp"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: clientgolang LISTEN GRAPHITE")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen, address string) error {
	requests := promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "app_requests_total", Help: "Requests served.",
	}, []string{"endpoint"})
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		requests.WithLabelValues("/").Inc()
		fmt.Fprintln(w, "hello")
	})

	registry := polymeter.Default()                                                          // added
	must(registry.Publish(collectors.FromGatherer(prometheus.DefaultGatherer), nil))         // added
	http.Handle("/metrics", metrichttp.Handler(registry, nil))                               // added, for promhttp.Handler()
	bridge := polymeter.Must(graphite.New(address, registry, &graphite.Options{Tags: true})) // added
	go bridge.Run(ctx)                                                                       // added

	server := &http.Server{Addr: listen}
	context.AfterFunc(ctx, func() { server.Close() })
	return server.ListenAndServe()
}

// must ends the program when it cannot begin.
func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
