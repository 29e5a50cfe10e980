// Collectors shows what exists elsewhere, in collectors of its own: numbers of
// the operating system, whether other services answer, and what is in a
// database. It serves them on port 8000 until it is interrupted.
//
// A collector that fails costs nothing but its own families: the page says what
// the others know, and the failure is logged and counted.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"polymeter.dev"
	"polymeter.dev/metrichttp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	services := map[string]string{
		"user_service":      "http://user-service:8080",
		"payment_service":   "http://payment-service:8080",
		"inventory_service": "http://inventory-service:8080",
	}
	if err := run(ctx, os.Stdout, ":8000", services); err != nil {
		log.Fatal(err)
	}
}

// run serves a registry of collectors until ctx is done.
func run(ctx context.Context, w io.Writer, addr string, services map[string]string) error {
	registry := polymeter.NewRegistry(nil)
	registry.MustRegister(
		&systemCollector{proc: os.DirFS("/proc")},
		&healthCollector{services: services},
		&databaseCollector{db: mockDatabase{}},
	)

	server := metrichttp.NewServer(addr, metrichttp.Routes(registry, nil), nil)
	if err := server.Start(); err != nil {
		return err
	}
	fmt.Fprintf(w, "http://%s/metrics\n", server.Addr())
	return server.Serve(ctx)
}
