//go:build unix

package textfile_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"polymeter.dev"
	"polymeter.dev/bridge/textfile"
)

// Every run of a job adds to what those before it have counted.
func ExampleAccumulate() {
	dir, err := os.MkdirTemp("", "textfile-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "backup.prom")

	for range 3 { // each of which is a process in real life
		registry := polymeter.NewRegistry(nil)
		runs := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "backup_runs", Help: "Backups made."}))
		runs.Inc()
		if err := textfile.Accumulate(context.Background(), path, registry, nil); err != nil {
			log.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(page))
	// Output:
	// # HELP backup_runs_total Backups made.
	// # TYPE backup_runs_total counter
	// backup_runs_total 3
}
