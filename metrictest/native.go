package metrictest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"polymeter.dev/metric"
)

// NativeOf returns a histogram of these observations with native buckets of the
// finest schema, for [CompareNative]. NaN counts, and is in no bucket.
func NativeOf(observations ...float64) *metric.NativeHistogram {
	h := &metric.NativeHistogram{Schema: metric.MaxSchema, Count: float64(len(observations))}
	var positive, negative []int32
	for _, v := range observations {
		h.Sum += v
		switch {
		case v == 0:
			h.ZeroCount++
		case v > 0:
			positive = append(positive, metric.BucketIndex(h.Schema, v))
		case v < 0:
			negative = append(negative, metric.BucketIndex(h.Schema, v))
		}
	}
	h.PositiveSpans, h.PositiveCounts = side(positive)
	h.NegativeSpans, h.NegativeCounts = side(negative)
	return h
}

// side counts the indexes of one side.
func side(indexes []int32) ([]metric.BucketSpan, []float64) {
	slices.Sort(indexes)
	var b metric.NativeBuckets
	for _, index := range indexes {
		b.Append(index, 1)
	}
	return b.Spans, b.Counts
}

// CompareNative compares the native buckets of two histograms, such as those of
// [Histogram] and [NativeOf], as far as both can tell: of two resolutions the lower
// one counts, and of two zero buckets the wider one. Histograms with custom bounds
// must have the same.
func CompareNative(t testing.TB, got, want *metric.NativeHistogram) {
	t.Helper()
	differences, err := compareNative(got, want)
	switch {
	case err != nil:
		t.Errorf("metrictest.CompareNative: %v", err)
	case len(differences) > 0:
		t.Errorf("metrictest.CompareNative: the histogram is not what is expected:%s", list(differences))
	}
}

func compareNative(got, want *metric.NativeHistogram) ([]string, error) {
	switch {
	case got == nil && want == nil:
		return nil, nil
	case got == nil:
		return nil, errors.New("there are no native buckets")
	case want == nil:
		return nil, errors.New("there are native buckets, and none are expected")
	}
	if err := errors.Join(invalid("what is there", got), invalid("what is expected", want)); err != nil {
		return nil, err
	}
	got, want = got.Clone(), want.Clone()
	if got.Schema != metric.CustomBoundsSchema && want.Schema != metric.CustomBoundsSchema {
		if err := meet(got, want); err != nil {
			return nil, err
		}
	}
	var d parts
	d.number("count", got.Count, want.Count)
	d.number("sum", got.Sum, want.Sum)
	d.native(got, want)
	return d, nil
}

func invalid(which string, h *metric.NativeHistogram) error {
	if err := h.Validate(); err != nil {
		return fmt.Errorf("%s is no valid histogram: %w", which, err)
	}
	return nil
}

// meet gives two histograms one resolution and one zero bucket, by adding to each
// an empty histogram that has those of the other. A zero bucket may have to grow
// over a whole bucket then, which the other's has to follow; it can do so only as
// often as there are buckets.
func meet(a, b *metric.NativeHistogram) error {
	for a.Schema != b.Schema || a.ZeroThreshold != b.ZeroThreshold {
		schema, threshold := min(a.Schema, b.Schema), math.Max(a.ZeroThreshold, b.ZeroThreshold)
		for _, h := range []*metric.NativeHistogram{a, b} {
			if err := h.Merge(&metric.NativeHistogram{Schema: schema, ZeroThreshold: threshold}); err != nil {
				return err
			}
		}
	}
	return nil
}
