package remotewrite_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/exp/api/remote"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/internal/gather"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
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
	for n := int64(1); n <= 1<<9; n *= 2 {
		table[fmt.Sprintf("reset after %d bytes", n)] = faultproxy.ResetAfter(n)
	}
	return table
}

const seriesPerPush = 100

// TestFaults has every request meet a fault on its way to Prometheus, in both versions
// of the protocol: what is stored in the end is what was collected.
func TestFaults(t *testing.T) {
	t.Run("version 2.0", func(t *testing.T) {
		r := startReceiver(t, remote.WriteV2MessageType)
		pushThroughFaults(t, r.server.Listener.Addr().String(), func() int {
			return len(promread.Samples(t, r.storage))
		})
	})
	t.Run("version 1.0", func(t *testing.T) {
		p := peers.StartPrometheus(t)
		pushThroughFaults(t, strings.TrimPrefix(p.URL, "http://"), func() int { return stored(t, p) })
	})
}

// pushThroughFaults pushes once for every fault, and compares with how many samples
// there are then.
func pushThroughFaults(t *testing.T, address string, received func() int) {
	t.Helper()
	proxy := proxied(t, address)
	collector := new(ticking)
	w := newWriter(t, "http://"+proxy.Addr()+"/api/v1/write", collector, remotewrite.Options{
		Client: &http.Client{Transport: &http.Transport{}}, Timeout: 500 * time.Millisecond,
	})
	for name, fault := range faults() {
		proxy.Next(fault)
		if err := w.Push(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if proxy.Due() > 0 {
			t.Fatalf("%s: no connection met it", name)
		}
	}
	proxy.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := w.Push(ctx); err == nil {
		t.Error("a push without a connection succeeded")
	}
	if err := proxy.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := w.Push(t.Context()); err != nil {
		t.Error(err)
	}
	want := int(collector.times.Load()) * seriesPerPush
	t.Logf("%d faults, %d samples sent, %d received", proxy.Injected(), want, received())
	if got := received(); got != want || proxy.Injected() < 20 {
		t.Errorf("%d samples were received, want %d, after %d faults", got, want, proxy.Injected())
	}
}

// ticking is a collector of the same series over and over, which counts how often it is
// asked. It is guarded, so that no collection is given up that it has counted.
type ticking struct{ times atomic.Int64 }

func (c *ticking) Collect(_ context.Context, emit func(metric.Family) error) error {
	n := c.times.Add(1)
	f := metric.NewGaugeFamily("ticks", "How often was asked.", "n")
	for i := range seriesPerPush {
		f.Add(float64(n), fmt.Sprint(i))
	}
	return emit(f)
}

func (c *ticking) Guarded(gather.Mark) {}
