// Pushgateway is a job that pushes what it has counted to a Pushgateway before it ends,
// also when it is told to stop. Start a gateway and the example, and look at the page of
// the gateway:
//
//	pushgateway
//	go run ./examples/pushgateway http://localhost:9091
//	curl http://localhost:9091/metrics
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/pushgateway"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: pushgateway URL")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], 50); err != nil {
		log.Fatal(err)
	}
}

// run copies a number of rows and pushes how that went, whether or not it was stopped.
func run(ctx context.Context, url string, rows int) (err error) {
	registry := polymeter.NewRegistry(nil)
	copied := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "copy_rows", Help: "Rows copied by the last run."}))
	ended := polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{
		Name: "copy_last_run_timestamp_seconds", Help: "When the last run ended.",
	}))
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("finding out the name of this machine: %w", err)
	}
	pusher, err := pushgateway.New(url, "copy", registry, &pushgateway.Options{
		Grouping: map[string]string{"instance": host},
	})
	if err != nil {
		return err
	}
	defer func() {
		ended.SetToCurrentTime()
		err = errors.Join(err, pusher.PushFinal(ctx))
	}()

	for range rows {
		select {
		case <-time.After(100 * time.Millisecond): // the work
			copied.Inc()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return succeeded(ctx, url, host)
}

// succeeded pushes the time of a success to a group of its own, which no failure
// replaces.
func succeeded(ctx context.Context, url, host string) error {
	registry := polymeter.NewRegistry(nil)
	polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{
		Name: "copy_last_success_timestamp_seconds", Help: "When a run last went well.",
	})).SetToCurrentTime()
	pusher, err := pushgateway.New(url, "copy_success", registry, &pushgateway.Options{
		Grouping: map[string]string{"instance": host},
	})
	if err != nil {
		return err
	}
	return pusher.Push(ctx)
}
