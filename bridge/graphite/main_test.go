package graphite_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent is for tests in which things go wrong on purpose.
var silent = slog.New(slog.DiscardHandler)

// collecting returns a collector of fixed families.
func collecting(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

// gauge is a family of one sample, for tests that are not about families.
func gauge(name string, value float64) *metric.GaugeFamily {
	f := metric.NewGaugeFamily(name, "")
	f.Add(value)
	return f
}

// many is a family of n series.
func many(n int) *metric.GaugeFamily {
	f := metric.NewGaugeFamily("many", "", "n")
	for i := range n {
		f.Add(float64(i), fmt.Sprint(i))
	}
	return f
}

// newBridge returns a bridge to the receiver in memory.
func newBridge(t *testing.T, r *receiver, c metric.Collector, o graphite.Options) *graphite.Bridge {
	t.Helper()
	o.Dial = r.dial
	return newBridgeTo(t, "carbon:2003", c, o)
}

// newBridgeTo returns a bridge to an address.
func newBridgeTo(t *testing.T, address string, c metric.Collector, o graphite.Options) *graphite.Bridge {
	t.Helper()
	if o.Logger == nil {
		o.Logger = silent
	}
	b, err := graphite.New(address, c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// push collects and sends once, which must succeed.
func push(t *testing.T, b *graphite.Bridge) {
	t.Helper()
	if err := b.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// wantLines compares what a receiver has, in order.
func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	lines := strings.Split(want, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	if diff := cmp.Diff(lines, slices.Clip(got)); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// self returns the bridge's metrics about itself, as lines of text.
func self(t *testing.T, b *graphite.Bridge) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	err := b.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		for _, s := range samples {
			values[strings.TrimPrefix(s.Name, "polymeter_graphite_")+s.Labels.String()] = s.Value
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// wantSelf compares some of them.
func wantSelf(t *testing.T, b *graphite.Bridge, want map[string]float64) {
	t.Helper()
	got := self(t, b)
	for name, value := range want {
		if v, found := got[name]; !found || v != value {
			t.Errorf("%s is %v (%t), want %v", name, v, found, value)
		}
	}
}
