package graphite_test

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/internal/faultproxy"
	"polymeter.dev/internal/gather"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

// ticking is a collector of the same series over and over, a second later each time. It is
// guarded, so that no collection is given up that it has counted.
type ticking struct {
	series int
	base   int64 // the time before the first collection
	times  atomic.Int64
}

func (c *ticking) Collect(_ context.Context, emit func(metric.Family) error) error {
	n := c.times.Add(1)
	f := metric.NewGaugeFamily("ticks", "How often was asked.", "n")
	for i := range c.series {
		f.AddRow(metric.ValueRow{LabelValues: []string{fmt.Sprint(i)}, Value: float64(n), Timestamp: metric.NewTimestamp(c.base+n, 0)})
	}
	return emit(f)
}

func (c *ticking) Guarded(gather.Mark) {}

func ticksPath(i int) string { return fmt.Sprintf("ticks.n.%d", i) }

// paths are those of all series.
func (c *ticking) paths() (paths []string) {
	for i := range c.series {
		paths = append(paths, ticksPath(i))
	}
	return paths
}

// wanted is all that was collected.
func (c *ticking) wanted() points {
	want := points{}
	for _, path := range c.paths() {
		want[path] = map[int64]float64{}
		for n := range c.times.Load() {
			want[path][c.base+n+1] = float64(n + 1)
		}
	}
	return want
}

// faults are what happens to connections, one after the other.
func faults() map[string]faultproxy.Fault {
	table := map[string]faultproxy.Fault{
		"reset":     faultproxy.Reset,
		"slow":      faultproxy.Slow(time.Millisecond),
		"silence":   func(*faultproxy.Link) { time.Sleep(2 * time.Second) },
		"closed":    func(*faultproxy.Link) {},
		"answer":    func(l *faultproxy.Link) { io.WriteString(l.Client, "HTTP/1.1 400 Bad Request\r\n\r\n") },
		"swallowed": func(l *faultproxy.Link) { io.Copy(io.Discard, l.Client); faultproxy.Reset(l) },
		"garbage": func(l *faultproxy.Link) {
			io.Copy(io.Discard, l.Client)
			io.WriteString(l.Client, "\x00\xff garbage")
		},
	}
	for n := int64(1); n <= 1<<12; n *= 2 {
		table[fmt.Sprintf("reset after %d bytes", n)] = faultproxy.ResetAfter(n)
	}
	return table
}

// TestFaults has every push meet a fault on its way to carbon, as text and as pickles: what
// is stored in the end is what was collected.
func TestFaults(t *testing.T) {
	c := peers.StartCarbon(t)
	t.Run("plaintext", func(t *testing.T) { pushThroughFaults(t, c, graphite.Plaintext, "text") })
	t.Run("pickle", func(t *testing.T) { pushThroughFaults(t, c, graphite.Pickle, "pickle") })
}

func pushThroughFaults(t *testing.T, carbon *peers.Carbon, protocol graphite.Protocol, prefix string) {
	t.Helper()
	proxy, err := faultproxy.Start(carbon.Address(protocol == graphite.Pickle))
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	c := &ticking{series: 100, base: time.Now().Unix() - 600}
	b := newBridge(t, proxy.Addr(), c, graphite.Options{Protocol: protocol, Prefix: prefix, Timeout: time.Second})
	for name, fault := range faults() {
		proxy.Next(fault)
		push(t, b)
		if proxy.Due() > 0 {
			t.Fatalf("%s: no connection met it", name)
		}
	}
	proxy.Refuse()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := b.Push(ctx); err == nil {
		t.Error("a push without a connection succeeded")
	}
	if err := proxy.Resume(); err != nil {
		t.Fatal(err)
	}
	push(t, b)
	want := points{}
	for path, values := range c.wanted() {
		want[prefix+"."+path] = values
	}
	wantStored(t, carbon, want)
	t.Logf("%d faults, %d samples sent and stored", proxy.Injected(), c.series*int(c.times.Load()))
	if proxy.Injected() < 20 {
		t.Errorf("only %d faults", proxy.Injected())
	}
}
