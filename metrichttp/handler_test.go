package metrichttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

func TestHandlerMethods(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method    string
		status    int
		collected bool
	}{
		{http.MethodGet, 200, true},
		{http.MethodHead, 200, false},
		{http.MethodOptions, 204, false},
		{http.MethodPost, 405, false},
		{http.MethodDelete, 405, false},
		{"BREW", 405, false},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			t.Parallel()
			collected := false
			h := plain(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
				collected = true
				return emit(requestsTotal())
			}))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), test.method, "/metrics", http.NoBody))
			r := w.Result()
			if r.StatusCode != test.status || collected != test.collected {
				t.Errorf("status %d, collected %v; want %d, %v", r.StatusCode, collected, test.status, test.collected)
			}
			switch test.method {
			case http.MethodGet:
				wantBody(t, r, 200, requestsText)
			case http.MethodHead:
				wantBody(t, r, 200, "")
				wantHeader(t, r, "Content-Type", exposition.ContentTypeText)
				wantHeader(t, r, "Vary", "Accept, Accept-Encoding")
			default:
				wantHeader(t, r, "Allow", "GET, HEAD, OPTIONS")
			}
		})
	}
}

func TestHandlerFormats(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, accept, contentType, last string }{
		{"nothing asked", "", "text/plain; version=0.0.4; charset=utf-8", `requests_total{code="500"} 1`},
		{
			"openmetrics", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
			"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8", "# EOF",
		},
		{"json", "application/json", "application/x-ndjson; charset=utf-8", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := get(t, plain(collecting(requestsTotal())), "/metrics", "Accept: "+test.accept)
			wantHeader(t, r, "Content-Type", test.contentType)
			wantHeader(t, r, "X-Content-Type-Options", "nosniff")
			page := body(t, r)
			wantHeader(t, r, "Content-Length", strconv.Itoa(len(page)))
			if !strings.HasSuffix(page, test.last+"\n") {
				t.Errorf("the page does not end in %q:\n%s", test.last, page)
			}
		})
	}
}

func TestHandlerAcceptLines(t *testing.T) {
	t.Parallel()
	r := get(t, plain(collecting()), "/", "Accept: text/plain;q=0.1", "Accept: application/openmetrics-text",
		"Accept-Encoding: gzip;q=0.1", "Accept-Encoding: identity;q=0.2")
	wantHeader(t, r, "Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores")
	wantHeader(t, r, "Content-Encoding", "")
}

func TestHandlerOffer(t *testing.T) {
	t.Parallel()
	h := metrichttp.Handler(collecting(), &metrichttp.HandlerOptions{
		Offer: &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.Text}},
	})
	r := get(t, h, "/", "Accept: application/openmetrics-text")
	wantHeader(t, r, "Content-Type", exposition.ContentTypeText)
}

func TestHandlerCompression(t *testing.T) {
	t.Parallel()
	var families []metric.Family
	var text strings.Builder
	for i := range 2000 { // more than any encoder buffers
		name := fmt.Sprintf("gauge_%d", i)
		families = append(families, gauge(name, float64(i)))
		fmt.Fprintf(&text, "# HELP %s A value.\n# TYPE %s gauge\n%s %d\n", name, name, name, i)
	}
	h := plain(collecting(families...))
	decode := map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	}
	tests := []struct{ accept, want string }{
		{"", ""},
		{"gzip", "gzip"},
		{"zstd", "zstd"},
		{"deflate, br, zstd, gzip", "gzip"},
		{"gzip;q=0.8, zstd;q=0.9", "zstd"},
		{"gzip;q=0", ""},
		{"gzip;q=0, *", "zstd"},
		{"identity", ""},
		{"identity;q=0, *;q=0", ""},
	}
	for _, test := range tests {
		t.Run(test.accept, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time with what the first has left in the pools
				r := get(t, h, "/metrics", "Accept-Encoding: "+test.accept)
				wantHeader(t, r, "Content-Encoding", test.want)
				compressed := body(t, r)
				wantHeader(t, r, "Content-Length", strconv.Itoa(len(compressed)))
				reader, err := decode[test.want](strings.NewReader(compressed))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(reader)
				if err != nil || string(got) != text.String() {
					t.Fatalf("decoded %d bytes, want %d; error %v", len(got), text.Len(), err)
				}
			}
		})
	}
	t.Run("disabled", func(t *testing.T) {
		t.Parallel()
		h := metrichttp.Handler(collecting(), &metrichttp.HandlerOptions{DisableCompression: true})
		wantHeader(t, get(t, h, "/", "Accept-Encoding: gzip"), "Content-Encoding", "")
	})
}

// restricter notes which names it was restricted to.
type restricter struct {
	metric.Collector
	names [][]string
}

func (r *restricter) Restrict(names []string) metric.Collector {
	r.names = append(r.names, slices.Clone(names))
	return r.Collector
}

