package graphite_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// ticking is a collector of the same series over and over, at times of their own. It is
// guarded, so that no collection is given up that it has counted.
type ticking struct {
	series int
	times  atomic.Int64
}

func (c *ticking) Collect(_ context.Context, emit func(metric.Family) error) error {
	n := c.times.Add(1)
	f := metric.NewGaugeFamily("ticks", "", "n")
	for i := range c.series {
		f.AddRow(metric.ValueRow{LabelValues: []string{fmt.Sprint(i)}, Value: float64(n), Timestamp: metric.NewTimestamp(1e9+n, 0)})
	}
	return emit(f)
}

func (c *ticking) Guarded(gather.Mark) {}

// faults are what happens to connections in [TestFaults], one after the other.
func faults() map[string]faultproxy.Fault {
	table := map[string]faultproxy.Fault{
		"reset":         faultproxy.Reset,
		"slow":          faultproxy.Slow(time.Millisecond),
		"silence":       func(*faultproxy.Link) { time.Sleep(time.Second) },
		"closed":        func(l *faultproxy.Link) {},
		"closed, later": func(l *faultproxy.Link) { time.Sleep(time.Millisecond) },
		"answer":        func(l *faultproxy.Link) { io.WriteString(l.Client, "HTTP/1.1 400 Bad Request\r\n\r\n") },
		"garbage": func(l *faultproxy.Link) {
			io.Copy(io.Discard, l.Client)
			io.WriteString(l.Client, "\x00\xff garbage")
		},
		"never an end": func(l *faultproxy.Link) {
			io.Copy(io.Discard, l.Client)
			time.Sleep(time.Second)
			l.Client.SetLinger(0)
		},
		"swallowed": func(l *faultproxy.Link) { io.Copy(io.Discard, l.Client); faultproxy.Reset(l) },
	}
	for n := int64(1); n <= 1<<10; n *= 2 {
		table[fmt.Sprintf("reset after %d bytes", n)] = faultproxy.ResetAfter(n)
	}
	return table
}

// TestFaults reaches a receiver through a network in which everything goes wrong once:
// what it has in the end is what was collected.
func TestFaults(t *testing.T) {
	t.Parallel()
	const series = 50
	r := newReceiver()
	proxy, err := faultproxy.Start(r.listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	c := &ticking{series: series}
	b := newBridgeTo(t, proxy.Addr(), c, graphite.Options{
		Tags: true, Timeout: 500 * time.Millisecond, MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, BatchSize: 30,
	})
	push(t, b)
	for name, fault := range faults() {
		proxy.Next(fault)
		push(t, b)
		if proxy.Due() > 0 {
			t.Fatalf("%s: no connection met it", name)
		}
		if want := series * int(c.times.Load()); r.total() != want {
			t.Errorf("after %s there are %d points, want %d", name, r.total(), want)
		}
	}
	pushWhileRefused(t, b, proxy)

	sent := series * int(c.times.Load())
	t.Logf("%d faults, %d samples sent, %d received, %d of them twice", proxy.Injected(), sent, r.total(), r.repeated)
	if r.total() != sent || r.replaced > 0 || len(r.invalid) > 0 || proxy.Injected() < 20 {
		t.Errorf("%d points, want %d; %d replaced, invalid lines %q, %d faults", r.total(), sent, r.replaced, r.invalid, proxy.Injected())
	}
	if r.repeated == 0 {
		t.Error("nothing was sent twice")
	}
	wantSelf(t, b, map[string]float64{`written_total{}`: float64(sent), `lost_total{reason="overflow"}`: 0, `waiting_samples{}`: 0})
}

// pushWhileRefused has one push for which there is no connection, and another.
func pushWhileRefused(t *testing.T, b *graphite.Bridge, proxy *faultproxy.Proxy) {
	t.Helper()
	proxy.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := b.Push(ctx); err == nil {
		t.Error("a push without a connection succeeded")
	}
	if err := proxy.Resume(); err != nil {
		t.Fatal(err)
	}
	push(t, b)
}

// TestNobodyReads has a server that accepts connections and closes them at once, as proxies
// do that cannot reach theirs: no push may take that for the end of a reader.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var accepted atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	b := newBridgeTo(t, l.Addr().String(), collecting(gauge("g", 1)), graphite.Options{MinBackoff: time.Microsecond, MaxBackoff: time.Microsecond})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go func() {
		for accepted.Load() < 500 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := b.Push(ctx); err == nil {
		t.Errorf("a push succeeded, at connection %d", accepted.Load())
	}
	wantSelf(t, b, map[string]float64{`written_total{}`: 0, `waiting_samples{}`: 1})
}
