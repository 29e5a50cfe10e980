package polymeter_test

import (
	"os"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestRenewOfASharedSeries removes the directory under two registries that count
// in the same series: both go on, and what they have counted together is there
// once.
func TestRenewOfASharedSeries(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]multiprocess.Format{
		"native": multiprocess.FormatNative, "python": multiprocess.FormatPython,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store, err := multiprocess.Open(dir, &multiprocess.Options{Format: format, NoCompact: true})
			if err != nil {
				t.Skip(err) // this platform has no shared files
			}
			defer store.Close()
			var counters []*polymeter.Counter
			var histograms []*polymeter.Histogram
			var registries []*polymeter.Registry
			for range 2 {
				r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
				counters = append(counters, polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "c"})))
				histograms = append(histograms, polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1}})))
				gauge := polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "g", Mode: metric.GaugeSum}))
				gauge.Set(5) // which is the value of both
				registries = append(registries, r)
			}
			count := func() {
				for i := range counters {
					counters[i].Add(float64(i) + 1.5)
					histograms[i].Observe(2)
				}
			}
			count()
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if !store.Renew() {
				t.Fatal("the removal was not noticed")
			}
			count()
			for _, r := range registries {
				wantSampleValue(t, r, "c_total", 8)
				wantSampleValue(t, r, "h_count", 4)
				wantSampleValue(t, r, "h_sum", 8)
				wantSampleValue(t, r, "g", 5)
			}
		})
	}
}
