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

// A cron job leaves what it has counted where the node exporter looks for it.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "textfile-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	registry := polymeter.NewRegistry(nil)
	rows := polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{Name: "backup_rows", Help: "Rows in the last backup."}))
	rows.Set(1500)

	path := filepath.Join(dir, "backup.prom")
	if err := textfile.Write(context.Background(), path, registry, nil); err != nil {
		log.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(page))
	// Output:
	// # HELP backup_rows Rows in the last backup.
	// # TYPE backup_rows gauge
	// backup_rows 1500
}
