package polymeter_test

import (
	"os"
	"strconv"
	"sync"
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
			store := storeIn(t, t.TempDir(), format)
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
			removeFiles(t, store.Dir())
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

// TestRenewOfSeparateSeries removes the directory under two registries that share
// the store and one of two series: what each has counted alone is there, too.
func TestRenewOfSeparateSeries(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]multiprocess.Format{
		"native": multiprocess.FormatNative, "python": multiprocess.FormatPython,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storeIn(t, t.TempDir(), format)
			first, second := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store}), polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
			counter := func(r *polymeter.Registry, name string) *polymeter.Counter {
				return polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: name}))
			}
			counter(first, "a").Add(5)
			counter(first, "shared").Add(1)
			counter(second, "shared").Add(2)
			counter(second, "b").Add(7.5)
			summary := polymeter.Must(second.NewSummary(polymeter.SummaryOpts{Name: "s"}))
			summary.Observe(3)
			native := polymeter.Must(second.NewHistogram(polymeter.HistogramOpts{Name: "h", Native: &polymeter.NativeOpts{}}))
			native.Observe(3)
			removeFiles(t, store.Dir())
			if !store.Renew() {
				t.Fatal("the removal was not noticed")
			}
			for _, r := range []*polymeter.Registry{first, second} {
				wantSampleValue(t, r, "a_total", 5)
				wantSampleValue(t, r, "shared_total", 3)
				wantSampleValue(t, r, "b_total", 7.5)
				wantSampleValue(t, r, "s_count", 1)
				wantSampleValue(t, r, "s_sum", 3)
			}
			wantSampleValue(t, second, "h_count", 1)
		})
	}
}

// TestAttachWhileRenewing attaches registries while the files are being replaced:
// what they have counted goes along, wherever it is.
func TestAttachWhileRenewing(t *testing.T) {
	t.Parallel()
	for range 30 {
		store := storeIn(t, t.TempDir(), multiprocess.FormatNative)
		first := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
		v := polymeter.Must(first.NewCounterVec(polymeter.CounterOpts{Name: "v", Labels: []string{"l"}}))
		for i := range 200 { // which takes a moment to move
			v.With(strconv.Itoa(i)).Inc()
		}
		late := polymeter.NewRegistry(nil)
		c := polymeter.Must(late.NewCounter(polymeter.CounterOpts{Name: "late"}))
		c.Add(7)
		removeFiles(t, store.Dir())
		var both sync.WaitGroup
		both.Go(func() { store.Renew() })
		both.Go(func() {
			if err := late.Attach(store); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		store.Renew() // if the file was gone again
		c.Inc()
		wantSampleValue(t, first, "late_total", 8)
	}
}

func storeIn(t *testing.T, dir string, format multiprocess.Format) *multiprocess.Store {
	t.Helper()
	store, err := multiprocess.Open(dir, &multiprocess.Options{Format: format, NoCompact: true})
	if err != nil {
		t.Skip(err) // this platform has no shared files
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func removeFiles(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}
