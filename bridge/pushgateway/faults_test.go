package pushgateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/internal/faultproxy"
)

// faults are what can go wrong with a connection and be made good by another.
var faults = []struct {
	name  string
	fault faultproxy.Fault
}{
	{"reset", faultproxy.Reset},
	{"reset in the headers", faultproxy.ResetAfter(50)},
	{"reset in the body", faultproxy.ResetAfter(400)},
	{"slow", faultproxy.Slow(time.Millisecond)},
	{"silence", faultproxy.Silence},
	{"garbage", faultproxy.Garbage},
	{"lost answer", faultproxy.LoseAnswer},
	{"429", faultproxy.Answer(429, "too many", "Retry-After: 0")},
	{"500", faultproxy.Answer(500, "broken")},
	{"502 with a page", faultproxy.Answer(502, "<html>"+strings.Repeat("x", 1<<20))},
	{"503 for a second", faultproxy.Answer(503, "", "Retry-After: 1")},
}

// TestFaults reaches a gateway through a network in which everything goes wrong once,
// with each method. What is counted is what the gateway shows in the end of each.
func TestFaults(t *testing.T) {
	t.Parallel()
	g := newGateway()
	server := httptest.NewServer(g)
	defer server.Close()
	proxy, err := faultproxy.Start(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	registry := polymeter.NewRegistry(nil)
	sent := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "sent"}))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	p, err := pushgateway.New(proxy.Addr(), "j", registry, &pushgateway.Options{
		Client: &http.Client{Transport: transport}, Timeout: 500 * time.Millisecond,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, Logger: silent,
	})
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, fault := range faults {
		for name, do := range map[string]func(context.Context) error{"push": p.Push, "add": p.Add, "delete": p.Delete} {
			if name == "delete" && fault.name == "reset in the body" {
				continue // it has none
			}
			sent.Inc()
			proxy.Next(fault.fault)
			if err := do(t.Context()); err != nil {
				t.Errorf("%s, %s: %v", fault.name, name, err)
			}
			if proxy.Due() > 0 {
				t.Fatalf("%s, %s: no connection met it", fault.name, name)
			}
			done++
			if name == "delete" {
				g.want(t)
			} else {
				g.want(t, `{job="j"}`, fmt.Sprintf(`{job="j"}: sent_total %d`, done))
			}
		}
	}
	pushWhileRefused(t, p, proxy)
	sent.Inc()
	if err := p.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	done++
	g.want(t, `{job="j"}`, fmt.Sprintf(`{job="j"}: sent_total %d`, done))
	// An answer that is lost does not undo what was done, and it is done once more.
	if lost := 3; g.changes != done+lost {
		t.Errorf("the gateway has done %d requests, want %d", g.changes, done+lost)
	}
	wantSelf(t, p, map[string]float64{
		`pushes_total{outcome="accepted"}`: float64(done), `pushes_total{outcome="given_up"}`: 1, `pushes_total{outcome="rejected"}`: 0,
	})
	if n := proxy.Injected(); n < 20 {
		t.Errorf("%d faults were injected", n)
	}
}

// pushWhileRefused has one push for which there is no connection.
func pushWhileRefused(t *testing.T, p *pushgateway.Pusher, proxy *faultproxy.Proxy) {
	t.Helper()
	proxy.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := p.Push(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a push without a connection: error %v", err)
	}
	if err := proxy.Resume(); err != nil {
		t.Fatal(err)
	}
}
