package polymeter_test

import (
	"math"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"polymeter.dev"
	"polymeter.dev/metric"
)

func TestHistogram(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{-1, 0, 2.5}}))
	for _, v := range []float64{-5, -1, 0, math.Copysign(0, -1), 2.5, 2.5000001, math.Inf(-1)} {
		h.Observe(v)
	}
	h.ObserveN(1, 3)
	h.ObserveN(1, 0)
	check := func(inf, sum float64) {
		t.Helper()
		buckets := []metric.Bucket{{UpperBound: -1, Count: 3}, {UpperBound: 0, Count: 5}, {UpperBound: 2.5, Count: 9}, {UpperBound: math.Inf(1), Count: inf}}
		want := &metric.Histogram{Count: inf, Sum: sum, Buckets: buckets}
		if diff := cmp.Diff(want, gather(t, r)[0].Histogram, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	check(10, math.Inf(-1))
	h.Observe(math.NaN())
	h.Observe(math.Inf(1))
	check(12, math.NaN())
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	tests := map[string]struct{ got, want []float64 }{
		"linear":      {polymeter.LinearBuckets(1, 2, 3), []float64{1, 3, 5}},
		"exponential": {polymeter.ExponentialBuckets(1, 2, 4), []float64{1, 2, 4, 8}},
		"none":        {polymeter.LinearBuckets(1, 2, -1), []float64{}},
		"default":     {polymeter.DefaultBuckets(), []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, inf}},
	}
	for name, test := range tests {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestBucketIsTheFirstThatFits compares the search with a plain one.
func TestBucketIsTheFirstThatFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bounds := []float64{}
		for bound := range 20 {
			if rapid.Bool().Draw(t, "has bound") {
				bounds = append(bounds, float64(bound))
			}
		}
		v := rapid.Float64Range(-1, 21).Draw(t, "v")
		if rapid.Bool().Draw(t, "whole") {
			v = math.Round(v)
		}
		r := polymeter.NewRegistry(nil)
		polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: bounds})).Observe(v)
		_ = r.Collect(t.Context(), func(f metric.Family) error {
			return f.Each(func(s *metric.Sample) error {
				for _, b := range s.Histogram.Buckets {
					if want := map[bool]float64{true: 1}[v <= b.UpperBound]; b.Count != want {
						t.Errorf("%v with bounds %v: bucket %v has %v", v, bounds, b.UpperBound, b.Count)
					}
				}
				return nil
			})
		})
	})
}

func TestNativeSchema(t *testing.T) {
	t.Parallel()
	for factor, want := range map[float64]int32{
		0: 3, 1.1: 3, 2: 0, 1.5: 1, 4: -1, 1.9999: 1, 65536: -4, 1e9: -4, 1.0001: 8, 1.003: 8, 1.0055: 7,
	} {
		r := polymeter.NewRegistry(nil)
		polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Native: &polymeter.NativeOpts{Factor: factor}}))
		if got := gather(t, r)[0].Histogram.Native.Schema; got != want {
			t.Errorf("factor %v gives schema %d, want %d", factor, got, want)
		}
	}
}

