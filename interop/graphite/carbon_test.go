package graphite_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
)

// newBridge returns a bridge that sends what c collects.
func newBridge(t *testing.T, address string, c metric.Collector, o graphite.Options) *graphite.Bridge {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	o.MinBackoff, o.MaxBackoff = time.Millisecond, 100*time.Millisecond
	b, err := graphite.New(address, c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// push collects and sends once, which must succeed.
func push(t *testing.T, b *graphite.Bridge) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := b.Push(ctx); err != nil {
		t.Fatal(err)
	}
}

// points are values by path and time.
type points = map[string]map[int64]float64

// wantStored waits until these points are stored, and no others of their paths.
func wantStored(t *testing.T, c *peers.Carbon, want points) {
	t.Helper()
	paths := make([]string, 0, len(want))
	for path := range want {
		paths = append(paths, path)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		diff := cmp.Diff(want, c.Points(t, paths...))
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("stored (-want +got):\n%s", diff)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
