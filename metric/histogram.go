package metric

import (
	"fmt"
	"math"
	"slices"
)

// Histogram is the composite value of one histogram or gauge histogram sample:
// classic buckets, native buckets, or both. Counts are float64 because gauge
// histograms and some producers have fractional ones; a counting process keeps
// them whole.
type Histogram struct {
	// Count is the number of observations, NaN observations included.
	Count float64
	// Sum is the sum of all observations.
	Sum float64
	// NoSum says that the sum is not known. Formats that cannot leave it out
	// show NaN.
	NoSum bool
	// Buckets are the classic buckets, cumulative, ascending by upper bound,
	// the last one with the bound +Inf and the value Count. Empty when the
	// histogram has native buckets only.
	Buckets []Bucket
	// Native holds the native buckets, or is nil. Its Count and Sum equal
	// those of the Histogram.
	Native *NativeHistogram
}

// Bucket is one classic bucket: Count observations were at most UpperBound.
type Bucket struct {
	UpperBound float64
	Count      float64
}

// Clone returns a deep copy; a nil Histogram gives nil.
func (h *Histogram) Clone() *Histogram {
	if h == nil {
		return nil
	}
	c := *h
	c.Buckets = slices.Clone(h.Buckets)
	c.Native = h.Native.Clone()
	return &c
}

// Validate reports what makes a histogram inconsistent: neither kind of
// buckets, classic buckets that are not ascending, not cumulative or without
// +Inf, a negative count, or native buckets that contradict the count
// (see [NativeHistogram.Validate]).
func (h *Histogram) Validate() error {
	if len(h.Buckets) == 0 && h.Native == nil {
		return fmt.Errorf("metric: histogram has no buckets")
	}
	if math.IsNaN(h.Count) || h.Count < 0 {
		return fmt.Errorf("metric: histogram count %v is negative or NaN", h.Count)
	}
	if err := h.validateBuckets(); err != nil {
		return err
	}
	if h.Native == nil {
		return nil
	}
	if h.Native.Count != h.Count {
		return fmt.Errorf("metric: native count %v differs from the histogram's count %v", h.Native.Count, h.Count)
	}
	return h.Native.Validate()
}

func (h *Histogram) validateBuckets() error {
	if len(h.Buckets) == 0 {
		return nil
	}
	previous := Bucket{UpperBound: math.Inf(-1)}
	for i, b := range h.Buckets {
		if math.IsNaN(b.UpperBound) || (i > 0 && b.UpperBound <= previous.UpperBound) {
			return fmt.Errorf("metric: bucket bound %v does not ascend from %v", b.UpperBound, previous.UpperBound)
		}
		if math.IsNaN(b.Count) || b.Count < previous.Count {
			return fmt.Errorf("metric: bucket le=%v has count %v, less than %v before it", b.UpperBound, b.Count, previous.Count)
		}
		previous = b
	}
	if !math.IsInf(previous.UpperBound, 1) {
		return fmt.Errorf("metric: the last bucket is le=%v, not +Inf", previous.UpperBound)
	}
	if previous.Count != h.Count {
		return fmt.Errorf("metric: the +Inf bucket has %v, the count is %v", previous.Count, h.Count)
	}
	return nil
}

// Summary is the composite value of one summary sample.
type Summary struct {
	// Count is the number of observations.
	Count float64
	// Sum is the sum of all observations.
	Sum float64
	// Quantiles may be empty; a value of NaN means that the window it is
	// taken over had no observations.
	Quantiles []Quantile
}

// Quantile is one quantile of a summary: the value below which the given
// fraction, between 0 and 1, of the observations lies.
type Quantile struct {
	Quantile float64
	Value    float64
}

// Clone returns a deep copy; a nil Summary gives nil.
func (s *Summary) Clone() *Summary {
	if s == nil {
		return nil
	}
	c := *s
	c.Quantiles = slices.Clone(s.Quantiles)
	return &c
}

// Validate reports a quantile outside [0, 1] or repeated, and a count that is
// negative or NaN.
func (s *Summary) Validate() error {
	if math.IsNaN(s.Count) || s.Count < 0 {
		return fmt.Errorf("metric: summary count %v is negative or NaN", s.Count)
	}
	ascending := true
	for i, q := range s.Quantiles {
		if !(q.Quantile >= 0 && q.Quantile <= 1) {
			return fmt.Errorf("metric: quantile %v is not between 0 and 1", q.Quantile)
		}
		ascending = ascending && (i == 0 || s.Quantiles[i-1].Quantile < q.Quantile)
	}
	if ascending {
		return nil
	}
	return s.validateUnsorted()
}

// validateUnsorted looks for a repeated quantile where they do not ascend.
func (s *Summary) validateUnsorted() error {
	seen := make(map[float64]bool, len(s.Quantiles))
	for _, q := range s.Quantiles {
		if seen[q.Quantile] {
			return fmt.Errorf("metric: quantile %v occurs twice", q.Quantile)
		}
		seen[q.Quantile] = true
	}
	return nil
}