func TestNativeHistogram(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{
		Name: "h", Native: &polymeter.NativeOpts{Factor: 2, ZeroThreshold: 0.25},
	}))
	for _, v := range []float64{0, 0.25, -0.25, 1e-300, 0.3, 1, 2, 2.1, -3, -4, 1 << 20} {
		h.Observe(v)
	}
	h.ObserveN(2, 4)
	got := gather(t, r)[0].Histogram
	want := &metric.Histogram{Count: 15, Sum: got.Sum, Native: &metric.NativeHistogram{
		Count: 15, Sum: got.Sum, Schema: 0, ZeroThreshold: 0.25, ZeroCount: 4,
		PositiveSpans:  []metric.BucketSpan{{Offset: -1, Length: 4}, {Offset: 17, Length: 1}},
		PositiveCounts: []float64{1, 1, 5, 1, 1},
		NegativeSpans:  []metric.BucketSpan{{Offset: 2, Length: 1}},
		NegativeCounts: []float64{2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNativeExtremes(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{
		Name: "h", Native: &polymeter.NativeOpts{Factor: 1.001, ZeroThreshold: 5e-324}, Buckets: []float64{0},
	}))
	values := []float64{
		math.NaN(), math.Inf(1), math.Inf(-1), 0, math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, 1e-323, -1e-323, 1, -1,
	}
	for _, v := range values {
		h.Observe(v)
	}
	got := gather(t, r)[0].Histogram // valid, or gather fails
	if got.Count != float64(len(values)) || got.Native.ZeroCount != 2 || !math.IsNaN(got.Sum) {
		t.Errorf("count, zero count, sum = %v, %v, %v", got.Count, got.Native.ZeroCount, got.Sum)
	}
	if last := got.Buckets[len(got.Buckets)-1].Count; last != got.Count {
		t.Errorf("the +Inf bucket has %v of %v", last, got.Count)
	}
}

// TestNativeLimit halves the resolution until the buckets are few enough, and
// compares with the reduction that package metric does.
func TestNativeLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		r := polymeter.NewRegistry(nil)
		limited := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "a", Native: &polymeter.NativeOpts{MaxBuckets: limit}}))
		free := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "b", Native: &polymeter.NativeOpts{MaxBuckets: metric.MaxBuckets}}))
		for _, v := range rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 200).Draw(t, "values") {
			limited.Observe(v)
			free.Observe(v)
		}
		var natives []*metric.NativeHistogram
		_ = r.Collect(t.Context(), func(f metric.Family) error {
			return f.Each(func(s *metric.Sample) error {
				natives = append(natives, s.Histogram.Native.Clone())
				return s.Histogram.Validate()
			})
		})
		got, all := natives[0], natives[1]
		if n := len(got.PositiveCounts) + len(got.NegativeCounts); n > limit && got.Schema > metric.MinSchema {
			t.Errorf("%d buckets at schema %d, limit %d", n, got.Schema, limit)
		}
		reduced := all.Clone()
		if err := reduced.ReduceTo(got.Schema); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(reduced, got); diff != "" {
			t.Errorf("(-reduced +got):\n%s", diff)
		}
	})
}

// TestObservingConcurrently halves the resolution again and again under
// concurrent observations and scrapes: no count is lost, and every scrape is
// consistent. What could go wrong takes nanoseconds, hence the rounds.
func TestObservingConcurrently(t *testing.T) {
	t.Parallel()
	for range 300 {
		if observeConcurrently(t); t.Failed() {
			return
		}
	}
}

func observeConcurrently(t *testing.T) {
	const writers, observations = 2, 100
	r := polymeter.NewRegistry(nil)
	h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{
		Name: "h", Buckets: []float64{1, 10}, Native: &polymeter.NativeOpts{Factor: 1.01, MaxBuckets: 2},
	}))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range observations {
				h.Observe(math.Exp2(float64(i*writers+w) / 20)) // widens all the time
				h.ObserveN(-float64(w), 2)
				h.Observe(0)
			}
		})
	}
	wg.Go(func() {
		for range 3 {
			for _, s := range gather(t, r) { // validates
				if last := s.Histogram.Buckets[2].Count; last != s.Histogram.Count {
					t.Errorf("the +Inf bucket has %v of %v", last, s.Histogram.Count)
				}
			}
		}
	})
	wg.Wait()
	got := gather(t, r)[0].Histogram
	if want := float64(writers * observations * 4); got.Count != want || got.Native.Count != want {
		t.Errorf("count, native count = %v, %v, want %v", got.Count, got.Native.Count, want)
	}
	if got.Native.Schema >= 4 {
		t.Errorf("schema %d: nothing was halved", got.Native.Schema)
	}
}
