package instrument_test

import (
	"net/http"
	"testing"

	"polymeter.dev/metrichttp/instrument"
)

// discard is a writer that can do what that of HTTP/1 can, as far as it is asked.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header { return d.header }

func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

func (d *discard) WriteHeader(int) {}

func (d *discard) Flush() {}

var hello = []byte("hello")

func greet(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(hello) }

func plainRequest(tb testing.TB) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "/", http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	r.Pattern = "GET /{$}"
	return r
}

// A request costs one allocation, that of the recorder.
func TestServerAllocations(t *testing.T) {
	s, err := instrument.NewServer(registry(), &instrument.ServerOptions{
		Options: instrument.Options{Labels: map[string]string{"a": "1", "b": "2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, w, r := s.Wrap(http.HandlerFunc(greet)), &discard{}, plainRequest(t)
	if n := testing.AllocsPerRun(1000, func() { h.ServeHTTP(w, r) }); n > 1 {
		t.Errorf("%v allocations a request", n)
	}
}

func BenchmarkServer(b *testing.B) {
	s, err := instrument.NewServer(registry(), nil)
	if err != nil {
		b.Fatal(err)
	}
	h, r := s.Wrap(http.HandlerFunc(greet)), plainRequest(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		w := &discard{}
		for pb.Next() {
			h.ServeHTTP(w, r)
		}
	})
}

func BenchmarkClient(b *testing.B) {
	c, err := instrument.NewClient(registry(), nil)
	if err != nil {
		b.Fatal(err)
	}
	answer := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	transport := c.Wrap(transportFunc(func(*http.Request) (*http.Response, error) { return answer, nil }))
	r := plainRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		answer, err := transport.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		answer.Body.Close()
	}
}
