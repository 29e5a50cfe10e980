package lint_test

import (
	"testing"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

// repeated is a family of which Each visits the samples n times.
type repeated struct {
	*family
	n int
}

func (r repeated) Each(visit func(*metric.Sample) error) error {
	for range r.n {
		if err := r.family.Each(visit); err != nil {
			return err
		}
	}
	return nil
}

// TestNoAllocationPerSample checks that a large family costs no more objects
// than a small one.
func TestNoAllocationPerSample(t *testing.T) {
	f := of(gauge, "jobs",
		line("jobs", 1, "queue", "a", "shard", "1"), line("jobs", 1, "queue", "b", "shard", ""), line("jobs", 1, "queue", "b", "shard", "2"))
	l, err := lint.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	allocs := func(n int) float64 {
		page := repeated{f, n}
		return testing.AllocsPerRun(10, func() {
			if err := l.Family(page); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocs(1), allocs(1000); many > few+1 {
		t.Errorf("%v allocations for 3 samples, %v for 3,000", few, many)
	}
}

func BenchmarkFamily(b *testing.B) {
	f := of(counter, "requests", many(1000, "requests_total", "path", "/route/r%d")...)
	l, err := lint.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Family(f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/sample")
}
