package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
)

func TestRun(t *testing.T) {
	t.Parallel()
	requests := make(chan []byte, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			body, err = snappy.Decode(nil, body)
		}
		if err != nil {
			t.Error(err)
		}
		requests <- body
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "100")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, receiver.URL, 50*time.Millisecond) }()
	for range 3 {
		select {
		case body := <-requests:
			for _, name := range []string{"jobs_total", "polymeter_remotewrite_written_total"} {
				if !bytes.Contains(body, []byte(name)) {
					t.Errorf("a request without %s: %q", name, body)
				}
			}
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
