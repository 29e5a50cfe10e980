package main

import (
	"context"
	"io"
	"net"
	"regexp"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, listener.Addr().String()) }()
	want := regexp.MustCompile(`^app_requests_total;endpoint=/api/users 100 \d{10}
app_requests_total;endpoint=/api/orders 50 \d{10}
app_memory_bytes 536870912 \d{10}
$`)
	for range 2 { // at the start and at the end
		connection, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		sent, err := io.ReadAll(connection)
		connection.Close()
		if err != nil || !want.Match(sent) {
			t.Errorf("received %q, %v", sent, err)
		}
		stop()
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
