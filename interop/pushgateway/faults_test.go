package pushgateway_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/interop/peers"
)

// faults are what happens to the requests of [TestFaults], one after the other.
func faults() map[string]faultproxy.Fault {
	table := map[string]faultproxy.Fault{
		"reset":              faultproxy.Reset,
		"slow":               faultproxy.Slow(time.Millisecond),
		"silence":            faultproxy.Silence,
		"garbage":            faultproxy.Garbage,
		"lost answer":        faultproxy.LoseAnswer,
		"another lost one":   faultproxy.LoseAnswer,
		"429":                faultproxy.Answer(429, "too many"),
		"429 with a pause":   faultproxy.Answer(429, "too many", "Retry-After: 1"),
		"503 with a date":    faultproxy.Answer(503, "", "Retry-After: Mon, 02 Jan 2006 15:04:05 GMT"),
		"502 with a page":    faultproxy.Answer(502, "<html>"+strings.Repeat("x", 1<<20)),
		"500":                faultproxy.Answer(500, "broken"),
		"504 without a body": faultproxy.Answer(504, ""),
	}
	for n := int64(1); n <= 1<<8; n *= 2 {
		table[fmt.Sprintf("reset after %d bytes", n)] = faultproxy.ResetAfter(n)
	}
	return table
}

// TestFaults has every request meet a fault on its way to the gateway: what was counted is
// what it shows.
func TestFaults(t *testing.T) {
	eachGateway(t, func(t *testing.T, g *peers.Pushgateway) {
		proxy, err := faultproxy.Start(strings.TrimPrefix(g.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer proxy.Close()
		registry := polymeter.NewRegistry(nil)
		sent := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "sent"}))
		p := newPusher(t, "http://"+proxy.Addr(), "j", registry, pushgateway.Options{
			Client: &http.Client{Transport: &http.Transport{}}, Timeout: 500 * time.Millisecond, MinBackoff: time.Millisecond,
		})
		pushes := 0
		for name, fault := range faults() {
			for _, do := range []func(context.Context) error{p.Push, p.Add} {
				pushes++
				sent.Inc()
				proxy.Next(fault)
				if err := do(t.Context()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if proxy.Due() > 0 {
					t.Fatalf("%s: no connection met it", name)
				}
				if got := page(t, g)[`sent_total{instance="",job="j"}`].Sample.Value; got != float64(pushes) {
					t.Errorf("%s: the gateway shows %v, want %d", name, got, pushes)
				}
			}
		}
		proxy.Next(faultproxy.LoseAnswer)
		if err := p.Delete(t.Context()); err != nil {
			t.Error(err)
		}
		want(t, g)
		proxy.Refuse()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := p.Push(ctx); err == nil {
			t.Error("a push without a connection succeeded")
		}
		if err := proxy.Resume(); err != nil {
			t.Fatal(err)
		}
		if err := p.Push(t.Context()); err != nil {
			t.Error(err)
		}
		received := page(t, g)[`sent_total{instance="",job="j"}`].Sample.Value
		t.Logf("%d faults, %d counted, %v received", proxy.Injected(), pushes, received)
		if received != float64(pushes) || proxy.Injected() < 20 {
			t.Errorf("the gateway shows %v, want %d, after %d faults", received, pushes, proxy.Injected())
		}
	})
}
