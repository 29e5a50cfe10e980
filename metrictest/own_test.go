package metrictest_test

import (
	"testing"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
	"polymeter.dev/multiprocess"
)

// TestOwnCollectors tests the collectors of this module as anybody would.
func TestOwnCollectors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]metric.Collector{
		"process": collectors.NewProcess(nil),
		"go":      collectors.NewGo(nil),
		"build":   collectors.NewBuildInfo(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			metrictest.Collector(t, c)
		})
	}
}

func TestRegistryWithStore(t *testing.T) {
	t.Parallel()
	store, err := multiprocess.Open(t.TempDir(), &multiprocess.Options{Format: multiprocess.FormatNative, NoCompact: true})
	if err != nil {
		t.Skip(err) // this platform has no shared files
	}
	defer store.Close()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	newRequests(r).With("200").Add(2)
	latency := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "latency_seconds", Help: "Time to answer.", Native: &polymeter.NativeOpts{}}))
	latency.Observe(0.25)
	metrictest.Collector(t, r)
	metrictest.Compare(t, r, `app_requests_total{code="200"} 2`, "app_requests")
	metrictest.CompareNative(t, metrictest.Histogram(t, r, "latency_seconds").Native, metrictest.NativeOf(0.25))
}
