package instrument_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp/instrument"
)

func newServer(t *testing.T, r *polymeter.Registry, o *instrument.ServerOptions) *instrument.Server {
	t.Helper()
	s, err := instrument.NewServer(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method  string
		body    string
		handler http.HandlerFunc
		labels  string // method and code
		request int    // size
		answer  int    // size
	}{
		"nothing": {
			"GET", "", func(http.ResponseWriter, *http.Request) {}, `method="GET",code="200"`, 0, 0,
		},
		"a body without a status": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
			`method="GET",code="200"`, 0, 5,
		},
		"a status": {
			"POST", "abc", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) },
			`method="POST",code="418"`, 3, 3,
		},
		"the first status counts": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNotFound)
				w.WriteHeader(http.StatusOK)
			},
			`method="GET",code="404"`, 0, 0,
		},
		"informational answers": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusProcessing)
				w.WriteHeader(http.StatusCreated)
			},
			`method="GET",code="201"`, 0, 0,
		},
		"only an informational answer": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints) },
			`method="GET",code="200"`, 0, 0,
		},
		"an unusual status": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(799) },
			`method="GET",code="_OTHER"`, 0, 0,
		},
		"head": {
			"HEAD", "", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") },
			`method="HEAD",code="200"`, 0, 0,
		},
		"a method of nobody": {
			"BREW", "", func(http.ResponseWriter, *http.Request) {}, `method="_OTHER",code="200"`, 0, 0,
		},
		"flushed": {
			"GET", "", func(w http.ResponseWriter, _ *http.Request) {
				w.(http.Flusher).Flush()
				w.WriteHeader(http.StatusNotFound)
			},
			`method="GET",code="200"`, 0, 0,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry()
			h := newServer(t, r, &instrument.ServerOptions{DisableRoute: true}).Wrap(test.handler)
			request := httptest.NewRequestWithContext(t.Context(), test.method, "/", strings.NewReader(test.body))
			h.ServeHTTP(httptest.NewRecorder(), request)
			labels := strings.Split(test.labels, ",")
			sorted := labels[1] + "," + labels[0]
			wantLines(t, r,
				"http_server_request_duration_seconds_count{"+sorted+"} 1",
				fmt.Sprintf("http_server_request_body_size_bytes_sum{%s} %d", sorted, test.request),
				fmt.Sprintf("http_server_response_body_size_bytes_sum{%s} %d", sorted, test.answer),
				"http_server_response_body_size_bytes_count{"+sorted+"} 1",
				"http_server_active_requests 0",
			)
		})
	}
}

// What a client sends without saying how much is counted as the handler reads it.
func TestServerChunkedRequest(t *testing.T) {
	t.Parallel()
	r := registry()
	server := httptest.NewServer(newServer(t, r, nil).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 7)
	})))
	send(t, server.Client(), http.MethodPut, server.URL, io.MultiReader(strings.NewReader("0123"), strings.NewReader("456789")))
	server.Close()
	wantLines(t, r, `http_server_request_body_size_bytes_sum{code="200",method="PUT",route=""} 7`)
}

func TestServerActive(t *testing.T) {
	t.Parallel()
	r := registry()
	s := newServer(t, r, &instrument.ServerOptions{Options: instrument.Options{Labels: map[string]string{"server": "public"}}})
	h := s.Wrap(s.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		wantLines(t, r, `http_server_active_requests{server="public"} 2`)
	})))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	wantLines(t, r,
		`http_server_active_requests{server="public"} 0`,
		`http_server_request_duration_seconds_count{code="200",method="GET",route="",server="public"} 2`,
	)
}

func TestServerPanics(t *testing.T) {
	t.Parallel()
	errBoom := errors.New("boom")
	for name, handler := range map[string]http.HandlerFunc{
		"before the answer": func(http.ResponseWriter, *http.Request) { panic(errBoom) },
		"in the answer":     func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a"); panic(errBoom) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry()
			defer func() {
				if got, _ := recover().(error); !errors.Is(got, errBoom) {
					t.Errorf("recovered %v", got)
				}
				wantLines(t, r,
					`http_server_request_duration_seconds_count{code="500",method="GET",route=""} 1`,
					`http_server_active_requests 0`,
				)
			}()
			request := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
			newServer(t, r, nil).Wrap(handler).ServeHTTP(httptest.NewRecorder(), request)
		})
	}
}

