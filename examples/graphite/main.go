// Graphite sends what a program counts to Graphite, with the labels as tags. Start a
// carbon and the example:
//
//	go run ./examples/graphite localhost:2003
//
// and find app_requests_total;endpoint=/api/users in Graphite. An interrupt ends it, after
// the last values were sent.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/graphite"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: graphite HOST:PORT")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address string) error {
	registry := polymeter.NewRegistry(nil)
	requests := polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "app_requests_total", Help: "Total requests.", Labels: []string{"endpoint"},
	}))
	memory := polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{Name: "app_memory_bytes", Help: "Memory usage."}))
	requests.With("/api/users").Add(100)
	requests.With("/api/orders").Add(50)
	memory.Set(512 << 20)

	bridge, err := graphite.New(address, registry, &graphite.Options{
		Interval: 10 * time.Second,
		Tags:     true,
	})
	if err != nil {
		return err
	}
	return bridge.Run(ctx)
}
