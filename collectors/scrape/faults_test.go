package scrape_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/internal/faultproxy"
)

// Whatever one target does, the other is shown, and the error says what it was.
func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		handler http.HandlerFunc
		fault   faultproxy.Fault
		want    string
	}{
		"reset":        {fault: faultproxy.ResetAfter(20), want: "reset by peer"},
		"silence":      {fault: faultproxy.Silence, want: "there was no whole answer in time"},
		"garbage":      {fault: faultproxy.Garbage, want: "malformed HTTP"},
		"unavailable":  {fault: faultproxy.Answer(503, "x 1\n", "Content-Type: text/plain"), want: "the target answers 503"},
		"HTML":         {fault: faultproxy.Answer(200, "<html>", "Content-Type: text/html"), want: `the content type "text/html" is none`},
		"no type":      {fault: faultproxy.Answer(200, "x 1\n"), want: `the content type "" is malformed`},
		"a bad line":   {fault: faultproxy.Answer(200, "x 1\nx\n", "Content-Type: text/plain"), want: "line 2"},
		"no end":       {fault: faultproxy.Answer(200, "x 1\n", "Content-Type: application/openmetrics-text"), want: "EOF"},
		"compressed":   {fault: faultproxy.Answer(200, "x 1\n", "Content-Type: text/plain", "Content-Encoding: br"), want: `compressed with "br"`},
		"other buffer": {fault: faultproxy.Answer(200, "", "Content-Type: application/vnd.google.protobuf; proto=x; encoding=delimited"), want: "is none of a page"},
		"elsewhere":    {fault: faultproxy.Answer(302, "", "Location: http://example.invalid/"), want: "redirects to another host"},
		"round":        {handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, want: "on and on"},
		"cut": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", exposition.ContentTypeText)
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "x 1\n")
		}, want: "unexpected EOF"},
		"a bomb": {handler: bomb, want: "exceeds a limit"},
		"endless": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", exposition.ContentTypeText)
			for r.Context().Err() == nil {
				io.WriteString(w, "# a comment\n")
				w.(http.Flusher).Flush()
			}
		}, want: "exceeds a limit"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.handler == nil {
				test.handler = http.NotFound
			}
			address := strings.TrimPrefix(serveBy(t, test.handler), "http://")
			if test.fault != nil {
				proxy, err := faultproxy.Start(address)
				if err != nil {
					t.Fatal(err)
				}
				defer proxy.Close()
				// A transport sends a request again when the connection breaks before the answer.
				proxy.Next(test.fault, test.fault, test.fault)
				address = proxy.Addr()
			}
			timeout := time.Minute
			if name == "silence" {
				timeout = 2 * time.Second
			}
			c := newCollector(t, &scrape.Options{
				Targets: []scrape.Target{
					{Name: "bad", URL: "http://user:secret@" + address + "/"},
					serveText(t, "good", "x 7\n"),
				},
				Timeout: timeout, MaxBytes: 100_000,
			})
			page, err := collected(t, t.Context(), c)
			wantLoss(t, err, "", test.want)
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the password: %v", err)
			}
			if page != "# TYPE x unknown\nx{instance=\"good\"} 7\n# EOF\n" {
				t.Errorf("the page is\n%s", page)
			}
			page, err = collected(t, t.Context(), c.SelfMetrics())
			for _, want := range []string{`up{target="bad"} 0`, `up{target="good"} 1`, `failures_total{target="bad"} 1`, `failures_total{target="good"} 0`} {
				if err != nil || !strings.Contains(page, "\npolymeter_scraped_target_"+want+"\n") {
					t.Errorf("no %q in (%v)\n%s", want, err, page)
				}
			}
		})
	}
}

// bomb sends a page that is small until it is decompressed.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", exposition.ContentTypeText)
	w.Header().Set("Content-Encoding", "gzip")
	zip := gzip.NewWriter(w)
	defer zip.Close()
	for range 1 << 16 {
		io.WriteString(zip, "# a comment\n")
	}
}

