//go:build unix

package multiprocess_test

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestStoresMerge lets two stores count the same metrics, one of them under two
// sets of buckets, and looks at what a collector makes of it.
func TestStoresMerge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		s := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
		add(t, openPlace(t, s, counterSpec("kind"), "mail"), 0, 1.25)
		add(t, openPlace(t, s, gaugeSpec(metric.GaugeSum)), 0, 3)
		for _, spec := range []float64{1, 2} {
			place := openPlace(t, s, histogramSpec(spec), "/", "200")
			add(t, place, 0, 1)
			add(t, place, 2, 0.5)
		}
	}
	collector, err := multiprocess.NewCollector(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	err = collector.Collect(context.Background(), func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error {
			key := s.Name + s.Labels.String()
			if s.Histogram != nil {
				got[key] = *s.Histogram.Clone()
			} else {
				got[key] = s.Value
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		`jobs_total{kind="mail"}`: 2.5,
		`depth{}`:                 6.0,
		`latency_seconds{code="200",path="/"}`: metric.Histogram{Count: 4, Sum: 2, Buckets: []metric.Bucket{
			{UpperBound: 1, Count: 2}, {UpperBound: 2, Count: 4}, {UpperBound: math.Inf(1), Count: 4},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merge (-want +got):\n%s", diff)
	}
}
