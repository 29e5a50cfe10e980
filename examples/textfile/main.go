// Textfile is a job that is run by cron, and counts from run to run in a file that the
// node exporter shows. Run it several times and look at the file:
//
//	go run ./examples/textfile /tmp/backup.prom
//	cat /tmp/backup.prom
//
// On a server the folder is the one that the node exporter is told by
// --collector.textfile.directory.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/textfile"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: textfile FILE.prom")
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path string) error {
	registry := polymeter.NewRegistry(nil)
	runs := polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "backup_runs", Help: "Backups made, by how that went.", Labels: []string{"outcome"},
	}))
	took := polymeter.Must(registry.NewHistogram(polymeter.HistogramOpts{
		Name: "backup_duration_seconds", Help: "Time that backups took.", Buckets: []float64{0.1, 1, 10},
	}))
	last := polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{
		Name: "backup_last_run_timestamp_seconds", Help: "When a backup was last made.",
	}))

	started := time.Now()
	outcome := "success"
	if err := backup(ctx); err != nil {
		outcome = "failure"
	}
	runs.With(outcome).Inc()
	took.Observe(time.Since(started).Seconds())
	last.SetToCurrentTime()
	// Counters and histograms are added to those in the file, gauges replaced.
	return textfile.Accumulate(ctx, path, registry, nil)
}

// backup is the work.
func backup(ctx context.Context) error {
	select {
	case <-time.After(10 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
