package multiprocess

import (
	"cmp"

	"polymeter.dev/metric"
)

// combiner adds samples of one series to each other.
type combiner struct {
	buckets []metric.Bucket
}

// add adds what src counted to dst, of which everything but Labels and Name may
// change; what it points to is its own.
func (c *combiner) add(typ metric.Type, mode metric.GaugeMode, dst, src *metric.Sample) {
	switch typ {
	case metric.TypeCounter:
		if src.Value >= 0 {
			dst.Value += src.Value
		}
	case metric.TypeGauge, metric.TypeUnknown:
		addGauge(mode, dst, src)
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		c.addHistogram(dst, src)
	case metric.TypeSummary:
		addSummary(dst, src)
	case metric.TypeStateSet, metric.TypeInfo:
		dst.Value = larger(dst.Value, src.Value) // a state that any process is in
	}
	dst.Exemplars = append(dst.Exemplars[:len(dst.Exemplars):len(dst.Exemplars)], src.Exemplars...)
	if dst.Start.IsZero() || !src.Start.IsZero() && src.Start.Before(dst.Start) {
		dst.Start = src.Start
	}
}

func addGauge(mode metric.GaugeMode, dst, src *metric.Sample) {
	switch mode.Base() {
	case metric.GaugeMin:
		dst.Value = smaller(dst.Value, src.Value)
	case metric.GaugeMax:
		dst.Value = larger(dst.Value, src.Value)
	case metric.GaugeSum:
		dst.Value += src.Value
	case metric.GaugeMostRecent:
		if src.Timestamp.After(dst.Timestamp) {
			dst.Value, dst.Timestamp = src.Value, src.Timestamp
		}
	default:
		dst.Value, dst.Timestamp = src.Value, src.Timestamp
	}
}

func addSummary(dst, src *metric.Sample) {
	if dst.Summary == nil || src.Summary == nil {
		dst.Summary = cmp.Or(dst.Summary, src.Summary)
		return
	}
	// Quantiles of two processes say nothing about both together.
	dst.Summary.Quantiles = nil
	dst.Summary.Count += src.Summary.Count
	dst.Summary.Sum += src.Summary.Sum
}

// addHistogram follows the rule of showHistogram: native buckets, where both have
// some, tell the count.
func (c *combiner) addHistogram(dst, src *metric.Sample) {
	if dst.Histogram == nil || src.Histogram == nil {
		dst.Histogram = cmp.Or(dst.Histogram, src.Histogram)
		return
	}
	h, other := dst.Histogram, src.Histogram
	h.NoSum = h.NoSum || other.NoSum
	if len(h.Buckets) > 0 || len(other.Buckets) > 0 {
		c.buckets = addBuckets(c.buckets[:0], bucketsOf(h), bucketsOf(other))
		h.Buckets = append(h.Buckets[:0], c.buckets...)
	}
	h.Count += other.Count
	h.Sum += other.Sum
	if h.Native = addNative(h.Native, other.Native); h.Native != nil {
		h.Count, h.Native.Sum = h.Native.Count, h.Sum
		if len(h.Buckets) > 0 {
			h.Buckets = closeBuckets(h.Buckets, h.Count)
		}
	}
}

// bucketsOf returns the classic buckets, or the one that every histogram has.
func bucketsOf(h *metric.Histogram) []metric.Bucket {
	if len(h.Buckets) > 0 {
		return h.Buckets
	}
	return []metric.Bucket{{UpperBound: metric.Inf(), Count: h.Count}}
}

// addBuckets appends the sum of two cumulative histograms, with the bounds of
// both. One that lacks a bound counts there what it counts in its next smaller
// one: that many observations are certain.
func addBuckets(to, a, b []metric.Bucket) []metric.Bucket {
	var belowA, belowB float64
	for len(a) > 0 || len(b) > 0 {
		fromA := len(b) == 0 || len(a) > 0 && !(b[0].UpperBound < a[0].UpperBound)
		fromB := len(a) == 0 || len(b) > 0 && !(a[0].UpperBound < b[0].UpperBound)
		var bound float64
		if fromA {
			bound, belowA, a = a[0].UpperBound, a[0].Count, a[1:]
		}
		if fromB {
			bound, belowB, b = b[0].UpperBound, b[0].Count, b[1:]
		}
		to = append(to, metric.Bucket{UpperBound: bound, Count: belowA + belowB})
	}
	return to
}

// addNative adds native buckets. Without them on both sides, or with kinds that
// do not mix, the classic buckets alone tell about both.
func addNative(a, b *metric.NativeHistogram) *metric.NativeHistogram {
	if a == nil || b == nil {
		return nil
	}
	sum := a.Clone()
	if sum.Merge(b) != nil {
		return nil
	}
	return sum
}
