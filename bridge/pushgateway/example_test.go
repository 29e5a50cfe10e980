package pushgateway_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os/signal"
	"syscall"

	"polymeter.dev"
	"polymeter.dev/bridge/pushgateway"
)

// A job pushes what it has counted before it ends.
func ExamplePusher_Push() {
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL)
	}))
	defer gateway.Close()

	registry := polymeter.NewRegistry(nil)
	rows := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "rows_copied", Help: "Rows copied by the job."}))
	rows.Add(1500)

	pusher, err := pushgateway.New(gateway.URL, "copy", registry, &pushgateway.Options{
		Grouping: map[string]string{"instance": "db1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("error:", pusher.Push(context.Background()))
	// Output:
	// PUT /metrics/job/copy/instance/db1
	// error: <nil>
}

// What a job has counted arrives also when the job was stopped by a signal, after which
// its context is of no use any more.
func ExamplePusher_PushFinal() {
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL)
		io.Copy(io.Discard, r.Body)
	}))
	defer gateway.Close()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	pusher, err := pushgateway.New(gateway.URL, "copy", polymeter.NewRegistry(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		fmt.Println("error:", pusher.PushFinal(ctx))
	}()
	stop() // as a signal does
	// Output:
	// PUT /metrics/job/copy
	// error: <nil>
}
