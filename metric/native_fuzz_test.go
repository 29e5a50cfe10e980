package metric_test

import (
	"encoding/binary"
	"math"
	"testing"

	"polymeter.dev/metric"
)

// decodeSides makes two sides of arbitrary bytes: a byte with the number of
// spans, the spans of eight bytes each, and a count for each byte after them.
func decodeSides(data []byte) (spans [2][]metric.BucketSpan, counts [2][]float64) {
	for i := range spans {
		if len(data) == 0 {
			break
		}
		n := int(data[0] % 8)
		for data = data[1:]; n > 0 && len(data) >= 8; n-- {
			spans[i] = append(spans[i], metric.BucketSpan{
				Offset: int32(binary.LittleEndian.Uint32(data)),
				Length: binary.LittleEndian.Uint32(data[4:]),
			})
			data = data[8:]
		}
		total := uint64(0)
		for _, span := range spans[i] {
			total += uint64(span.Length)
		}
		for ; total > 0 && len(data) > 0; total-- {
			counts[i] = append(counts[i], float64(data[0]))
			data = data[1:]
		}
	}
	return spans, counts
}

func fuzzHistogram(schema int32, threshold float64, data []byte) *metric.NativeHistogram {
	h := &metric.NativeHistogram{Schema: schema, ZeroThreshold: threshold}
	spans, counts := decodeSides(data)
	h.PositiveSpans, h.NegativeSpans = spans[0], spans[1]
	h.PositiveCounts, h.NegativeCounts = counts[0], counts[1]
	if schema == metric.CustomBoundsSchema {
		for i := range len(data) % 16 {
			h.CustomBounds = append(h.CustomBounds, float64(i)*threshold)
		}
		h.ZeroThreshold = 0
	}
	h.Count = observed(h)
	return h
}

// FuzzNativeMerge runs everything on two arbitrary histograms. Nothing may
// panic, hang, or allocate by what spans claim; what is valid must stay so, and
// no observation may get lost.
func FuzzNativeMerge(f *testing.F) {
	span := func(n byte, offset int32, length uint32, rest ...byte) []byte {
		b := binary.LittleEndian.AppendUint32([]byte{n}, uint32(offset))
		return append(binary.LittleEndian.AppendUint32(b, length), rest...)
	}
	f.Add(int32(0), int32(3), 0.3, 0x1p-128, span(1, -1, 2, 2, 5), span(1, -9, 3, 1, 2, 3))
	f.Add(int32(1), int32(0), math.Sqrt2/2, 0.25, span(1, 0, 1, 6), span(1, 0, 1, 3))
	f.Add(int32(8), int32(-4), 0.0, 1e308, span(1, 262145, 1, 1), span(1, -67, 1, 1))
	f.Add(int32(-53), int32(-53), 1.0, 2.0, span(1, 0, 2, 1, 2), span(1, 1, 3, 1, 2, 3))
	f.Add(int32(0), int32(0), 0.0, 0.0, span(1, 0, math.MaxUint32, 1), span(1, math.MaxInt32, math.MaxUint32, 1, 2))
	f.Add(int32(0), int32(0), math.NaN(), math.Inf(1), span(1, math.MinInt32, math.MaxUint32, 1), span(0, 0, 0))
	f.Fuzz(func(t *testing.T, schemaA, schemaB int32, thresholdA, thresholdB float64, dataA, dataB []byte) {
		a, b := fuzzHistogram(schemaA, thresholdA, dataA), fuzzHistogram(schemaB, thresholdB, dataB)
		valid := a.Validate() == nil && b.Validate() == nil
		total := a.Count + b.Count
		metric.CounterReset(a, b)
		for range a.Buckets() {
		}
		reduced := b.Clone()
		if reduced.ReduceTo(metric.MinSchema) == nil && valid {
			checkStillValid(t, reduced, b.Count)
		}
		compact := a.Clone()
		compact.Compact()
		if valid {
			checkStillValid(t, compact, a.Count)
		}
		if a.Merge(b) == nil && valid {
			checkStillValid(t, a, total)
		}
	})
}

func checkStillValid(t *testing.T, h *metric.NativeHistogram, total float64) {
	t.Helper()
	if err := h.Validate(); err != nil {
		t.Errorf("%v in %+v", err, h)
	}
	if h.Count != total || observed(h) != total {
		t.Errorf("count %v, buckets %v, want %v", h.Count, observed(h), total)
	}
	if len(h.PositiveCounts) > metric.MaxBuckets || len(h.NegativeCounts) > metric.MaxBuckets {
		t.Errorf("%d and %d buckets", len(h.PositiveCounts), len(h.NegativeCounts))
	}
}
