package polymeter_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev"
)

// TestEverythingAtOnce counts in series that others delete and scrape. What
// stays untouched by deletions must be exact.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	const workers, rounds = 4, 2000
	r := polymeter.NewRegistry(nil)
	stable := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "stable", Labels: []string{"l"}}))
	volatile := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "volatile", Labels: []string{"l"}}))
	typed := polymeter.Must(polymeter.NewTypedHistogram[struct{ L int }](r, polymeter.HistogramOpts{Name: "typed"}))
	limited := polymeter.Must(r.NewSummaryVec(polymeter.SummaryOpts{Name: "limited", Labels: []string{"l"}, Series: polymeter.SeriesOpts{Limit: 10}}))
	var counting, others sync.WaitGroup
	for w := range workers {
		counting.Go(func() {
			for i := range rounds {
				l := strconv.Itoa(i % 300)
				stable.With(l).Inc()
				volatile.With(l).Set(float64(i))
				typed.With(struct{ L int }{i % 300}).Observe(1)
				limited.With(l).Observe(1)
				if i%100 == w {
					volatile.Delete(l)
					typed.Delete(struct{ L int }{i % 300})
				}
				if i%1000 == w {
					volatile.Clear()
					volatile.DeleteMatching(map[string]string{"l": "7"})
				}
			}
		})
	}
	var done atomic.Bool
	others.Go(func() {
		for !done.Load() {
			_ = gather(t, r)
			_ = volatile.Len()
		}
	})
	others.Go(func() {
		for i := 0; !done.Load(); i++ {
			g, err := r.NewGauge(polymeter.GaugeOpts{Name: "passing"})
			if err != nil {
				t.Error(err)
				return
			}
			g.Inc()
			if !r.Unregister(g) {
				t.Error("not unregistered")
			}
		}
	})
	counting.Wait()
	done.Store(true)
	others.Wait()
	total, limitedTotal := 0.0, 0.0
	for _, s := range gather(t, r) {
		switch s.Name {
		case "stable_total":
			total += s.Value
		case "limited":
			limitedTotal += s.Summary.Count
		}
	}
	if want := float64(workers * rounds); total != want || limitedTotal != want {
		t.Errorf("counted %v and %v, want %v", total, limitedTotal, want)
	}
	if stable.Len() != 300 || limited.Len() != 11 {
		t.Errorf("%d and %d series, want 300 and 11", stable.Len(), limited.Len())
	}
}
