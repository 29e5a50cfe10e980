package instrument_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/metrichttp/instrument"
)

// onlyWriter hides what a writer can do besides writing.
type onlyWriter struct{ http.ResponseWriter }

func (w onlyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hijackable is what many wrappers are: it flushes and can be hijacked.
type hijackable struct{ http.ResponseWriter }

func (hijackable) Flush() {}

func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

// abilities names the interfaces that a writer has.
func abilities(w http.ResponseWriter) string {
	var all []string
	if _, ok := w.(http.Flusher); ok {
		all = append(all, "flush")
	}
	if _, ok := w.(http.Hijacker); ok {
		all = append(all, "hijack")
	}
	if _, ok := w.(io.ReaderFrom); ok {
		all = append(all, "read from")
	}
	if _, ok := w.(http.Pusher); ok {
		all = append(all, "push")
	}
	return strings.Join(all, ", ")
}

// A handler finds the abilities of the writer underneath, no more and no less.
func TestWritersKeepTheirAbilities(t *testing.T) {
	t.Parallel()
	around := map[string]func(http.Handler) http.Handler{
		"flush, hijack, read from": func(h http.Handler) http.Handler { return h },
		"flush, hijack": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(hijackable{w}, r) })
		},
		"": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(onlyWriter{w}, r) })
		},
		"flush": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				w.Write(rec.Body.Bytes())
			})
		},
	}
	for want, wrap := range around {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, registry(), nil)
			server := httptest.NewServer(wrap(s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, abilities(w))
			}))))
			defer server.Close()
			if got := send(t, server.Client(), "GET", server.URL, nil); got != want {
				t.Errorf("the handler has %q, without the wrapper %q", got, want)
			}
		})
	}
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		var target error
		s := newServer(t, registry(), nil)
		server := httptest.NewUnstartedServer(s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			target = w.(http.Pusher).Push("/other", nil)
			io.WriteString(w, abilities(w))
		})))
		server.EnableHTTP2 = true
		server.StartTLS()
		got := send(t, server.Client(), "GET", server.URL, nil)
		server.Close()
		if got != "flush, push" {
			t.Errorf("the handler has %q", got)
		}
		if target == nil {
			t.Error("a client that allows no push was pushed to")
		}
	})
}

// What is copied from a reader goes to the connection's own method, and is counted.
func TestReadFrom(t *testing.T) {
	t.Parallel()
	r := registry()
	server := httptest.NewServer(newServer(t, r, nil).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n, err := io.Copy(w, onlyReader{strings.NewReader("0123456789")}); n != 10 || err != nil {
			t.Errorf("copied %d (%v)", n, err)
		}
	})))
	got := send(t, server.Client(), "GET", server.URL, nil)
	server.Close()
	if got != "0123456789" {
		t.Errorf("got %q", got)
	}
	wantLines(t, r, `http_server_response_body_size_bytes_sum{code="200",method="GET",route=""} 10`)
}

// onlyReader hides the WriterTo of a reader.
type onlyReader struct{ io.Reader }

func TestResponseController(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newServer(t, registry(), nil).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		for name, err := range map[string]error{
			"read deadline":  c.SetReadDeadline(time.Now().Add(time.Minute)),
			"write deadline": c.SetWriteDeadline(time.Now().Add(time.Minute)),
			"full duplex":    c.EnableFullDuplex(),
			"flush":          c.Flush(),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})))
	send(t, server.Client(), "GET", server.URL, nil)
	server.Close()
}

// A connection that is taken over counts as switched, and its bytes are nobody's.
func TestHijack(t *testing.T) {
	t.Parallel()
	for name, hijack := range map[string]func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"asked for": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
		"controlled": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry()
			server := httptest.NewServer(newServer(t, r, nil).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := hijack(w)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
				io.Copy(conn, conn)
			})))
			defer server.Close()
			if got := echo(t, server.Client(), server.URL); got != "hello" {
				t.Errorf("the echo is %q", got)
			}
			server.Close()
			eventually(t, r, `http_server_request_duration_seconds_count{code="101",method="GET",route=""} 1`)
			wantNone(t, r, `response_body_size_bytes_count`)
			wantLines(t, r, "http_server_active_requests 0")
		})
	}
}

// echo switches to another protocol and says hello.
func echo(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "echo")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	conn, ok := answer.Body.(io.ReadWriter)
	if !ok {
		t.Fatalf("the body of status %d is a %T", answer.StatusCode, answer.Body)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 5)
	if _, err := io.ReadFull(conn, text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// eventually waits for a line: a handler that has hijacked outlives its server.
func eventually(t *testing.T, r *polymeter.Registry, line string) {
	t.Helper()
	for range 1000 {
		if strings.Contains(pageOf(t, r), line+"\n") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("no line %q in\n%s", line, pageOf(t, r))
}

func TestServeContent(t *testing.T) {
	t.Parallel()
	r := registry()
	o := &instrument.ServerOptions{Route: func(r *http.Request) string { return fmt.Sprint(r.Header.Get("Range") != "") }}
	server := httptest.NewServer(newServer(t, r, o).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader("0123456789"))
	})))
	request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Range", "bytes=2-4")
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	server.Close()
	wantLines(t, r, `http_server_response_body_size_bytes_sum{code="206",method="GET",route="true"} 3`)
}
