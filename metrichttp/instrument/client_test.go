package instrument_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/metrichttp/instrument"
)

func newClient(t *testing.T, r *polymeter.Registry, o *instrument.ClientOptions) *instrument.Client {
	t.Helper()
	c, err := instrument.NewClient(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// transportFunc is a transport of a test.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newRequest(t *testing.T, ctx context.Context, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClient(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "hello")
	}))
	defer server.Close()
	r := registry()
	client := server.Client()
	client.Transport = newClient(t, r, &instrument.ClientOptions{
		Target:  func(*http.Request) string { return "backend" },
		Options: instrument.Options{Labels: map[string]string{"region": "x"}},
	}).Wrap(client.Transport)

	answer, err := client.Do(newRequest(t, t.Context(), "POST", server.URL, strings.NewReader("abc")))
	if err != nil {
		t.Fatal(err)
	}
	const labels = `{code="202",method="POST",region="x",target="backend"}`
	wantLines(t, r, `http_client_active_requests{region="x"} 1`, "http_client_request_duration_seconds_count"+labels+" 1")
	io.Copy(io.Discard, answer.Body)
	wantLines(t, r, `http_client_active_requests{region="x"} 0`)
	answer.Body.Close()

	// A body of unknown length is counted, and the request stays the caller's.
	request := newRequest(t, t.Context(), "POST", server.URL, io.MultiReader(strings.NewReader("0123"), strings.NewReader("456")))
	body := request.Body
	answer, err = client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	answer.Body.Close()
	if request.Body != body || answer.Request != request {
		t.Error("the request was changed")
	}
	client.CloseIdleConnections()
	wantLines(t, r,
		`http_client_active_requests{region="x"} 0`,
		"http_client_request_body_size_bytes_sum"+labels+" 10",
		"http_client_response_body_size_bytes_sum"+labels+" 5",
		"http_client_response_body_size_bytes_count"+labels+" 2",
	)
	wantNone(t, r, "http_client_request_errors_total{")
}

func TestClientWithoutBodies(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	r := registry()
	client := &http.Client{Transport: newClient(t, r, nil).Wrap(nil)}
	for _, method := range []string{http.MethodHead, "", "BREW"} {
		send(t, client, method, server.URL, nil)
	}
	client.CloseIdleConnections()
	wantLines(t, r,
		`http_client_request_duration_seconds_count{code="204",method="HEAD"} 1`,
		`http_client_request_duration_seconds_count{code="204",method="GET"} 1`,
		`http_client_request_duration_seconds_count{code="204",method="_OTHER"} 1`,
		`http_client_active_requests 0`,
	)
}

func TestClientUpgrade(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, conn)
	}))
	defer server.Close()
	r := registry()
	client := server.Client()
	client.Transport = newClient(t, r, nil).Wrap(client.Transport)
	if got := echo(t, client, server.URL); got != "hello" {
		t.Errorf("the echo is %q", got)
	}
	wantLines(t, r, `http_client_request_duration_seconds_count{code="101",method="GET"} 1`, "http_client_active_requests 0")
	wantNone(t, r, "response_body_size_bytes_count")
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	t.Cleanup(cancel)
	failing := func(err error) http.RoundTripper {
		return transportFunc(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	tests := map[string]struct {
		ctx  context.Context
		url  string
		next http.RoundTripper
		want string
	}{
		"canceled":           {canceled, server.URL, nil, "canceled"},
		"timeout":            {late, server.URL, nil, "timeout"},
		"no name":            {t.Context(), server.URL, failing(&net.DNSError{IsNotFound: true}), "dns"},
		"refused":            {t.Context(), "http://" + closed.Addr().String(), nil, "connect"},
		"certificate":        {t.Context(), secure.URL, nil, "tls"},
		"no TLS":             {t.Context(), "https" + strings.TrimPrefix(server.URL, "http"), failing(tls.RecordHeaderError{}), "tls"},
		"something else":     {t.Context(), server.URL, failing(errors.New("id 17 of 93842")), "other"},
		"unsupported scheme": {t.Context(), "gopher://example.org", nil, "other"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry()
			next := test.next
			if next == nil {
				next = &http.Transport{DisableKeepAlives: true}
			}
			_, err := newClient(t, r, nil).Wrap(next).RoundTrip(newRequest(t, test.ctx, "GET", test.url, nil))
			if err == nil {
				t.Fatal("no error")
			}
			wantLines(t, r,
				`http_client_request_errors_total{error="`+test.want+`",method="GET"} 1`,
				`http_client_request_duration_seconds_count{code="error",method="GET"} 1`,
				"http_client_active_requests 0",
			)
		})
	}
}

func TestClientFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault faultproxy.Fault
		want  string
	}{
		"reset":   {faultproxy.ResetAfter(10), "connection"},
		"garbage": {faultproxy.Garbage, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.NotFoundHandler())
			defer server.Close()
			proxy, err := faultproxy.Start(strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			proxy.Next(test.fault)
			r := registry()
			next := &http.Transport{DisableKeepAlives: true}
			if _, err := newClient(t, r, nil).Wrap(next).RoundTrip(newRequest(t, t.Context(), "POST", "http://"+proxy.Addr(), nil)); err == nil {
				t.Fatal("no error")
			}
			wantLines(t, r, `http_client_request_errors_total{error="`+test.want+`",method="POST"} 1`)
		})
	}
}

// What breaks in the body of an answer counts, beside the code that it had.
func TestClientBrokenBody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "0123")
	}))
	defer server.Close()
	r := registry()
	client := server.Client()
	client.Transport = newClient(t, r, nil).Wrap(client.Transport)
	answer, err := client.Do(newRequest(t, t.Context(), "GET", server.URL, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.ReadAll(answer.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the body ends with %v", err)
	}
	wantLines(t, r,
		`http_client_request_duration_seconds_count{code="200",method="GET"} 1`,
		`http_client_request_errors_total{error="connection",method="GET"} 1`,
		`http_client_response_body_size_bytes_sum{code="200",method="GET"} 4`,
		"http_client_active_requests 0",
	)
}

func TestClientPanics(t *testing.T) {
	t.Parallel()
	r := registry()
	defer func() {
		if recover() == nil {
			t.Error("the panic has gone")
		}
		wantLines(t, r, "http_client_active_requests 0", `http_client_request_errors_total{error="other",method="GET"} 1`)
	}()
	next := transportFunc(func(*http.Request) (*http.Response, error) { panic("boom") })
	_, _ = newClient(t, r, nil).Wrap(next).RoundTrip(newRequest(t, t.Context(), "GET", "http://example.org", nil))
}

func TestClientDeclarations(t *testing.T) {
	t.Parallel()
	r := registry()
	newClient(t, r, nil)
	newClient(t, r, nil) // shares the metrics
	if _, err := instrument.NewClient(r, &instrument.ClientOptions{Target: func(*http.Request) string { return "" }}); err == nil {
		t.Error("the same metrics were declared with other labels")
	}
}
