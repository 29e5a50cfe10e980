package metric_test

import (
	"testing"

	"polymeter.dev/metric"
)

// TestNativeAllocations is not parallel, as counting allocations asks for.
func TestNativeAllocations(t *testing.T) {
	spans, counts := make([]metric.BucketSpan, 8), make([]float64, 8)
	total := histogramOf(side{-3: 1, 0: 2, 1: 3, 7: 1}, side{2: 5})
	fine := histogramOf(side{-3: 1, 7: 2}, side{2: 5})
	finer := histogramOf(side{0: 1, 1: 2, 14: 2}, nil)
	finer.Schema++
	sum := 0.0
	tests := []struct {
		name string
		run  func()
	}{
		{"BucketIndex", func() { metric.BucketIndex(3, 0.7) }},
		{"BucketBound", func() { metric.BucketBound(3, 7) }},
		{"Append with capacity", func() {
			b := metric.NativeBuckets{Spans: spans[:0], Counts: counts[:0]}
			for i := range int32(8) {
				b.Append(2*i, 1)
			}
		}},
		{"PositiveBuckets", func() {
			for _, count := range total.PositiveBuckets() {
				sum += count
			}
		}},
		{"Merge into a total", func() { _ = total.Merge(fine) }},
		{"Merge of a finer one into a total", func() { _ = total.Merge(finer) }},
		{"Validate", func() { _ = total.Validate() }},
		{"CounterReset", func() { metric.CounterReset(total, total) }},
	}
	for _, test := range tests {
		if allocs := testing.AllocsPerRun(100, test.run); allocs != 0 {
			t.Errorf("%s allocates %v times", test.name, allocs)
		}
	}
	if len(total.PositiveCounts) != 4 {
		t.Errorf("the total has %d buckets, so it did not have all to begin with", len(total.PositiveCounts))
	}
}
