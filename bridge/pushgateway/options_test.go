package pushgateway_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/metric"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const url = "http://localhost:9091"
	tests := []struct {
		name, url string
		o         *pushgateway.Options
		want      string
	}{
		{"no URL", "", nil, "the URL of the gateway has no host"},
		{"not a URL", "http://a b/", nil, "the URL of the gateway is not valid"},
		{"no host", "http:///metrics", nil, "the URL of the gateway has no host"},
		{"another scheme", "ftp://localhost/", nil, `the URL of the gateway has the scheme "ftp"`},
		{"query", url + "?a=b", nil, "the URL of the gateway has a query"},
		{"empty query", url + "?", nil, "the URL of the gateway has a query"},
		{"fragment", url + "#a", nil, "the URL of the gateway has a query or a fragment"},
		{"escaping", url, &pushgateway.Options{Escaping: 9}, "escaping scheme 9 does not exist"},
		{"created", url, &pushgateway.Options{Created: 9}, "Created is not a position of a switch"},
		{"reserved header", url, &pushgateway.Options{Header: http.Header{"content-type": {"x"}}}, `header "content-type" is set by the protocol`},
		{"grouping", url, &pushgateway.Options{Grouping: map[string]string{"__a": "x"}}, `label name "__a"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := pushgateway.New(test.url, "j", nil, test.o)
			if err == nil || !strings.HasPrefix(err.Error(), "pushgateway: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// TestNoPasswordInErrors shows none of a URL that has one.
func TestNoPasswordInErrors(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://user:secret@a b/", "ftp://user:secret@host/", "http://user:secret@/", "user:secret@host?x"} {
		if _, err := pushgateway.New(url, "j", nil, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
	server := httptest.NewServer(nil)
	server.Close() // nobody listens at its address any more
	p, err := pushgateway.New(strings.Replace(server.URL, "http://", "http://user:secret@", 1), "j", nil, &pushgateway.Options{MaxAge: 1, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// TestAddresses finds the same place, however the address is written.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://HOST":              "http://HOST/metrics/job/j",
		"http://host/":             "http://host/metrics/job/j",
		"host:9091":                "http://host:9091/metrics/job/j",
		"[::1]:9091":               "http://[::1]:9091/metrics/job/j",
		"https://host/pre%2Ffix//": "https://host/pre%2Ffix/metrics/job/j",
	} {
		g := newGateway(status(200))
		p, err := pushgateway.New(address, "j", nil, &pushgateway.Options{Client: &http.Client{Transport: g}})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if err := p.Delete(t.Context()); err != nil {
			t.Error(err)
		}
		if got := g.last(t).URL.String(); got != want {
			t.Errorf("%s leads to %s, want %s", address, got, want)
		}
	}
}

// TestHeaders looks at a real request.
func TestHeaders(t *testing.T) {
	t.Parallel()
	g := newGateway()
	server := httptest.NewServer(g)
	defer server.Close()
	header := http.Header{"x-scope-orgid": {"tenant"}}
	p, err := pushgateway.New(strings.Replace(server.URL, "http://", "http://us%20er:password@", 1), "j", collecting(gauge("a", 1)), &pushgateway.Options{
		Header: header, Client: server.Client(),
	})
	if err != nil {
		t.Fatal(err)
	}
	header.Set("X-Scope-Orgid", "another")
	if err := p.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := g.last(t)
	if name, password, ok := got.BasicAuth(); name != "us er" || password != "password" || !ok {
		t.Errorf("Authorization is %q", got.Header.Get("Authorization"))
	}
	if got.Header.Get("X-Scope-Orgid") != "tenant" || !strings.HasPrefix(got.Header.Get("User-Agent"), "polymeter") {
		t.Errorf("header %v", got.Header)
	}
}

// TestOwnClient reaches a gateway without any option, and a certificate that nobody has
// vouched for is the end of it.
func TestOwnClient(t *testing.T) {
	t.Parallel()
	g := newGateway()
	server := httptest.NewServer(g)
	defer server.Close()
	p, err := pushgateway.New(server.URL, "j", collecting(gauge("a", 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.want(t, `{job="j"}`, `{job="j"}: a 1`)

	secure := httptest.NewUnstartedServer(g)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	defer secure.Close()
	if p, err = pushgateway.New(secure.URL, "j", collecting(gauge("a", 1)), nil); err != nil {
		t.Fatal(err)
	}
	wantError(t, p.Push(t.Context()), "pushgateway: Put ")
	wantSelf(t, p, map[string]float64{`requests_total{outcome="rejected"}`: 1, `requests_total{outcome="failed"}`: 0})
}

// TestRedirects follows only those that repeat the request as it is: another would
// fetch a page, and take it for a success.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for code, follows := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			g := newGateway()
			mux := http.NewServeMux()
			mux.Handle("PUT /metrics/job/j", g)
			mux.HandleFunc("GET /metrics/job/j", func(http.ResponseWriter, *http.Request) { t.Error("the page was fetched") })
			mux.Handle("/old/metrics/job/j", http.RedirectHandler("/metrics/job/j", code))
			server := httptest.NewServer(mux)
			defer server.Close()
			p, err := pushgateway.New(strings.Replace(server.URL, "//", "//user:password@", 1)+"/old", "j", collecting(gauge("a", 1)), &pushgateway.Options{Client: server.Client()})
			if err != nil {
				t.Fatal(err)
			}
			err = p.Push(t.Context())
			if follows {
				g.want(t, `{job="j"}`, `{job="j"}: a 1`)
				if name, _, _ := g.last(t).BasicAuth(); err != nil || name != "user" {
					t.Errorf("error %v, user %q", err, name)
				}
				return
			}
			var refused *pushgateway.StatusError
			if !errors.As(err, &refused) || refused.Status != code || refused.Message != "it redirects to /metrics/job/j" {
				t.Errorf("error %v", err)
			}
			g.want(t)
		})
	}
}

// TestRedirectsElsewhere are not followed, nor those to a connection that is less safe,
// nor without end.
func TestRedirectsElsewhere(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{
		"http://gateway":  "http://another/",
		"https://gateway": "http://gateway/",
		"http://a.b":      "http://a.b/metrics/job/j",
	} {
		g := newGateway(repeat(100, status(308, "Location: "+to))...)
		p, err := pushgateway.New(from, "j", collecting(gauge("a", 1)), &pushgateway.Options{Client: &http.Client{Transport: g}})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, p.Push(t.Context()), "pushgateway: the gateway answered 308 Permanent Redirect: it redirects to "+to)
		if n := len(g.requests); n > 10 {
			t.Errorf("%d requests", n)
		}
	}
	g := newGateway(status(308, "Location: https://gateway:443/metrics/job/j"))
	if err := newPusher(t, g, collecting(gauge("a", 1)), pushgateway.Options{Header: http.Header{"Authorization": {"Bearer x"}}}).Push(t.Context()); err != nil {
		t.Errorf("to a safer connection: %v", err)
	}
	if g.last(t).Header.Get("Authorization") != "Bearer x" {
		t.Errorf("header %v", g.last(t).Header)
	}
}

// TestAnswers are quoted in part, and on one line.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"text format parsing error\n":  "text format parsing error",
		"a\r\nb\x00\x1b[2J\u202ec\xff": "a b [2J c\ufffd",
		strings.Repeat("x", 1<<20):     strings.Repeat("x", 1<<10),
		"":                             "",
	} {
		g := newGateway(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			fmt.Fprint(w, body)
		})
		var refused *pushgateway.StatusError
		if err := newPusher(t, g, nil, pushgateway.Options{}).Delete(t.Context()); !errors.As(err, &refused) || refused.Message != want {
			t.Errorf("error %.200v", err)
		}
	}
	if got, want := (&pushgateway.StatusError{Status: 400}).Error(), "pushgateway: the gateway answered 400 Bad Request"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

// TestOptionsAreKept takes a copy of what the caller may change.
func TestOptionsAreKept(t *testing.T) {
	t.Parallel()
	g := newGateway()
	o := pushgateway.Options{Grouping: map[string]string{"a": "b"}, Escaping: metric.Values}
	p := newPusher(t, g, collecting(gauge("x", 1)), o)
	o.Grouping["a"] = "c"
	if err := p.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.want(t, `{a="b",job="j"}`, `{a="b",job="j"}: x 1`)
}
