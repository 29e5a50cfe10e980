package model_test

import (
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"

	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// TestMergedHistograms: merging is adding as Prometheus does it, but for two
// cases in which the zero threshold is inside a populated bucket of the merged
// schema. When the schemas differ, Prometheus widens the zero bucket before it
// lowers the resolution, so that observations are counted twice; and it does
// not widen that of a histogram whose own bucket it is.
func TestMergedHistograms(t *testing.T) {
	t.Parallel()
	same, excepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := exponential(t, "a"), exponential(t, "b")
		want, _, _, err := promread.Histogram(a).Add(promread.Histogram(b))
		if err != nil {
			t.Fatal(err)
		}
		got := a.Clone()
		if err := got.Merge(b); err != nil {
			t.Fatal(err)
		}
		if err := got.Validate(); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		threshold := max(a.ZeroThreshold, b.ZeroThreshold)
		schema := min(a.Schema, b.Schema)
		own := a.ZeroThreshold == threshold && inside(a, schema, threshold) || b.ZeroThreshold == threshold && inside(b, schema, threshold)
		if a.Schema != b.Schema && (inside(a, schema, threshold) || inside(b, schema, threshold)) || own {
			excepted++
			return
		}
		same++
		equal(t, got, want)
	})
	t.Logf("%d alike, %d excepted", same, excepted)
	if same == 0 || excepted == 0 {
		t.Errorf("%d alike, %d excepted: not all was tested", same, excepted)
	}
}

// TestMergedCustomBounds: the same for custom bounds, without exception.
func TestMergedCustomBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := custom(t, "a"), custom(t, "b")
		want, _, _, err := promread.Histogram(a).Add(promread.Histogram(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Merge(b); err != nil {
			t.Fatal(err)
		}
		equal(t, a, want)
	})
}

// TestReducedHistograms compares lowering the resolution.
func TestReducedHistograms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := exponential(t, "h")
		schema := rapid.Int32Range(metric.MinSchema, h.Schema).Draw(t, "schema")
		want := promread.Histogram(h)
		if schema < h.Schema {
			if err := want.ReduceResolution(schema); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.ReduceTo(schema); err != nil {
			t.Fatal(err)
		}
		equal(t, h, want)
	})
}

// TestCounterResets compares the detection of counter resets, of histograms
// that went on counting as well as of unrelated ones. There are two exceptions.
// One is that of merging: a bucket that the wider zero bucket has taken in is not
// there twice. The other is a zero bucket that ends at a bound of a bucket,
// which Prometheus' table places a little off.
func TestCounterResets(t *testing.T) {
	t.Parallel()
	resets := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		previous, current := exponential(t, "previous"), exponential(t, "current")
		if rapid.Bool().Draw(t, "grown") {
			if err := current.Merge(previous); err != nil {
				t.Fatal(err)
			}
		}
		want := promread.Histogram(current).DetectReset(promread.Histogram(previous))
		got := metric.CounterReset(previous, current)
		if got != want && previous.Schema != current.Schema && inside(previous, current.Schema, current.ZeroThreshold) {
			return
		}
		if got != want && ends(previous.Schema, current.ZeroThreshold) {
			return
		}
		if got != want {
			t.Fatalf("reset = %t, want %t, from %+v to %+v", got, want, previous, current)
		}
		resets[got]++
	})
	if resets[true] == 0 || resets[false] == 0 {
		t.Errorf("only one answer: %v", resets)
	}
}

// TestBucketBounds compares the bounds of all buckets. Those here are exact to
// the last bit; the table that Prometheus has is not quite.
func TestBucketBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := exponential(t, "h")
		h.ZeroThreshold, h.Count, h.ZeroCount = 0, h.Count-h.ZeroCount, 0
		theirs := promread.Histogram(h).AllBucketIterator()
		for ours := range h.Buckets() {
			var bucket histogram.Bucket[float64]
			for theirs.Next() {
				if bucket = theirs.At(); bucket.Count != 0 {
					break
				}
			}
			if bucket.Count != ours.Count || !near(bucket.Lower, ours.Lower) || !near(bucket.Upper, ours.Upper) {
				t.Fatalf("bucket %+v, want %+v", ours, bucket)
			}
		}
		for theirs.Next() {
			if bucket := theirs.At(); bucket.Count != 0 {
				t.Fatalf("no bucket %+v", bucket)
			}
		}
	})
}

