package metrichttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// gate is a collector that counts its scrapes and holds each until it may
// proceed or is cancelled.
type gate struct {
	begun, cancelled atomic.Int32
	proceed          chan struct{}
}

func newGate() *gate { return &gate{proceed: make(chan struct{})} }

func (g *gate) Collect(ctx context.Context, emit func(metric.Family) error) error {
	g.begun.Add(1)
	select {
	case <-g.proceed:
	case <-ctx.Done():
		g.cancelled.Add(1)
		return ctx.Err()
	}
	return emit(requestsTotal())
}

// wait reports when everything is blocked, and how many scrapes have begun.
func (g *gate) wait(t *testing.T, want int32) {
	t.Helper()
	synctest.Wait()
	if got := g.begun.Load(); got != want {
		t.Fatalf("%d scrapes have begun, want %d", got, want)
	}
}

// client is a request in the background.
type client struct {
	cancel context.CancelFunc
	done   chan *http.Response
}

func start(t *testing.T, h http.Handler, target string, headers ...string) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &client{cancel: cancel, done: make(chan *http.Response, 1)}
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(ctx, target, headers...))
		c.done <- w.Result()
	}()
	synctest.Wait()
	return c
}

func (c *client) leave() {
	c.cancel()
	<-c.done
	synctest.Wait()
}

// oneAtATime is a handler that lets one scrape collect.
func oneAtATime(g *gate) http.Handler {
	return metrichttp.Handler(g, &metrichttp.HandlerOptions{MaxInFlight: 1, DisableSelfMetrics: true, Logger: silent})
}

func TestRequestsJoinAScrapeThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := oneAtATime(g)
		first := start(t, h, "/")
		var others []*client
		for range 5 {
			others = append(others, start(t, h, "/"))
		}
		g.wait(t, 1)
		g.proceed <- struct{}{}
		wantBody(t, <-first.done, 200, requestsText)
		g.wait(t, 2)
		late := start(t, h, "/") // the scrape of the others has begun: too late to join it
		g.proceed <- struct{}{}
		for _, c := range others {
			wantBody(t, <-c.done, 200, requestsText)
		}
		g.wait(t, 3)
		g.proceed <- struct{}{}
		wantBody(t, <-late.done, 200, requestsText)
	})
}

func TestOnlyEqualRequestsJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := oneAtATime(g)
		clients := []*client{
			start(t, h, "/"), // collects at once
			start(t, h, "/"),
			start(t, h, "/?name[]=requests"),
			start(t, h, "/", "Accept: application/openmetrics-text"),
			start(t, h, "/", "Accept: application/openmetrics-text;escaping=dots"),
			start(t, h, "/", "Accept-Encoding: gzip"),
			start(t, h, "/", "X-Prometheus-Scrape-Timeout-Seconds: 7"),
		}
		equal := start(t, h, "/?name[]=requests&name[]=requests")
		for range clients {
			g.proceed <- struct{}{}
		}
		for _, c := range append(clients, equal) {
			if r := <-c.done; r.StatusCode != 200 {
				t.Errorf("status %d", r.StatusCode)
			}
		}
		g.wait(t, int32(len(clients)))
	})
}

func TestLeavingCancelsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := oneAtATime(g)
		first := start(t, h, "/")
		leader, joined, other := start(t, h, "/"), start(t, h, "/"), start(t, h, "/")
		leader.leave() // before its scrape has begun
		g.proceed <- struct{}{}
		wantBody(t, <-first.done, 200, requestsText)
		g.wait(t, 2)
		other.leave() // while it collects
		g.proceed <- struct{}{}
		wantBody(t, <-joined.done, 200, requestsText)
		if n := g.cancelled.Load(); n != 0 {
			t.Errorf("%d scrapes were cancelled", n)
		}
	})
}

func TestLastToLeaveCancels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := oneAtATime(g)
		first := start(t, h, "/")
		second, third := start(t, h, "/"), start(t, h, "/")
		second.leave()
		third.leave() // their scrape never begins
		first.leave()
		if n := g.cancelled.Load(); n != 1 {
			t.Errorf("%d scrapes were cancelled, want that of the first client", n)
		}
		g.wait(t, 1)
		again := start(t, h, "/")
		g.proceed <- struct{}{}
		wantBody(t, <-again.done, 200, requestsText)
	})
}

// TestAbandonedScrape has a collector that goes on although nobody waits: it is
// stopped at its next family, and that is no error.
func TestAbandonedScrape(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		proceed := make(chan struct{})
		var err error
		h := metrichttp.Handler(guardedCollector{failing(func(_ context.Context, emit func(metric.Family) error) error {
			<-proceed
			err = emit(requestsTotal())
			return err
		})}, &metrichttp.HandlerOptions{Logger: log.logger()})
		start(t, h, "/").leave()
		close(proceed)
		synctest.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("emit returned %v", err)
		}
		if log.String() != "" {
			t.Errorf("logged\n%s", log.String())
		}
		wantLine(t, body(t, get(t, h, "/")), `polymeter_scrapes_total{outcome="abandoned"} 1`)
	})
}

func TestOverload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := metrichttp.Handler(g, &metrichttp.HandlerOptions{MaxInFlight: 2, MaxWait: 3 * time.Second, DisableSelfMetrics: true})
		first := []*client{start(t, h, "/"), start(t, h, "/")}
		g.wait(t, 2)

		began := time.Now()
		r := get(t, h, "/")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("refused after %v, want the longest wait", took)
		}
		wantHeader(t, r, "Retry-After", "5")
		wantBody(t, r, 503, "too many scrapes are in flight\n")

		began = time.Now()
		r = get(t, h, "/", "X-Prometheus-Scrape-Timeout-Seconds: 1")
		if took := time.Since(began); took != 500*time.Millisecond || r.StatusCode != 503 {
			t.Errorf("status %d after %v, want 503 after its own time-out", r.StatusCode, took)
		}
		for _, c := range first {
			g.proceed <- struct{}{}
			wantBody(t, <-c.done, 200, requestsText)
		}
	})
}
