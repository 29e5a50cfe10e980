package remotewrite_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"polymeter.dev/bridge/remotewrite"
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

// newWriter returns a writer to the receiver.
func newWriter(t *testing.T, r *receiver, c metric.Collector, o remotewrite.Options) *remotewrite.Writer {
	t.Helper()
	o.Client = &http.Client{Transport: r}
	if o.Logger == nil {
		o.Logger = silent
	}
	w, err := remotewrite.New("http://receiver/api/v1/write", c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// push collects and sends once, which must succeed.
func push(t *testing.T, w *remotewrite.Writer) {
	t.Helper()
	if err := w.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// wantLines compares what a receiver has, in any order.
func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	lines := strings.FieldsFunc(want, func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	slices.Sort(lines)
	got = slices.Sorted(slices.Values(got))
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// self returns the writer's metrics about itself, as lines of text.
func self(t *testing.T, w *remotewrite.Writer) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	err := w.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		for _, s := range samples {
			values[strings.TrimPrefix(s.Name, "polymeter_remotewrite_")+s.Labels.String()] = s.Value
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// wantSelf compares some of them.
func wantSelf(t *testing.T, w *remotewrite.Writer, want map[string]float64) {
	t.Helper()
	got := self(t, w)
	for name, value := range want {
		if v, found := got[name]; !found || v != value {
			t.Errorf("%s is %v (%t), want %v", name, v, found, value)
		}
	}
}