// A family that is not valid is lost alone.
func TestFamilyThatIsNotValid(t *testing.T) {
	t.Parallel()
	page := "# TYPE took histogram\ntook_bucket{le=\"1\"} 1\ntook_bucket{le=\"+Inf\"} 2\ntook_count 3\n# TYPE x gauge\nx 1\n"
	o := &scrape.Options{Targets: []scrape.Target{serveText(t, "a", page)}, Lenient: exposition.LenientAll}
	got, err := collected(t, t.Context(), newCollector(t, o))
	wantLoss(t, err, "took", "does not compose")
	if got != "# TYPE x gauge\nx{instance=\"a\"} 1\n# EOF\n" {
		t.Errorf("the page is\n%s", got)
	}
}

// The deadline of the collection leaves time for what came by then.
func TestDeadline(t *testing.T) {
	t.Parallel()
	slow := serveBy(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	c := newCollector(t, &scrape.Options{
		Targets: []scrape.Target{
			serveText(t, "good", "x 1\n"), {Name: "slow", URL: slow}, {Name: "late", URL: slow},
		},
		Timeout: time.Hour, Concurrency: 1,
	})
	page, err := collected(t, ctx, c)
	if !strings.Contains(page, `x{instance="good"} 1`) {
		t.Errorf("the page is\n%s", page)
	}
	for _, want := range []string{`"slow": there was no whole answer in time`, `"late": its turn did not come`} {
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("boom") }

func TestClientThatPanics(t *testing.T) {
	t.Parallel()
	c := newCollector(t, &scrape.Options{
		Targets: []scrape.Target{{URL: "http://a/"}}, Client: &http.Client{Transport: panicking{}},
	})
	_, err := collected(t, t.Context(), c)
	wantLoss(t, err, "", "panic: boom")
}

func TestRequest(t *testing.T) {
	t.Parallel()
	var seen http.Header
	var host string
	url := serveBy(t, func(w http.ResponseWriter, r *http.Request) {
		seen, host = r.Header.Clone(), r.Host
		w.Header().Set("Content-Type", exposition.ContentTypeText)
	})
	c := newCollector(t, &scrape.Options{
		Targets: []scrape.Target{{URL: url}}, Timeout: time.Minute,
		Header: http.Header{"X-Key": {"1"}, "Host": {"example.org"}},
	})
	wantPage(t, c, "")
	if seen.Get("X-Key") != "1" || host != "example.org" || seen.Get("X-Prometheus-Scrape-Timeout-Seconds") == "" {
		t.Errorf("the request to %q has %v", host, seen)
	}
	if got := exposition.Negotiate(seen.Get("Accept"), nil); got != exposition.FormatOpenMetrics2() {
		t.Errorf("the target should answer in %v", got.ContentType())
	}
	seldom := &exposition.Offer{Syntaxes: []exposition.Syntax{exposition.Text}}
	if got := exposition.Negotiate(seen.Get("Accept"), seldom); got != exposition.FormatText100() {
		t.Errorf("a target that knows only text should answer in %v", got.ContentType())
	}
}

// Not more targets are asked at a time than is allowed, and collections do not disturb
// each other.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	var targets []scrape.Target
	for i := range 12 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Millisecond)
			w.Header().Set("Content-Type", exposition.ContentTypeText)
			io.WriteString(w, "# TYPE x_total counter\nx_total 1\n")
		}))
		t.Cleanup(server.Close)
		targets = append(targets, scrape.Target{Name: fmt.Sprint(i), URL: server.URL})
	}
	c := newCollector(t, &scrape.Options{Targets: targets, Merge: true, Concurrency: 2})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			wantPage(t, c, "# TYPE x counter\nx_total 12\n")
			if _, err := collected(t, t.Context(), c.SelfMetrics()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 4*2 {
		t.Errorf("%d targets were asked at a time, by 4 collections of 2", most.Load())
	}
}
