package metric_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestMergeCustom(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		a, b     []float64 // bounds
		inA, inB side
		bounds   []float64
		want     side
	}{
		{"equal", []float64{1, 2}, []float64{1, 2}, side{0: 1, 2: 3}, side{0: 1, 1: 5}, []float64{1, 2}, side{0: 2, 1: 5, 2: 3}},
		{"some in common", []float64{0, 1, 2, 4}, []float64{1, 3, 4}, side{0: 1, 1: 2, 2: 3, 3: 4, 4: 5}, side{0: 10, 1: 20, 2: 30, 3: 40}, []float64{1, 4}, side{0: 13, 1: 57, 2: 45}},
		{"none in common", []float64{1}, []float64{2}, side{0: 1, 1: 2}, side{0: 3, 1: 4}, []float64{}, side{0: 10}},
		{"one without bounds", nil, []float64{2}, side{0: 1}, side{0: 3, 1: 4}, []float64{}, side{0: 8}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, b := histogramOf(test.inA, nil), histogramOf(test.inB, nil)
			a.Schema, b.Schema = metric.CustomBoundsSchema, metric.CustomBoundsSchema
			a.CustomBounds, b.CustomBounds = test.a, test.b
			for _, got := range []*metric.NativeHistogram{merged(t, a, b), merged(t, b, a)} {
				positive, _ := populated(got)
				if diff := cmp.Diff(test.want, positive); diff != "" {
					t.Errorf("buckets (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.bounds, got.CustomBounds); diff != "" {
					t.Errorf("bounds (-want +got):\n%s", diff)
				}
				if err := got.Validate(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestMergeCustomIsAssociative(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b, c := drawCustom(rt), drawCustom(rt), drawCustom(rt)
		left, right := merged(t, merged(t, a, b), c), merged(t, a, merged(t, b, c))
		if diff := cmp.Diff(modelOf(left), modelOf(right), models); diff != "" {
			rt.Fatalf("not associative:\n%s", diff)
		}
		if err := left.Validate(); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(modelOf(merged(t, a, b)), modelOf(merged(t, b, a)), models); diff != "" {
			rt.Fatalf("not commutative:\n%s", diff)
		}
	})
}

func drawCustom(t *rapid.T) *metric.NativeHistogram {
	h := &metric.NativeHistogram{Schema: metric.CustomBoundsSchema}
	s := side{}
	for bound := range 6 {
		if rapid.Bool().Draw(t, "has bound") {
			h.CustomBounds = append(h.CustomBounds, float64(bound))
		}
	}
	for index := range int32(len(h.CustomBounds) + 1) {
		s[index] = float64(rapid.IntRange(0, 9).Draw(t, "count"))
	}
	h.PositiveSpans, h.PositiveCounts = s.encodeOddly(t)
	h.Count = observed(h)
	return h
}
