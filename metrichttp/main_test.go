package metrichttp_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent is for tests in which scrapes go wrong on purpose.
var silent = slog.New(slog.DiscardHandler)

// logBuffer is a log that a test reads while a server may write.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// requestsTotal is the family that most tests serve.
func requestsTotal() metric.Family {
	f := metric.NewCounterFamily("requests", "Requests served.", "code")
	f.Add(3, "200")
	f.Add(1, "500")
	return f
}

const requestsText = `# HELP requests_total Requests served.
# TYPE requests_total counter
requests_total{code="200"} 3
requests_total{code="500"} 1
`

func gauge(name string, value float64) metric.Family {
	f := metric.NewGaugeFamily(name, "A value.")
	f.Add(value)
	return f
}

// collecting returns a collector of fixed families.
func collecting(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

// plain is a handler without metrics of its own.
func plain(c metric.Collector) http.Handler {
	return metrichttp.Handler(c, &metrichttp.HandlerOptions{DisableSelfMetrics: true, Logger: silent})
}

// request makes a GET request; headers are "Name: value".
func request(ctx context.Context, target string, headers ...string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(t.Context(), target, headers...))
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantBody(t *testing.T, r *http.Response, status int, want string) {
	t.Helper()
	if got := body(t, r); r.StatusCode != status || got != want {
		t.Errorf("got status %d and\n%s\nwant status %d and\n%s", r.StatusCode, got, status, want)
	}
}

func wantHeader(t *testing.T, r *http.Response, name, want string) {
	t.Helper()
	if got := r.Header.Get(name); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

// wantLine checks that the page has a line.
func wantLine(t *testing.T, page, line string) {
	t.Helper()
	if !strings.Contains("\n"+page, "\n"+line+"\n") {
		t.Errorf("no line %q in\n%s", line, page)
	}
}
