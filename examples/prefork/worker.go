//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// work serves the port that the parent has handed on, until the parent lets go.
func work() error {
	port := os.NewFile(3, "port")
	listener, err := net.FileListener(port)
	if err != nil {
		return err
	}
	port.Close()
	server := &http.Server{Handler: newHandler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// newHandler counts requests. Nothing in it knows of other processes.
func newHandler() http.Handler {
	polymeter.NewGauge(polymeter.GaugeOpts{
		Name: "server_workers", Help: "Workers that are alive.", Mode: metric.GaugeLiveSum,
	}).Set(1)
	requests := polymeter.NewCounter(polymeter.CounterOpts{
		Name: "server_requests_total", Help: "Requests served.",
	})

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrichttp.Handler(polymeter.Default(), nil))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		requests.Inc()
		fmt.Fprintln(w, os.Getpid())
	})
	return mux
}
