// Remotewrite sends what a program counts to a Prometheus, Mimir, Thanos or
// VictoriaMetrics that cannot scrape it: one behind a firewall, or one that is told only
// what is pushed to it. Start a receiver and the example:
//
//	prometheus --web.enable-remote-write-receiver
//	go run ./examples/remotewrite http://localhost:9090/api/v1/write
//
// and ask for jobs_total. An interrupt ends it, and with it all of its series.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/remotewrite"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: remotewrite URL")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1], 5*time.Second); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, interval time.Duration) error {
	registry := polymeter.NewRegistry(nil)
	jobs := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "jobs_total", Help: "Jobs done."}))
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("finding out the name of this machine: %w", err)
	}
	writer, err := remotewrite.New(url, registry, &remotewrite.Options{
		Interval: interval,
		Labels:   map[string]string{"job": "example", "instance": host},
	})
	if err != nil {
		return err
	}
	registry.MustRegister(writer.SelfMetrics())

	go work(ctx, jobs)
	return writer.Run(ctx)
}

// work does a job now and then.
func work(ctx context.Context, jobs *polymeter.Counter) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			jobs.Inc()
		case <-ctx.Done():
			return
		}
	}
}
