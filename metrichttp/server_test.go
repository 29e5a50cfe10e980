package metrichttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// started runs a server until the test ends.
func started(t *testing.T, addr string, h http.Handler, o *metrichttp.ServerOptions) *metrichttp.Server {
	t.Helper()
	s := metrichttp.NewServer(addr, h, o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fetch asks over a connection of its own.
func fetch(t *testing.T, transport *http.Transport, url string) (*http.Response, error) {
	t.Helper()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return nil, err
	}
	text := body(t, response) // which the connection has to outlive
	response.Body = io.NopCloser(strings.NewReader(text))
	return response, nil
}

func mustFetch(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := fetch(t, &http.Transport{}, url)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestServerRoutes(t *testing.T) {
	t.Parallel()
	var collected atomic.Bool
	c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		collected.Store(true)
		return emit(requestsTotal())
	})
	s := started(t, "127.0.0.1:0", metrichttp.Routes(c, &metrichttp.HandlerOptions{DisableSelfMetrics: true}), nil)
	url := "http://" + s.Addr().String()

	wantBody(t, mustFetch(t, url+"/-/healthy"), 200, "healthy\n")
	r := mustFetch(t, url)
	wantHeader(t, r, "Content-Type", "text/html; charset=utf-8")
	if page := body(t, r); !strings.Contains(page, `href="metrics"`) {
		t.Errorf("no link to the metrics in %s", page)
	}
	if r := mustFetch(t, url+"/nothing"); r.StatusCode != 404 {
		t.Errorf("status %d for a page that is not there", r.StatusCode)
	}
	if collected.Load() {
		t.Error("collected for something else than metrics")
	}
	r = mustFetch(t, url+"/metrics")
	wantHeader(t, r, "Content-Type", exposition.ContentTypeText)
	wantBody(t, r, 200, requestsText)
}

func TestServerAddresses(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "localhost:0", ":0"} {
		t.Run(addr, func(t *testing.T) {
			t.Parallel()
			s := metrichttp.NewServer(addr, http.NotFoundHandler(), nil)
			if s.Addr() != nil {
				t.Error("a server that was not started has an address")
			}
			err := s.Start()
			if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
				t.Skip("this machine has no such address")
			}
			if err != nil {
				t.Fatal(err)
			}
			if r := mustFetch(t, "http://"+s.Addr().String()); r.StatusCode != 404 {
				t.Errorf("status %d", r.StatusCode)
			}
			if err := s.Start(); !errors.Is(err, metrichttp.ErrStarted) {
				t.Errorf("second start: %v", err)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerCannotListen(t *testing.T) {
	t.Parallel()
	s := started(t, "127.0.0.1:0", http.NotFoundHandler(), nil)
	for _, addr := range []string{s.Addr().String(), "no port", "127.0.0.1:99999"} {
		err := metrichttp.Serve(t.Context(), addr, collecting(), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "metrichttp: ") {
			t.Errorf("Serve on %q: %v", addr, err)
		}
	}
	if err := metrichttp.NewServer(":0", nil, nil).Shutdown(t.Context()); !errors.Is(err, metrichttp.ErrNotStarted) {
		t.Errorf("Shutdown before Start: %v", err)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := &metrichttp.ServerOptions{Handler: &metrichttp.HandlerOptions{MaxInFlight: 1}}
	if err := metrichttp.Serve(ctx, "127.0.0.1:0", collecting(), o); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestServeLetsRequestsEnd ends a server during a request.
func TestServeLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	began, proceed := make(chan struct{}), make(chan struct{})
	s := metrichttp.NewServer("127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-proceed
		_, _ = io.WriteString(w, "done")
	}), &metrichttp.ServerOptions{ShutdownTimeout: time.Hour})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- s.Serve(ctx) }()
	answer := make(chan *http.Response)
	go func() { answer <- mustFetch(t, "http://"+s.Addr().String()) }()
	<-began
	cancel()
	close(proceed)
	wantBody(t, <-answer, 200, "done")
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := fetch(t, &http.Transport{}, "http://"+s.Addr().String()); err == nil {
		t.Error("the server still answers")
	}
}

// TestServeGivesUp ends a server during a request that does not end.
func TestServeGivesUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := metrichttp.NewServer("127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done() // the connection is closed
	}), &metrichttp.ServerOptions{ShutdownTimeout: time.Millisecond})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := fetch(t, &http.Transport{}, "http://"+s.Addr().String())
		failed <- err
	}()
	if err := s.Serve(ctx); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

// TestServerWriteTimeout has a client that never reads.
func TestServerWriteTimeout(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	s := started(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<16)
		for {
			if _, err := w.Write(chunk); err != nil {
				failed <- err
				return
			}
		}
	}), &metrichttp.ServerOptions{WriteTimeout: 50 * time.Millisecond, Logger: silent})
	connection, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := <-failed; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("writing failed with %v, want a time-out", err)
	}
}

// TestServerReadTimeout has a client that never finishes its request.
func TestServerReadTimeout(t *testing.T) {
	t.Parallel()
	s := started(t, "127.0.0.1:0", http.NotFoundHandler(), &metrichttp.ServerOptions{ReadTimeout: 50 * time.Millisecond})
	connection, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost:"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(connection); err != nil { // until the server closes it
		t.Error(err)
	}
}

func TestServerBoundsHeaders(t *testing.T) {
	t.Parallel()
	s := started(t, "127.0.0.1:0", http.NotFoundHandler(), &metrichttp.ServerOptions{MaxHeaderBytes: 1 << 10})
	r := mustFetch(t, "http://"+s.Addr().String()+"/?"+strings.Repeat("x", 16<<10))
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", r.StatusCode)
	}
}

// TestDisconnectingClient checks that a client that hangs up over a real
// connection cancels its scrape.
func TestDisconnectingClient(t *testing.T) {
	t.Parallel()
	began, cancelled := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(plain(metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error {
		close(began)
		<-ctx.Done()
		close(cancelled)
		return ctx.Err()
	})))
	defer server.Close()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 300\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-began
	connection.Close()
	<-cancelled
}
