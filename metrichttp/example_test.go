package metrichttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"

	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// queue is a custom collector.
type queue struct{ jobs []string }

func (q *queue) Collect(_ context.Context, emit func(metric.Family) error) error {
	depth := metric.NewGaugeFamily("queue_depth", "Jobs that wait.")
	depth.Add(float64(len(q.jobs)))
	return emit(depth)
}

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrichttp.Handler(&queue{jobs: []string{"a", "b"}}, nil))

	server := httptest.NewServer(mux)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/metrics?name[]=queue_depth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(os.Stdout, response.Body)
	// Output:
	// # HELP queue_depth Jobs that wait.
	// # TYPE queue_depth gauge
	// queue_depth 2
}

func ExampleServe() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := metrichttp.Serve(ctx, ":8000", &queue{}, nil); err != nil {
		fmt.Println(err)
	}
}

func ExampleServer() {
	server := metrichttp.NewServer("127.0.0.1:0", metrichttp.Routes(&queue{}, nil), nil)
	if err := server.Start(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(server.Addr().Network())
	if err := server.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: tcp
}
