package metric_test

import (
	"maps"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func TestNativeBucketsAppend(t *testing.T) {
	t.Parallel()
	type bucket struct {
		index int32
		count float64
	}
	tests := []struct {
		name    string
		buckets []bucket
		spans   []metric.BucketSpan
		counts  []float64
	}{
		{"empty", nil, nil, nil},
		{"worked example", []bucket{{-1, 2}, {0, 5}, {3, 1}}, []metric.BucketSpan{{-1, 2}, {2, 1}}, []float64{2, 5, 1}},
		{"gap of one", []bucket{{4, 1}, {6, 1}}, []metric.BucketSpan{{4, 1}, {1, 1}}, []float64{1, 1}},
		{"zero counts", []bucket{{0, 0}, {1, 1}, {2, 0}, {3, 1}, {9, 0}}, []metric.BucketSpan{{1, 1}, {1, 1}}, []float64{1, 1}},
		{"same index", []bucket{{7, 1}, {7, 2}, {8, 1}, {8, 4}}, []metric.BucketSpan{{7, 2}}, []float64{3, 5}},
		{"last index", []bucket{{math.MaxInt32, 1}, {math.MaxInt32, 1}}, []metric.BucketSpan{{math.MaxInt32, 1}}, []float64{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var b metric.NativeBuckets
			for _, bucket := range test.buckets {
				if !b.Append(bucket.index, bucket.count) {
					t.Errorf("Append(%d, %v) = false", bucket.index, bucket.count)
				}
			}
			if diff := cmp.Diff(test.spans, b.Spans); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.counts, b.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNativeBucketsAppendRefuses(t *testing.T) {
	t.Parallel()
	var b metric.NativeBuckets
	b.Append(-10, 1)
	b.Append(-8, 1)
	for _, index := range []int32{-9, -10, math.MinInt32, math.MaxInt32} {
		if b.Append(index, 1) {
			t.Errorf("Append(%d) after -8 = true", index)
		}
	}
	if len(b.Counts) != 2 {
		t.Errorf("refused buckets are there: %v", b.Counts)
	}
}

func TestPositiveBuckets(t *testing.T) {
	t.Parallel()
	h := &metric.NativeHistogram{
		PositiveSpans:  []metric.BucketSpan{{-2, 2}, {0, 0}, {1, 0}, {1, 1}, {0, 3}},
		PositiveCounts: []float64{3, 5, 1, 0, 3, 2},
		NegativeSpans:  []metric.BucketSpan{{5, 1}},
		NegativeCounts: []float64{7},
	}
	want := map[int32]float64{-2: 3, -1: 5, 2: 1, 3: 0, 4: 3, 5: 2}
	if diff := cmp.Diff(want, maps.Collect(h.PositiveBuckets())); diff != "" {
		t.Errorf("positive (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int32]float64{5: 7}, maps.Collect(h.NegativeBuckets())); diff != "" {
		t.Errorf("negative (-want +got):\n%s", diff)
	}
	for index := range h.PositiveBuckets() {
		if index != -2 {
			t.Errorf("first index is %d", index)
		}
		break
	}
}

func TestPositiveBucketsOfHostileSpans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spans []metric.BucketSpan
		want  int
	}{
		{"length beyond counts", []metric.BucketSpan{{0, math.MaxUint32}}, 3},
		{"index beyond int32", []metric.BucketSpan{{math.MaxInt32, math.MaxUint32}}, 1},
		{"index below int32", []metric.BucketSpan{{math.MinInt32, 1}, {-2, 1}}, 1},
		{"too few", []metric.BucketSpan{{0, 1}}, 1},
		{"none", nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := &metric.NativeHistogram{PositiveSpans: test.spans, PositiveCounts: []float64{1, 1, 1}}
			got := 0
			for range h.PositiveBuckets() {
				got++
			}
			if got != test.want {
				t.Errorf("%d buckets, want %d", got, test.want)
			}
		})
	}
}
