package graphite_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"regexp"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// A program sends what it counts, with labels as tags.
func ExampleBridge_Push() {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // in place of carbon
	if err != nil {
		log.Fatal(err)
	}
	received := make(chan []byte)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		lines, _ := io.ReadAll(conn)
		conn.Close()
		received <- lines
	}()

	requests := metric.NewCounterFamily("app_requests", "Total requests.", "endpoint")
	requests.Add(100, "/api/users")
	requests.Add(50, "/api/orders")
	collector := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return emit(requests)
	})
	bridge, err := graphite.New(listener.Addr().String(), collector, &graphite.Options{Prefix: "prod", Tags: true})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err = bridge.Push(ctx)
	fmt.Printf("%s", regexp.MustCompile(`\d{10}`).ReplaceAll(<-received, []byte("<now>")))
	fmt.Println("error:", err)
	listener.Close()
	// Output:
	// prod.app_requests_total;endpoint=/api/users 100 <now>
	// prod.app_requests_total;endpoint=/api/orders 50 <now>
	// error: <nil>
}
