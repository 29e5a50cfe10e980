//go:build unix

package multiprocess_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// counted is a native histogram as one process counts it: in buckets of several
// schemas.
type counted struct {
	threshold float64
	zero, nan uint64
	buckets   map[countedBucket]uint64
}

type countedBucket struct {
	schema, index int32
	negative      bool
}

// pieces are the histograms that together are what was counted: one of each
// schema.
func (c *counted) pieces() []*metric.NativeHistogram {
	type side struct{ positive, negative metric.NativeBuckets }
	bySchema := map[int32]*side{}
	for _, bucket := range slices.SortedFunc(maps.Keys(c.buckets), func(a, b countedBucket) int { return int(a.index - b.index) }) {
		s := bySchema[bucket.schema]
		if s == nil {
			s = new(side)
			bySchema[bucket.schema] = s
		}
		if bucket.negative {
			s.negative.Append(bucket.index, float64(c.buckets[bucket]))
		} else {
			s.positive.Append(bucket.index, float64(c.buckets[bucket]))
		}
	}
	var pieces []*metric.NativeHistogram
	for schema, s := range bySchema {
		h := &metric.NativeHistogram{
			Schema: schema, ZeroThreshold: c.threshold,
			PositiveSpans: s.positive.Spans, PositiveCounts: s.positive.Counts,
			NegativeSpans: s.negative.Spans, NegativeCounts: s.negative.Counts,
		}
		for _, n := range slices.Concat(h.PositiveCounts, h.NegativeCounts) {
			h.Count += n
		}
		pieces = append(pieces, h)
	}
	if len(pieces) == 0 {
		pieces = append(pieces, &metric.NativeHistogram{Schema: metric.MaxSchema, ZeroThreshold: c.threshold})
	}
	pieces[0].ZeroCount += float64(c.zero)
	pieces[0].Count += float64(c.zero)
	return pieces
}

// mergedOf is what a page must show of several processes, by the merge of package
// metric, in any order. What processes count alike adds up without it.
func mergedOf(t *rapid.T, all []*counted) *metric.NativeHistogram {
	alike := map[float64]*counted{}
	nan := uint64(0)
	for _, c := range all {
		nan += c.nan
		sum := alike[c.threshold]
		if sum == nil {
			sum = &counted{threshold: c.threshold, buckets: map[countedBucket]uint64{}}
			alike[c.threshold] = sum
		}
		sum.zero += c.zero
		for bucket, n := range c.buckets {
			sum.buckets[bucket] += n
		}
	}
	var pieces []*metric.NativeHistogram
	for _, c := range alike {
		if c.zero > 0 || len(c.buckets) > 0 {
			pieces = append(pieces, c.pieces()...)
		}
	}
	if len(pieces) == 0 {
		pieces = append(pieces, &metric.NativeHistogram{Schema: metric.MaxSchema})
	}
	pieces = rapid.Permutation(pieces).Draw(t, "order")
	sum := pieces[0]
	for _, piece := range pieces[1:] {
		if err := sum.Merge(piece); err != nil {
			t.Fatal(err)
		}
	}
	sum.Count += float64(nan)
	if nan > 0 {
		sum.Sum = math.NaN()
	}
	return sum
}

// populated are the buckets of a histogram that are not empty, however its spans
// say so, with the zero bucket as one of schema 100.
func populated(h *metric.NativeHistogram) map[countedBucket]float64 {
	buckets := map[countedBucket]float64{{schema: 100}: h.ZeroCount}
	for index, n := range h.PositiveBuckets() {
		buckets[countedBucket{h.Schema, index, false}] = n
	}
	for index, n := range h.NegativeBuckets() {
		buckets[countedBucket{h.Schema, index, true}] = n
	}
	maps.DeleteFunc(buckets, func(_ countedBucket, n float64) bool { return n == 0 })
	return buckets
}

// draw adds some observations.
func (c *counted) draw(t *rapid.T, place cell.Place, classic int) {
	c.zero += uint64(rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "zeros"))
	c.nan += uint64(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "NaNs"))
	place.Words[classic+1].Store(c.zero)
	place.Words[classic+2].Store(c.nan)
	values := rapid.OneOf(
		rapid.Float64Range(0.2, 4),
		rapid.SampledFrom([]float64{5e-324, 1e-300, 1, 2, 1e300, math.MaxFloat64, math.Inf(1)}),
	)
	for _, v := range rapid.SliceOfN(values, 0, 5).Draw(t, "values") {
		if v <= c.threshold {
			continue
		}
		schema := rapid.OneOf(rapid.Int32Range(0, 2), rapid.Int32Range(metric.MinSchema, metric.MaxSchema)).Draw(t, "schema")
		index, negative := metric.BucketIndex(schema, v), rapid.Bool().Draw(t, "negative")
		words, err := place.Annex.Chunk(schema, floorDiv(index), negative)
		if err != nil {
			t.Fatal(err)
		}
		words[index-floorDiv(index)*cell.ChunkSize].Add(2)
		c.buckets[countedBucket{schema, index, negative}] += 2
	}
}