func TestHandlerNames(t *testing.T) {
	t.Parallel()
	const depthText = "# HELP depth A value.\n# TYPE depth gauge\ndepth 4\n"
	tests := []struct{ name, query, want string }{
		{"none", "", requestsText + depthText},
		{"family", "?name[]=depth", depthText},
		{"family without its suffix", "?name[]=requests", requestsText},
		{"sample", "?name[]=requests_total", requestsText},
		{"encoded", "?name%5B%5D=depth", depthText},
		{"several", "?name[]=depth&name[]=requests_total", requestsText + depthText},
		{"repeated", "?name[]=depth&name[]=depth", depthText},
		{"unknown", "?name[]=nothing", ""},
		{"empty", "?name[]=", requestsText + depthText},
		{"other parameter", "?name=depth", requestsText + depthText},
		{"malformed", "?name[]=depth&%zz;;", depthText},
		{"zero byte", "?name[]=%00&name[]=depth", depthText},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := plain(collecting(requestsTotal(), gauge("depth", 4)))
			wantBody(t, get(t, h, "/metrics"+test.query), 200, test.want)
		})
	}
	t.Run("restricter", func(t *testing.T) {
		t.Parallel()
		c := &restricter{Collector: collecting(gauge("depth", 4))}
		wantBody(t, get(t, plain(c), "/?name[]=depth&name[]=a"), 200, depthText)
		if want := [][]string{{"a", "depth"}}; !slices.EqualFunc(c.names, want, slices.Equal) {
			t.Errorf("restricted to %q, want %q", c.names, want)
		}
	})
}

func TestHandlerTimeout(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		name    string
		header  string
		options metrichttp.HandlerOptions
		want    time.Duration
	}{
		{"absent", "", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"prometheus", "10", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"fraction", "2.5", metrichttp.HandlerOptions{}, 2 * time.Second},
		{"small", "0.5", metrichttp.HandlerOptions{}, 450 * time.Millisecond},
		{"own offset", "10", metrichttp.HandlerOptions{TimeoutOffset: 2 * time.Second}, 8 * time.Second},
		{"own default", "", metrichttp.HandlerOptions{DefaultTimeout: time.Minute}, 59500 * time.Millisecond},
		{"default above the maximum", "", metrichttp.HandlerOptions{DefaultTimeout: day, MaxTimeout: 20 * time.Second}, 19500 * time.Millisecond},
		{"above the maximum", "3600", metrichttp.HandlerOptions{}, 5*time.Minute - time.Second/2},
		{"own maximum", "60", metrichttp.HandlerOptions{MaxTimeout: 20 * time.Second}, 19500 * time.Millisecond},
		{"infinite", "+Inf", metrichttp.HandlerOptions{}, 5*time.Minute - time.Second/2},
		{"overflowing", "1e300", metrichttp.HandlerOptions{}, 5*time.Minute - time.Second/2},
		{"out of range", "1e999", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"zero", "0", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"negative", "-3", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"not a number", "NaN", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
		{"text", "10s", metrichttp.HandlerOptions{}, 9500 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got time.Duration
				c := metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error {
					deadline, _ := ctx.Deadline()
					got = time.Until(deadline)
					return nil
				})
				get(t, metrichttp.Handler(c, &test.options), "/", "X-Prometheus-Scrape-Timeout-Seconds: "+test.header)
				if got != test.want {
					t.Errorf("deadline in %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestHandlerKeepsValuesOfContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	var got any
	h := plain(metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error {
		got = ctx.Value(key{})
		return nil
	}))
	h.ServeHTTP(httptest.NewRecorder(), request(context.WithValue(t.Context(), key{}, "trace"), "/"))
	if got != "trace" {
		t.Errorf("the collector's context has %v", got)
	}
}

func TestHandlerClientWithoutPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := plain(metric.CollectorFunc(func(ctx context.Context, _ func(metric.Family) error) error {
			cancel() // of the client
			<-ctx.Done()
			return ctx.Err()
		}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(ctx, "/"))
		if w.Body.Len() > 0 {
			t.Errorf("a client that has left got %q", w.Body)
		}
	})
}

// TestHandlerPagesAreTheirOwn serves pages of different sizes at once, so that
// a page given back too early would be seen, also by the race detector.
func TestHandlerPagesAreTheirOwn(t *testing.T) {
	t.Parallel()
	h := plain(collecting(requestsTotal(), gauge("depth", 4)))
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for range 50 {
				var out bytes.Buffer
				w := httptest.NewRecorder()
				w.Body = &out
				h.ServeHTTP(w, request(t.Context(), "/?name[]=requests"))
				if out.String() != requestsText {
					t.Fatalf("got\n%s", out.String())
				}
			}
		})
	}
}
