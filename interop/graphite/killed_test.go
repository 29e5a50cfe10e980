package graphite_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

// TestCarbonKilled kills carbon while a bridge runs, and starts it again. What carbon had
// not read is sent again; what it had read, and not written to its files, it has lost.
// Nothing else is missing.
func TestCarbonKilled(t *testing.T) {
	carbon := peers.StartCarbon(t)
	c := &ticking{series: 20, base: time.Now().Unix() - 2000}
	b := newBridge(t, carbon.Plaintext, c, graphite.Options{Interval: 20 * time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()

	kills := make([]kill, 3)
	from := 0
	for i := range kills {
		k := &kills[i]
		k.written = c.storedAfter(t, carbon, from)
		collected(t, c, 10)
		carbon.Kill()
		collected(t, c, 10)
		k.read = read(t, b)
		from = k.read
		carbon.Start(t)
	}
	collected(t, c, 30)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	sent := c.series * int(c.times.Load())
	if n := read(t, b); n != sent {
		t.Errorf("%d samples count as written, %d were sent", n, sent)
	}
	wantAllBut(t, carbon, c, kills)
}

// kill is how far carbon was when it was killed: numbers of samples in the order in which
// they were collected.
type kill struct {
	written int // to files, for certain
	read    int // at most
}

// mayMiss reports whether the sample with this number may have died with carbon.
func mayMiss(kills []kill, number int) bool {
	for _, k := range kills {
		if k.written <= number && number < k.read {
			return true
		}
	}
	return false
}

// wantAllBut waits until everything is stored but what carbon may have lost.
func wantAllBut(t *testing.T, carbon *peers.Carbon, c *ticking, kills []kill) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		got, missing, lost := carbon.Points(t, c.paths()...), 0, 0
		for path, values := range c.wanted() {
			for at, value := range values {
				v, found := got[path][at]
				switch {
				case found && v != value:
					t.Fatalf("%s is %v at %d, want %v", path, v, at, value)
				case found:
				case mayMiss(kills, c.number(path, at)):
					lost++
				default:
					missing++
				}
			}
		}
		if missing == 0 {
			t.Logf("%d samples sent, %d died with carbon, of %+v", c.series*int(c.times.Load()), lost, kills)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d samples are missing, besides %d that carbon had read", missing, lost)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// number returns which sample it is, in the order of collection.
func (c *ticking) number(path string, at int64) int {
	for i, p := range c.paths() {
		if p == path {
			return int(at-c.base-1)*c.series + i
		}
	}
	return -1
}

// storedAfter waits until those of a whole collection are stored from a number on, for which
// there is then a file of each series, and returns the number of the first that is not.
func (c *ticking) storedAfter(t *testing.T, carbon *peers.Carbon, from int) int {
	t.Helper()
	paths := c.paths()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		n, stored := from, carbon.Points(t, paths...)
		for isStored := true; isStored; n++ {
			_, isStored = stored[paths[n%c.series]][c.base+1+int64(n/c.series)]
		}
		if n--; n >= from+c.series {
			return n
		}
	}
	t.Fatalf("too little is stored from sample %d on", from)
	return 0
}

// read returns how many samples the bridge takes for read.
func read(t *testing.T, b *graphite.Bridge) (n int) {
	t.Helper()
	err := b.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		if !strings.HasSuffix(f.Desc().Name, "_written") {
			return nil
		}
		return f.Each(func(s *metric.Sample) error {
			n = int(s.Value)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// collected waits for n collections.
func collected(t *testing.T, c *ticking, n int64) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for end := c.times.Load() + n; c.times.Load() < end; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is collected any more")
		}
	}
}
