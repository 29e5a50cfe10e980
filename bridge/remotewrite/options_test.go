package remotewrite_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const url = "http://localhost/write"
	scheme, underscores := metric.Escaping(9), metric.Underscores
	tests := []struct {
		name, url string
		o         *remotewrite.Options
		want      string
	}{
		{"no URL", "", nil, `the URL of the receiver has the scheme ""`},
		{"not a URL", "http://a b/", nil, "the URL of the receiver is not valid"},
		{"no host", "http:///write", nil, "the URL of the receiver has no host"},
		{"another scheme", "ftp://localhost/", nil, `the URL of the receiver has the scheme "ftp"`},
		{"protocol", url, &remotewrite.Options{Protocol: 3}, "protocol 3 does not exist"},
		{"escaping", url, &remotewrite.Options{Escaping: &scheme}, "escaping scheme 9 does not exist"},
		{"reserved header", url, &remotewrite.Options{Header: http.Header{"content-type": {"x"}}}, `header "content-type" is set by the protocol`},
		{"version header", url, &remotewrite.Options{Header: http.Header{"X-Prometheus-Remote-Write-Version": {"x"}}}, "is set by the protocol"},
		{"label name", url, &remotewrite.Options{Labels: map[string]string{"__name__": "x"}}, `label name "__name__"`},
		{"empty label name", url, &remotewrite.Options{Labels: map[string]string{"": "x"}}, `label name ""`},
		{"label value", url, &remotewrite.Options{Labels: map[string]string{"a": "\xff"}}, `the value "\xff" of label "a" is not valid UTF-8`},
		{"label names that collide", url, &remotewrite.Options{Escaping: &underscores, Labels: map[string]string{"a.b": "x", "a_b": "y"}}, `two labels have the name "a_b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := remotewrite.New(test.url, collecting(), test.o)
			if err == nil || !strings.HasPrefix(err.Error(), "remotewrite: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	if _, err := remotewrite.New(url, nil, nil); err == nil {
		t.Error("no error without a collector")
	}
}

// TestNoPasswordInErrors shows none of a URL that has one.
func TestNoPasswordInErrors(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://user:secret@a b/", "ftp://user:secret@host/", "http://user:secret@/"} {
		if _, err := remotewrite.New(url, collecting(), nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
	w, err := remotewrite.New("http://user:secret@localhost:1/", collecting(gauge("a", 1)), &remotewrite.Options{MaxAge: 100 * time.Millisecond, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Push(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// TestHeaders looks at a real request.
func TestHeaders(t *testing.T) {
	t.Parallel()
	r := newReceiver()
	server := httptest.NewServer(r)
	defer server.Close()
	header := http.Header{"x-scope-orgid": {"tenant"}}
	w, err := remotewrite.New(strings.Replace(server.URL, "http://", "http://user:password@", 1), collecting(gauge("a", 1)), &remotewrite.Options{
		Header: header, Client: server.Client(),
	})
	if err != nil {
		t.Fatal(err)
	}
	header.Set("X-Scope-Orgid", "another")
	push(t, w)
	got := r.accepted()[0].header
	for name, want := range map[string]string{
		"Content-Type":                      "application/x-protobuf;proto=io.prometheus.write.v2.Request",
		"Content-Encoding":                  "snappy",
		"X-Prometheus-Remote-Write-Version": "2.0.0",
		"X-Scope-Orgid":                     "tenant",
		"Authorization":                     "Basic dXNlcjpwYXNzd29yZA==",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
	if agent := got.Get("User-Agent"); !strings.HasPrefix(agent, "polymeter") {
		t.Errorf("User-Agent is %q", agent)
	}
}

// TestRedirects follows only those that repeat the request as it is: another would
// fetch a page, and take it for a success.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for code, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			r := newReceiver()
			mux := http.NewServeMux()
			mux.Handle("POST /new", r)
			mux.HandleFunc("GET /new", func(http.ResponseWriter, *http.Request) { t.Error("the page was fetched") })
			mux.Handle("/old", http.RedirectHandler("/new", code))
			server := httptest.NewServer(mux)
			defer server.Close()
			w, err := remotewrite.New(server.URL+"/old", collecting(gauge("a", 1)), &remotewrite.Options{Client: server.Client(), Logger: silent})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Push(t.Context())
			var refused *remotewrite.StatusError
			if follows != (err == nil) || !follows && (!errors.As(err, &refused) || refused.Status != code) {
				t.Errorf("error %v", err)
			}
			if follows != (len(r.lines()) == 1) {
				t.Errorf("received %q", r.lines())
			}
		})
	}
}

// TestRedirectsWithoutEnd gives up.
func TestRedirectsWithoutEnd(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.RedirectHandler("/", http.StatusPermanentRedirect))
	defer server.Close()
	w, err := remotewrite.New(server.URL, collecting(gauge("a", 1)), &remotewrite.Options{Client: server.Client(), Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	var refused *remotewrite.StatusError
	if err := w.Push(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusPermanentRedirect {
		t.Errorf("error %v", err)
	}
}
