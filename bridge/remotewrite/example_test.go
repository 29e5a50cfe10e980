package remotewrite_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// A job pushes what it has counted before it ends.
func ExampleWriter_Push() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("received", r.Header.Get("Content-Type"))
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "1")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()

	rows := metric.NewCounterFamily("rows_copied", "Rows copied by the job.")
	rows.Add(1500)
	collector := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return emit(rows)
	})
	writer, err := remotewrite.New(receiver.URL, collector, &remotewrite.Options{
		Labels: map[string]string{"job": "copy", "instance": "db1"},
		Client: receiver.Client(),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println("error:", writer.Push(ctx))
	// Output:
	// received application/x-protobuf;proto=io.prometheus.write.v2.Request
	// error: <nil>
}
