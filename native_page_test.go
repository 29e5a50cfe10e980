package polymeter

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/cell/celltest"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// crowded is a store that has no room for chunks now and then.
type crowded struct {
	cell.Backend
	full atomic.Bool
}

type crowdedAnnex struct {
	cell.Annex
	full *atomic.Bool
}

func (c *crowded) Open(spec *cell.Spec, values []string) (cell.Place, error) {
	place, err := c.Backend.Open(spec, values)
	if place.Annex != nil {
		place.Annex = crowdedAnnex{place.Annex, &c.full}
	}
	return place, err
}

func (a crowdedAnnex) Chunk(schema, number int32, negative bool) ([]atomic.Uint64, error) {
	if a.full.Load() {
		return nil, celltest.ErrNoRoom
	}
	return a.Annex.Chunk(schema, number, negative)
}

// crowdedRegistry returns a registry with a store in files, and a handle on how
// much room that has.
func crowdedRegistry(t *testing.T) (*Registry, *crowded) {
	t.Helper()
	store, err := multiprocess.Open(t.TempDir(), &multiprocess.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Skip(err) // this platform has no shared files
	}
	t.Cleanup(func() { _ = store.Close() })
	r := NewRegistry(&RegistryOptions{Store: store})
	c := &crowded{Backend: store}
	r.link.Load().backend = c
	return r, c
}

// page returns what a scrape of the registry shows of its only family.
func page(t *testing.T, r *Registry) metric.Histogram {
	t.Helper()
	var got metric.Histogram
	err := r.Collect(t.Context(), func(f metric.Family) error {
		copied, err := metric.Copy(f)
		if err == nil {
			err = copied.Validate(metric.UTF8Validation)
		}
		if err == nil {
			got = shown(t, copied)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return got
}

// TestPageWithStrays scrapes while some native buckets are in files and some in
// the heap: together they are all, and valid.
func TestPageWithStrays(t *testing.T) {
	t.Parallel()
	for name, classic := range map[string][]float64{"with classic ones": {1, 2}, "alone": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, store := crowdedRegistry(t)
			h := Must(r.NewHistogram(HistogramOpts{Name: "size", Buckets: classic, Native: &NativeOpts{MaxBuckets: 20}}))
			var values []float64
			for i := range 6 {
				store.full.Store(i%2 == 1)
				for _, x := range spread(15*i + 1)[2:] {
					h.Observe(x)
					values = append(values, x)
				}
				got := page(t, r)
				if got.Count != float64(len(values)) {
					t.Errorf("count = %v, want %d", got.Count, len(values))
				}
				wantNative(t, got.Native, values, 1)
			}
		})
	}
}

// TestPagesWhileStraysMove scrapes while observations go on and room comes and
// goes: the count never goes down, and nothing is in two places.
func TestPagesWhileStraysMove(t *testing.T) {
	t.Parallel()
	values := spread(200)[2:]
	for round := range 10 {
		r, store := crowdedRegistry(t)
		h := Must(r.NewHistogram(HistogramOpts{Name: "size", Native: &NativeOpts{MaxBuckets: 8}}))
		var counting sync.WaitGroup
		for range movers {
			counting.Go(func() {
				for _, x := range values {
					h.Observe(x)
					runtime.Gosched()
				}
			})
		}
		last := 0.0
		for i := range 30 {
			store.full.Store(i%3 != round%3)
			now := page(t, r).Count
			if now < last || now > float64(movers*len(values)) {
				t.Fatalf("%v observations after %v", now, last)
			}
			last = now
		}
		counting.Wait()
		wantNative(t, page(t, r).Native, values, movers)
	}
}