// floorDiv returns the number of the chunk that has a bucket.
func floorDiv(index int32) int32 { return index >> 4 }

// TestNativeHistogramsMerge has several processes count the same native histogram,
// with any schemas and thresholds: a page shows the exact merge of all, whoever
// has ended.
func TestNativeHistogramsMerge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		following := newCollector(t, dir, multiprocess.CollectorOptions{})
		var all []*counted
		for i := range rapid.IntRange(1, 4).Draw(rt, "processes") {
			s, err := multiprocess.Open(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named(fmt.Sprint(i))}))
			if err != nil {
				rt.Fatal(err)
			}
			defer s.Close()
			c := &counted{
				threshold: rapid.SampledFrom([]float64{0, 0x1p-128, 0.25, 0.3, 1, 1.5}).Draw(rt, "threshold"),
				buckets:   map[countedBucket]uint64{},
			}
			spec := nativeSpec(c.threshold)
			place, err := s.Open(spec, nil)
			if err != nil {
				rt.Fatal(err)
			}
			all = append(all, c)
			for range rapid.IntRange(1, 2).Draw(rt, "rounds") {
				c.draw(rt, place, 0)
				if rapid.Bool().Draw(rt, "scrape") {
					sampleOf(t, following, "size", "{}")
				}
			}
			if rapid.Bool().Draw(rt, "ends") {
				s.Close()
			}
		}
		want := mergedOf(rt, all)
		for name, c := range map[string]*multiprocess.Collector{
			"following": following, "new": newCollector(t, dir, multiprocess.CollectorOptions{}),
		} {
			h := sampleOf(t, c, "size", "{}").Histogram
			if diff := cmp.Diff(populated(want), populated(h.Native)); diff != "" || h.Native.Count != want.Count || len(h.Buckets) > 0 {
				rt.Errorf("%s collector: %v in all and %v classic buckets; (-want +got):\n%s", name, h.Count, h.Buckets, diff)
			}
			if !(h.Sum == 0 && want.Sum == 0 || h.Sum != h.Sum && want.Sum != want.Sum) {
				rt.Errorf("%s collector: the sum is %v, not %v", name, h.Sum, want.Sum)
			}
			if h.Native.ZeroThreshold < want.ZeroThreshold && h.Native.ZeroCount > 0 {
				rt.Errorf("%s collector: the threshold is %v, not %v", name, h.Native.ZeroThreshold, want.ZeroThreshold)
			}
		}
	})
}

// TestNativeAndClassicBuckets has processes whose histograms differ in which kinds
// of buckets they have.
func TestNativeAndClassicBuckets(t *testing.T) {
	t.Parallel()
	both, classic, native := nativeSpec(0, 1, 2), nativeSpec(0, 1, 2), nativeSpec(0)
	classic.Native = false
	one := []metric.BucketSpan{{Offset: 1, Length: 1}}
	for name, tc := range map[string]struct {
		specs []*cell.Spec
		want  metric.Histogram
	}{
		"both twice": {[]*cell.Spec{both, both}, metric.Histogram{
			Count: 2, Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1}, {UpperBound: 2, Count: 2}, {UpperBound: math.Inf(1), Count: 2}},
			Native: &metric.NativeHistogram{Count: 2, Sum: 3, PositiveSpans: one, PositiveCounts: []float64{2}},
		}},
		"both and native": {[]*cell.Spec{both, native}, metric.Histogram{
			Count: 2, Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1}, {UpperBound: 2, Count: 1}, {UpperBound: math.Inf(1), Count: 2}},
			Native: &metric.NativeHistogram{Count: 2, Sum: 3, PositiveSpans: one, PositiveCounts: []float64{2}},
		}},
		"both and classic": {[]*cell.Spec{both, classic}, metric.Histogram{
			Count: 2, Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1}, {UpperBound: 2, Count: 2}, {UpperBound: math.Inf(1), Count: 2}},
		}},
		"native and classic": {[]*cell.Spec{native, classic}, metric.Histogram{
			Count: 2, Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1}, {UpperBound: 2, Count: 1}, {UpperBound: math.Inf(1), Count: 2}},
		}},
	} {
		for range 2 { // in either order
			dir := t.TempDir()
			for i, spec := range tc.specs {
				place := openPlace(t, openNative(t, dir, fmt.Sprint(i)), spec)
				if len(spec.Bounds) > 0 {
					observe(t, place, spec.Bounds, 1.5)
				} else {
					add(t, place, 0, 1.5)
				}
				if spec.Native {
					count(t, chunk(t, place, 0, 0, false), 1, 1)
				}
			}
			got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "size", "{}").Histogram
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			slices.Reverse(tc.specs)
		}
	}
}