// ends reports whether the threshold is a bound of a bucket, or next to one.
func ends(schema int32, threshold float64) bool {
	index := metric.BucketIndex(schema, threshold)
	return near(metric.BucketBound(schema, index), threshold) || near(metric.BucketBound(schema, index-1), threshold)
}

func near(a, b float64) bool {
	return math.Abs(a-b) <= 4e-16*math.Abs(b)
}

// equal compares without regard to how empty buckets are written, and to the
// last bit of a threshold that is a bound of a bucket.
func equal(t *rapid.T, got *metric.NativeHistogram, want *histogram.FloatHistogram) {
	ours := promread.Histogram(got)
	if near(ours.ZeroThreshold, want.ZeroThreshold) {
		ours.ZeroThreshold = want.ZeroThreshold
	}
	if !ours.Compact(0).Equals(want.Compact(0)) {
		t.Fatalf("got  %s\nwant %s", ours.TestExpression(), want.TestExpression())
	}
}

// inside reports whether the threshold is inside a populated bucket of the
// histogram, in a schema that is as coarse or coarser.
func inside(h *metric.NativeHistogram, schema int32, threshold float64) bool {
	h = h.Clone()
	if err := h.ReduceTo(schema); err != nil {
		return false
	}
	for _, side := range []iter.Seq2[int32, float64]{h.PositiveBuckets(), h.NegativeBuckets()} {
		for index, count := range side {
			if count > 0 && metric.BucketBound(schema, index-1) < threshold && threshold < metric.BucketBound(schema, index) {
				return true
			}
		}
	}
	return false
}

// exponential draws a histogram of values between 2^-8 and 2^8, whose zero
// bucket ends among them, between them or below.
func exponential(t *rapid.T, label string) *metric.NativeHistogram {
	h := &metric.NativeHistogram{
		Schema:        rapid.Int32Range(metric.MinSchema, metric.MaxSchema).Draw(t, label+" schema"),
		ZeroThreshold: rapid.SampledFrom([]float64{0, 0x1p-128, 0x1p-16, 0.125, 0.2, 1, 1.1, 1.5, 3, 4}).Draw(t, label+" threshold"),
		Sum:           float64(rapid.Int16().Draw(t, label+" sum")) / 8,
		ZeroCount:     float64(rapid.IntRange(0, 5).Draw(t, label+" zero")),
	}
	h.Count = h.ZeroCount
	for i, sign := range []string{" positive", " negative"} {
		values := rapid.SliceOfN(rapid.Float64Range(-8, 8), 0, 6).Draw(t, label+sign)
		counts := map[int32]float64{}
		for _, v := range values {
			v = math.Exp2(v)
			if v <= h.ZeroThreshold {
				h.ZeroCount++
			} else {
				counts[metric.BucketIndex(h.Schema, v)]++
			}
			h.Count++
		}
		side := buckets(counts)
		if i == 0 {
			h.PositiveSpans, h.PositiveCounts = side.Spans, side.Counts
		} else {
			h.NegativeSpans, h.NegativeCounts = side.Spans, side.Counts
		}
	}
	return h
}

// custom draws a histogram with some of a few bounds.
func custom(t *rapid.T, label string) *metric.NativeHistogram {
	h := &metric.NativeHistogram{
		Schema:       metric.CustomBoundsSchema,
		Sum:          float64(rapid.Int16().Draw(t, label+" sum")) / 8,
		CustomBounds: rapid.SliceOfNDistinct(rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 2, 5, 10}), 0, 7, rapid.ID).Draw(t, label+" bounds"),
	}
	slices.Sort(h.CustomBounds)
	counts := map[int32]float64{}
	for i := range len(h.CustomBounds) + 1 {
		n := float64(rapid.IntRange(0, 3).Draw(t, label+" count"))
		if n > 0 {
			counts[int32(i)] = n
		}
		h.Count += n
	}
	side := buckets(counts)
	h.PositiveSpans, h.PositiveCounts = side.Spans, side.Counts
	return h
}

func buckets(counts map[int32]float64) metric.NativeBuckets {
	var side metric.NativeBuckets
	indices := make([]int32, 0, len(counts))
	for index := range counts {
		indices = append(indices, index)
	}
	slices.Sort(indices)
	for _, index := range indices {
		side.Append(index, counts[index])
	}
	return side
}
