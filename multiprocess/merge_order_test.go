//go:build unix

package multiprocess_test

import (
	"math"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// histogramFile is what a process has in its file of a native histogram.
type histogramFile struct {
	threshold float64
	classic   bool
	zero      uint64
	chunks    map[drawnChunk]*[16]uint64
}

type drawnChunk struct {
	schema, number int32
	negative       bool
}

// drawHistogramFile draws thresholds that are in the middle of buckets, some of
// which are populated, on grids of several schemas: what they do to each other
// depends on the order in which they meet.
func drawHistogramFile(t *rapid.T) *histogramFile {
	f := &histogramFile{
		threshold: rapid.SampledFrom([]float64{0, 0, 0.7, 0.9}).Draw(t, "threshold"),
		classic:   rapid.Bool().Draw(t, "classic"),
		zero:      rapid.Uint64Range(0, 2).Draw(t, "zero"),
		chunks:    map[drawnChunk]*[16]uint64{},
	}
	for range rapid.IntRange(0, 2).Draw(t, "buckets") {
		value := rapid.SampledFrom([]float64{0.701, 0.8, 0.91, 2}).Draw(t, "value")
		if value <= f.threshold {
			continue
		}
		schema := rapid.SampledFrom([]int32{0, 1, 3}).Draw(t, "schema")
		index := metric.BucketIndex(schema, value)
		key := drawnChunk{schema, floorDiv(index), rapid.Bool().Draw(t, "negative")}
		if f.chunks[key] == nil {
			f.chunks[key] = new([16]uint64)
		}
		f.chunks[key][index-16*key.number] += rapid.Uint64Range(1, 3).Draw(t, "count")
	}
	return f
}

// write writes the file of the nth process of all.
func (f *histogramFile) write(t testing.TB, dir string, n int) {
	h := nativeHeader("P")
	h.Created = int64(n + 1)
	putNative(t, dir, h, func(b *pmfile.Builder) {
		family := &pmfile.Family{Name: "size", Type: metric.TypeHistogram, Native: true, ZeroThreshold: f.threshold}
		cells := []uint64{0, 5, 0, f.zero, 0}
		if f.classic {
			family.Bounds = []float64{math.Inf(1)}
			cells = []uint64{0, 5, 0, 0, f.zero, 0}
		}
		s := b.Series(b.Family(family), nil, nil, cells)
		for key, counts := range f.chunks {
			b.Chunk(s, key.schema, key.number, key.negative, counts)
		}
	})
}

// TestNativeHistogramsMergeInAnyOrder has processes that declare different zero
// thresholds begin in any order, and be folded: the page is the same to the last
// bit, although the threshold of a merge of more than two depends on which of
// them meet first.
func TestNativeHistogramsMergeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		files := rapid.SliceOfN(rapid.Custom(drawHistogramFile), 2, 5).Draw(rt, "files")
		var want *metric.Histogram
		for _, name := range []string{"order", "another order"} {
			dir, err := os.MkdirTemp(t.TempDir(), "")
			if err != nil {
				rt.Fatal(err)
			}
			defer os.RemoveAll(dir)
			for n, f := range rapid.Permutation(slices.Clone(files)).Draw(rt, name) {
				f.write(t, dir, n)
			}
			got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "size", "{}").Histogram
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("in another order (-before +after):\n%s", diff)
			}
			compact(t, dir)
			got = sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "size", "{}").Histogram
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("folded (-before +after):\n%s", diff)
			}
		}
	})
}
