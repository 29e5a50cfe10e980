package pushgateway_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"polymeter.dev/bridge/pushgateway"
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

// newPusher returns a pusher of the job "j" to the gateway.
func newPusher(t *testing.T, g http.RoundTripper, c metric.Collector, o pushgateway.Options) *pushgateway.Pusher {
	t.Helper()
	p, err := newNamed(g, "j", c, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newNamed returns a pusher of a job to the gateway.
func newNamed(g http.RoundTripper, job string, c metric.Collector, o pushgateway.Options) (*pushgateway.Pusher, error) {
	o.Client = &http.Client{Transport: g}
	if o.Logger == nil {
		o.Logger = silent
	}
	return pushgateway.New("http://gateway:9091", job, c, &o)
}

// wantError compares the text of an error with the beginning of what it is to be.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

// self returns the pusher's metrics about itself.
func self(t *testing.T, p *pushgateway.Pusher) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	err := p.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		samples, err := metric.Expand(f, false)
		for _, s := range samples {
			values[strings.TrimPrefix(s.Name, "polymeter_pushgateway_")+s.Labels.String()] = s.Value
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// wantSelf compares some of them.
func wantSelf(t *testing.T, p *pushgateway.Pusher, want map[string]float64) {
	t.Helper()
	got := self(t, p)
	for name, value := range want {
		if v, found := got[name]; !found || v != value {
			t.Errorf("%s is %v (%t), want %v", name, v, found, value)
		}
	}
}
