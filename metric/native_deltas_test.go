package metric_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
)

func TestDeltasOfWorkedExample(t *testing.T) {
	t.Parallel()
	h := histogramOf(side{-1: 2, 0: 5, 3: 1}, nil)
	if diff := cmp.Diff([]metric.BucketSpan{{Offset: -1, Length: 2}, {Offset: 2, Length: 1}}, h.PositiveSpans); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	deltas, ok := h.PositiveDeltas()
	if diff := cmp.Diff([]int64{2, 3, -4}, deltas); diff != "" || !ok {
		t.Errorf("deltas, %v (-want +got):\n%s", ok, diff)
	}
	if deltas, ok := h.NegativeDeltas(); !ok || deltas != nil {
		t.Errorf("NegativeDeltas() = %v, %v", deltas, ok)
	}
}

func TestNewNativeHistogram(t *testing.T) {
	t.Parallel()
	d := metric.NativeDeltas{
		CountValue: 24, SumValue: 100, Schema: 0, ZeroThreshold: 0.001, ZeroCount: 4,
		PosSpans: []metric.BucketSpan{{0, 2}, {1, 2}}, PosDeltas: []int64{2, 1, -2, 3},
		NegSpans: []metric.BucketSpan{{0, 2}, {1, 2}}, NegDeltas: []int64{2, 1, -2, 3},
	}
	want := &metric.NativeHistogram{
		Count: 24, Sum: 100, ZeroThreshold: 0.001, ZeroCount: 4,
		PositiveSpans: d.PosSpans, PositiveCounts: []float64{2, 3, 1, 4},
		NegativeSpans: d.NegSpans, NegativeCounts: []float64{2, 3, 1, 4},
	}
	got, err := metric.NewNativeHistogram(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histogram (-want +got):\n%s", diff)
	}
	positive, _ := got.PositiveDeltas()
	negative, _ := got.NegativeDeltas()
	if diff := cmp.Diff([][]int64{d.PosDeltas, d.NegDeltas}, [][]int64{positive, negative}); diff != "" {
		t.Errorf("deltas (-want +got):\n%s", diff)
	}
	d.PosSpans[0].Length = 99
	if got.PositiveSpans[0].Length == 99 {
		t.Error("the histogram shares the caller's spans")
	}
}

func TestNewNativeHistogramErrors(t *testing.T) {
	t.Parallel()
	spans := []metric.BucketSpan{{0, 2}}
	tests := []struct {
		name string
		d    metric.NativeDeltas
		want string
	}{
		{"below zero", metric.NativeDeltas{PosSpans: spans, PosDeltas: []int64{1, -2}}, "positive delta -2"},
		{"overflow", metric.NativeDeltas{NegSpans: spans, NegDeltas: []int64{math.MaxInt64, 1}}, "negative delta 1"},
		{"underflow", metric.NativeDeltas{PosSpans: spans, PosDeltas: []int64{math.MinInt64, math.MinInt64}}, "positive delta -9223372036854775808"},
		{"invalid", metric.NativeDeltas{CountValue: 1}, "count 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, err := metric.NewNativeHistogram(test.d)
			if err == nil || h != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("NewNativeHistogram() = %v, %v, want %q", h, err, test.want)
			}
		})
	}
}

func TestDeltasRefuseWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	for _, count := range []float64{0.5, math.NaN(), math.Inf(1), math.Inf(-1), 1<<53 + 2, -1<<53 - 2} {
		h := metric.NativeHistogram{PositiveCounts: []float64{1, count}, NegativeCounts: []float64{count}}
		if deltas, ok := h.PositiveDeltas(); ok {
			t.Errorf("PositiveDeltas() of %v = %v", count, deltas)
		}
		if deltas, ok := h.NegativeDeltas(); ok {
			t.Errorf("NegativeDeltas() of %v = %v", count, deltas)
		}
	}
	h := metric.NativeHistogram{PositiveCounts: []float64{1 << 53, 0}}
	deltas, ok := h.PositiveDeltas()
	if diff := cmp.Diff([]int64{1 << 53, -1 << 53}, deltas); diff != "" || !ok {
		t.Errorf("deltas of 2^53, %v (-want +got):\n%s", ok, diff)
	}
}

func ExampleNewNativeHistogram() {
	h, err := metric.NewNativeHistogram(metric.NativeDeltas{
		CountValue: 8,
		SumValue:   7.5,
		PosSpans:   []metric.BucketSpan{{Offset: -1, Length: 2}, {Offset: 2, Length: 1}},
		PosDeltas:  []int64{2, 3, -4},
	})
	fmt.Println(h.PositiveCounts, err)
	// Output: [2 5 1] <nil>
}