func TestServerRoutes(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /users/{id}", "/files/", "example.org/"} {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	tests := map[string]struct {
		options instrument.ServerOptions
		url     string
		want    string
	}{
		"pattern with a method": {instrument.ServerOptions{}, "/users/17", `{code="200",method="GET",route="/users/{id}"}`},
		"pattern":               {instrument.ServerOptions{}, "/files/a/b", `{code="200",method="GET",route="/files/"}`},
		"pattern with a host":   {instrument.ServerOptions{}, "http://example.org/a", `{code="200",method="GET",route="example.org/"}`},
		"not found":             {instrument.ServerOptions{}, "/", `{code="404",method="GET",route=""}`},
		"function": {
			instrument.ServerOptions{Route: func(r *http.Request) string { return r.URL.Query().Get("q") }},
			"/files/?q=x", `{code="200",method="GET",route="x"}`,
		},
		"none": {instrument.ServerOptions{DisableRoute: true}, "/files/", `{code="200",method="GET"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry()
			h := newServer(t, r, &test.options).Wrap(mux)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", test.url, http.NoBody))
			wantLines(t, r, "http_server_request_duration_seconds_count"+test.want+" 1")
		})
	}
}

// Routes that are not bounded, by mistake, end in one series.
func TestServerMaxSeries(t *testing.T) {
	t.Parallel()
	r := registry()
	o := &instrument.ServerOptions{Route: func(r *http.Request) string { return r.URL.Path }}
	o.MaxSeries = 3
	h := newServer(t, r, o).Wrap(http.NotFoundHandler())
	for i := range 10 {
		target := fmt.Sprintf("/%d", i)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", target, http.NoBody))
	}
	wantLines(t, r,
		`http_server_request_duration_seconds_count{code="404",method="GET",route="/2"} 1`,
		`http_server_request_duration_seconds_count{code="_overflow",method="_overflow",route="_overflow"} 7`,
	)
}

func TestServerOptions(t *testing.T) {
	t.Parallel()
	r := registry()
	o := &instrument.ServerOptions{DisableRoute: true, Options: instrument.Options{
		Prefix: "app", Methods: []string{"PROPFIND"}, DisableSizes: true, Buckets: []float64{60},
	}}
	h := newServer(t, r, o).Wrap(http.NotFoundHandler())
	newServer(t, r, o) // shares the metrics
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "PROPFIND", "/", http.NoBody))
	wantLines(t, r,
		`app_request_duration_seconds_bucket{code="404",method="PROPFIND",le="60.0"} 1`,
		`app_active_requests 0`,
	)
	wantNone(t, r, "size")
	wantNone(t, r, "http_server")

	o.Buckets = nil
	if _, err := instrument.NewServer(r, o); err == nil {
		t.Error("the same metric was declared with other buckets")
	}
	o.Prefix, o.Labels = "other", map[string]string{"code": "1"}
	if _, err := instrument.NewServer(r, o); err == nil {
		t.Error("a label was declared twice")
	}
}

func TestServerNative(t *testing.T) {
	t.Parallel()
	r := registry()
	o := &instrument.ServerOptions{Options: instrument.Options{Native: &polymeter.NativeOpts{}}}
	h := newServer(t, r, o).Wrap(http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody))
	natives := 0
	err := r.Collect(t.Context(), func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error {
			if s.Histogram != nil && s.Histogram.Native != nil && len(s.Histogram.Buckets) == 0 {
				natives++
			}
			return nil
		})
	})
	if err != nil || natives != 3 {
		t.Errorf("%d of 3 histograms have native buckets alone (%v)", natives, err)
	}
}

type traceKey struct{}

func TestServerExemplars(t *testing.T) {
	t.Parallel()
	find := func(ctx context.Context) (metric.Labels, bool) {
		id, sampled := ctx.Value(traceKey{}).(string)
		return metric.MustLabels("trace_id", id), sampled
	}
	for name, options := range map[string]struct {
		registry polymeter.RegistryOptions
		server   instrument.Options
	}{
		"of the server":   {polymeter.RegistryOptions{}, instrument.Options{Exemplar: find}},
		"of the registry": {polymeter.RegistryOptions{ExemplarFromContext: find}, instrument.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options.server.DisableSizes = true
			r := polymeter.NewRegistry(&options.registry)
			h := newServer(t, r, &instrument.ServerOptions{Options: options.server}).Wrap(http.NotFoundHandler())
			for _, ctx := range []context.Context{t.Context(), context.WithValue(t.Context(), traceKey{}, "abc")} {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", http.NoBody))
				page, err := exposition.GenerateOpenMetrics(r)
				if err != nil {
					t.Fatal(err)
				}
				sampled := ctx.Value(traceKey{}) != nil
				if strings.Contains(string(page), `# {trace_id="abc"}`) != sampled || strings.Contains(string(page), "# {trace_id") != sampled {
					t.Errorf("sampled: %v, but\n%s", sampled, page)
				}
			}
		})
	}
}
