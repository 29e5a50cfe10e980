//go:build unix

// Prefork serves HTTP on one port with several processes, each of which shows
// the metrics of all of them at /metrics.
//
// The parent opens the port and hands it on; the kernel gives each connection to
// one of the workers. When a worker dies, the parent starts another, and nothing
// that was counted is lost. Interrupt the parent to end them all.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"

	"polymeter.dev/multiprocess"
)

func main() {
	if os.Getenv(workerEnv) != "" {
		if err := work(); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, ":8000", 4); err != nil {
		log.Fatal(err)
	}
}

// run serves with a number of workers until ctx is done.
func run(ctx context.Context, w io.Writer, addr string, workers int) error {
	dir, err := os.MkdirTemp("", "polymeter-prefork-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv(multiprocess.DirEnv, dir); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	port, err := portOf(listener.(*net.TCPListener))
	if err != nil {
		return err
	}
	defer port.Close()
	fmt.Fprintf(w, "http://%s\n", listener.Addr())
	return supervise(ctx, port, workers)
}
