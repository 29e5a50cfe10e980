package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// oddServer serves pages with what a server of files, or a broken one, may send.
func oddServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", send(exposition.ContentTypeText, fine))
	mux.HandleFunc("/html", send("text/html", "<html>"))
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, fine)
	})
	mux.HandleFunc("/plain", send("text/plain", "# EOF\n"))
	mux.HandleFunc("/bad", send(exposition.ContentTypeText, "a\n"))
	mux.HandleFunc("/zstd", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "zstd") })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", exposition.ContentTypeText)
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		for range 1 << 20 {
			io.WriteString(zip, "# a comment\n")
		}
		zip.Close()
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", exposition.ContentTypeText)
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, fine[:40])
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", exposition.ContentTypeText)
		io.WriteString(w, fine)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func send(contentType, page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, page)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	url := oddServer(t)
	const good = "valid text, 1 family, 1 series, no findings\n"
	tests := []struct {
		path string
		args []string
		code int
		want string // of %s: the URL
	}{
		{"/ok", nil, exitOK, "%s: " + good},
		{"/none", []string{"--from", "text"}, exitOK, "%s: " + good},
		{"/plain", []string{"--from", "openmetrics"}, exitOK, "%s: valid openmetrics, 0 families, 0 series, no findings\n"},
		{"/ok", []string{"--from", "openmetrics"}, exitFailure, "polymeter check: %s: the server sends text where openmetrics was asked for\n"},
		{"/none", nil, exitFailure, "polymeter check: %s: the server does not say which format the page has; use --from\n"},
		{"/html", nil, exitFailure, "polymeter check: %s: the content type \"text/html\" is none of a page of metrics; if it is one all the same, use --from\n"},
		{"/bad", nil, exitFailure, "polymeter check: %s:1:2: the line ends where the value of the sample should be\n"},
		{"/zstd", nil, exitFailure, "polymeter check: %s: the page is compressed with \"zstd\", which cannot be read\n"},
		{"/down", nil, exitFailure, "polymeter check: %s: the server answers 503 Service Unavailable\n"},
		{"/missing", nil, exitFailure, "polymeter check: %s: the server answers 404 Not Found\n"},
		{"/bomb", []string{"--max-bytes", "100000"}, exitFailure, "polymeter check: %s: the page is longer than 100000 bytes, which --max-bytes allows\n"},
		{"/cut", nil, exitFailure, "polymeter check: %s: unexpected EOF\n"},
		{"/slow", []string{"--timeout", "200ms"}, exitFailure, "polymeter check: %s: there is no whole answer within 200ms\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(append([]string{test.path}, test.args...), " "), func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append([]string{"check", url + test.path}, test.args...)...)
			want := fmt.Sprintf(test.want, url+test.path)
			if test.code == exitOK {
				got.want(t, test.code, want, "")
			} else {
				got.want(t, test.code, "", want)
			}
		})
	}
}

func TestCheckUnreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	got := invoke(t, "", "check", "http://user:secret@"+addr+"/metrics")
	if got.code != exitFailure || !strings.HasPrefix(got.errors, "polymeter check: http://user:xxxxx@"+addr+"/metrics: dial tcp") {
		t.Errorf("got %+v", got)
	}
	got = invoke(t, "", "check", "http://user:secret@%zz")
	if got.code != exitFailure || strings.Contains(got.errors, "secret") {
		t.Errorf("a malformed URL: %+v", got)
	}
}

// What a handler of ours serves is valid in every format, and the same.
func TestPagesOfAHandler(t *testing.T) {
	t.Parallel()
	requests := metric.NewCounterFamily("app_requests", "Requests served.", "path")
	for i := range 50 {
		requests.Add(float64(i), fmt.Sprintf("/%d", i))
	}
	wait := metric.NewHistogramFamily("app_wait_seconds", "Time to wait.")
	wait.AddRow(metric.HistogramRow{Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: metric.Inf(), Count: 2}}})
	collector := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, requests, wait)
	})
	var encodings sync.Map
	handler := metrichttp.Handler(collector, &metrichttp.HandlerOptions{DisableSelfMetrics: true})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		encodings.Store(w.Header().Get("Content-Encoding"), true)
	}))
	t.Cleanup(server.Close)
	for _, from := range []string{"auto", "text", "openmetrics", "openmetrics2", "protobuf", "json"} {
		shown := from
		if from == "auto" {
			shown = "openmetrics"
		}
		invoke(t, "", "check", "--enable", "help-missing", "--from", from, server.URL).
			want(t, exitOK, server.URL+": valid "+shown+", 2 families, 54 series, no findings\n", "")
	}
	if _, compressed := encodings.Load("gzip"); !compressed {
		t.Error("no page was compressed")
	}
	got := invoke(t, "", "diff", "-", server.URL)
	got.want(t, exitFindings, "+ family app_requests_total: counter, 50 series\n+ family app_wait_seconds: histogram, 4 series\n2 × family added\n", "")
	invoke(t, "", "diff", server.URL, server.URL).want(t, exitOK, "", "")
	top := invoke(t, "", "top", "-n", "1", server.URL)
	if top.code != exitOK || !strings.HasPrefix(top.out, server.URL+": 2 families, 54 series, ") || strings.Count(top.out, "\n") != 3 {
		t.Errorf("top: %+v", top)
	}
}
