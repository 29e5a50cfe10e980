//go:build unix

// Restart serves HTTP and, when it gets SIGHUP, replaces itself by a new process
// without refusing a connection: the new generation takes over the port, and the
// old one ends when it has answered what it was asked. For a while both serve, and
// both show what all generations have counted.
//
// It serves for as long as its standard input is open.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

func main() {
	if err := serve("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}

// serve serves until the next generation has taken over.
func serve(addr string) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before anybody can know of this process
	listener, generation, err := inherit()
	if err != nil {
		return err
	}
	if listener == nil {
		if listener, err = net.Listen("tcp", addr); err != nil {
			return err
		}
		fmt.Printf("http://%s\n", listener.Addr())
	}
	var connections sync.WaitGroup
	server := &http.Server{Handler: newHandler(generation), ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			connections.Add(1)
		case http.StateClosed, http.StateHijacked:
			connections.Done()
		}
	}}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	failed := handOver(ctx, hangups, listener.(*net.TCPListener), generation)
	// Shutdown would drop connections whose request it has not read yet. So first
	// there are no more of them, and then all are answered.
	failed = errors.Join(failed, listener.Close())
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		failed = errors.Join(failed, err)
	}
	server.SetKeepAlivesEnabled(false)
	connections.Wait()
	return failed
}

// newHandler counts requests. Nothing in it knows of other generations.
func newHandler(generation int) http.Handler {
	polymeter.NewGauge(polymeter.GaugeOpts{
		Name: "server_generations", Help: "Generations that are alive.", Mode: metric.GaugeLiveSum,
	}).Set(1)
	polymeter.NewGauge(polymeter.GaugeOpts{
		Name: "server_generation", Help: "The newest generation.", Mode: metric.GaugeMax,
	}).Set(float64(generation))
	requests := polymeter.NewCounter(polymeter.CounterOpts{
		Name: "server_requests_total", Help: "Requests served.",
	})

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrichttp.Handler(polymeter.Default(), nil))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		requests.Inc()
		fmt.Fprintf(w, "%d %d\n", generation, os.Getpid())
	})
	return mux
}
