package metric_test

import (
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestCounterReset(t *testing.T) {
	t.Parallel()
	with := func(schema int32, threshold, zero float64, positive, negative side) *metric.NativeHistogram {
		h := histogramOf(positive, negative)
		h.Schema, h.ZeroThreshold, h.ZeroCount = schema, threshold, zero
		h.Count += zero
		return h
	}
	custom := func(bounds []float64, buckets side) *metric.NativeHistogram {
		h := histogramOf(buckets, nil)
		h.Schema, h.CustomBounds = metric.CustomBoundsSchema, bounds
		return h
	}
	sumDropped := with(0, 0, 0, side{0: 1}, nil)
	sumDropped.Sum = -5
	tests := []struct {
		name              string
		previous, current *metric.NativeHistogram
		want              bool
	}{
		{"nothing before", nil, with(0, 0, 0, side{0: 1}, nil), false},
		{"nothing ever", nil, nil, false},
		{"gone", with(0, 0, 0, nil, nil), nil, true},
		{"equal", with(0, 0, 1, side{0: 1}, side{1: 1}), with(0, 0, 1, side{0: 1}, side{1: 1}), false},
		{"grown", with(0, 0, 1, side{0: 1}, nil), with(0, 0, 2, side{0: 1, 5: 1}, side{1: 1}), false},
		{"sum drops", with(0, 0, 0, side{0: 1}, nil), sumDropped, false},
		{"count drops", with(0, 0, 0, side{0: 2}, nil), with(0, 0, 0, side{0: 1}, nil), true},
		{"positive bucket drops", with(0, 0, 0, side{0: 2}, nil), with(0, 0, 0, side{0: 1, 1: 9}, nil), true},
		{"negative bucket drops", with(0, 0, 0, nil, side{0: 2}), with(0, 0, 9, nil, side{0: 1}), true},
		{"bucket disappears", with(0, 0, 0, side{0: 2, 3: 1}, nil), with(0, 0, 0, side{0: 9}, nil), true},
		{"zero count drops", with(0, 0, 2, nil, nil), with(0, 0, 1, side{0: 9}, nil), true},
		{"schema rises", with(0, 0, 0, nil, nil), with(1, 0, 0, nil, nil), true},
		{"schema lowered", with(1, 0, 0, side{-1: 1, 0: 2, 1: 1}, nil), with(0, 0, 0, side{0: 3, 1: 1}, nil), false},
		{"schema lowered, bucket drops", with(1, 0, 0, side{-1: 1, 0: 2, 1: 1}, nil), with(0, 0, 0, side{0: 2, 1: 9}, nil), true},
		{"threshold shrinks", with(0, 0.5, 0, nil, nil), with(0, 0.25, 0, nil, nil), true},
		{"threshold grows over buckets", with(0, 0, 1, side{-1: 2, 1: 1}, side{0: 4}), with(0, 1, 7, side{1: 1}, nil), false},
		{"threshold grows, zero count drops", with(0, 0, 1, side{-1: 2, 1: 1}, side{0: 4}), with(0, 1, 6, side{1: 9}, nil), true},
		{"threshold into populated bucket", with(0, 0, 0, side{0: 1}, nil), with(0, 0.75, 9, side{0: 9}, nil), true},
		{"threshold into populated negative bucket", with(0, 0, 0, nil, side{0: 1}), with(0, 0.75, 9, nil, side{0: 9}), true},
		{"threshold into empty bucket", with(0, 0, 0, side{-1: 1}, nil), with(0, 0.75, 1, nil, nil), false},
		{"same threshold in populated bucket", with(0, 0.75, 0, side{0: 1}, nil), with(0, 0.75, 0, side{0: 2}, nil), false},
		{"threshold on the finer grid", with(1, 0, 0, side{-1: 1, 0: 2}, nil), with(0, metric.BucketBound(1, -1), 1, side{0: 2}, nil), false},
		{"kind changes", with(0, 0, 0, nil, nil), custom(nil, nil), true},
		{"kind changes back", custom(nil, nil), with(0, 0, 0, nil, nil), true},
		{"custom grows", custom([]float64{1, 2}, side{0: 1}), custom([]float64{1, 2}, side{0: 1, 2: 1}), false},
		{"custom drops", custom([]float64{1, 2}, side{0: 2}), custom([]float64{1, 2}, side{0: 1, 2: 9}), true},
		{"custom bounds differ", custom([]float64{1, 2, 4}, side{1: 1, 2: 2}), custom([]float64{1, 3, 4}, side{1: 2, 2: 1}), false},
		{"custom bounds differ, drops", custom([]float64{1, 2, 4}, side{1: 1, 2: 2}), custom([]float64{1, 3, 4}, side{1: 2, 3: 9}), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := metric.CounterReset(test.previous, test.current); got != test.want {
				t.Errorf("CounterReset() = %v, want %v", got, test.want)
			}
		})
	}
}

// TestMergingIsNoReset adds observations to a counter, at any resolution and
// threshold: this must not look as if it had started again.
func TestMergingIsNoReset(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawHistogram(rt), drawHistogram(rt)
		sum := merged(t, a, b)
		if metric.CounterReset(a, sum) || metric.CounterReset(b, sum) {
			rt.Fatalf("%+v and %+v give %+v", a, b, sum)
		}
		if a.Count > 0 && !metric.CounterReset(merged(t, a, sum), sum) {
			rt.Fatalf("taking away %+v is no reset", a)
		}
	})
}

func TestMergeHints(t *testing.T) {
	t.Parallel()
	const (
		unknown  = metric.HintUnknown
		reset    = metric.HintReset
		notReset = metric.HintNotReset
		gauge    = metric.HintGauge
	)
	tests := []struct {
		a, b, want metric.ResetHint
		conflict   bool
	}{
		{unknown, unknown, unknown, false},
		{reset, reset, reset, false},
		{notReset, notReset, notReset, false},
		{gauge, gauge, gauge, false},
		{gauge, unknown, gauge, false},
		{gauge, reset, gauge, false},
		{gauge, notReset, gauge, false},
		{unknown, reset, unknown, false},
		{unknown, notReset, unknown, false},
		{reset, notReset, unknown, true},
	}
	for _, test := range tests {
		for _, pair := range [][2]metric.ResetHint{{test.a, test.b}, {test.b, test.a}} {
			got, conflict := metric.MergeHints(pair[0], pair[1])
			if got != test.want || conflict != test.conflict {
				t.Errorf("MergeHints(%d, %d) = %d, %v, want %d, %v", pair[0], pair[1], got, conflict, test.want, test.conflict)
			}
		}
	}
}
