//go:build unix

package multiprocess_test

import (
	"slices"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestFollowingPublications replaces a publication by others, some of which differ
// from the one before in nothing but values: the page is that of a collector that
// has seen none before.
func TestFollowingPublications(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	countOne(t, s, counterSpec())
	c := &emits{}
	stop := publish(t, s, c, nil)
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	later := metric.NewTimestamp(begun.Seconds()+1, 0)
	counter := func(v float64, start metric.Timestamp, exemplars ...metric.Exemplar) metric.Family {
		return raw("c", metric.TypeCounter, metric.Sample{Name: "c_total", Value: v, Start: start, Exemplars: exemplars})
	}
	native := func(index int32) metric.Family {
		return raw("n", metric.TypeHistogram, metric.Sample{Name: "n", Histogram: &metric.Histogram{Count: 2, Native: &metric.NativeHistogram{
			Count: 2, PositiveSpans: []metric.BucketSpan{{Offset: index, Length: 1}}, PositiveCounts: []float64{2},
		}}})
	}
	steps := []struct {
		name     string
		families []metric.Family
		same     bool // as the step before, but for values
	}{
		{"begin", []metric.Family{counter(1, begun), one("g", metric.TypeGauge, 1), native(1)}, false},
		{"values", []metric.Family{counter(2, begun), one("g", metric.TypeGauge, 5), native(2)}, true},
		{"the same", []metric.Family{counter(2, begun), one("g", metric.TypeGauge, 5), native(2)}, true},
		{"start", []metric.Family{counter(1, later), one("g", metric.TypeGauge, 5), native(2)}, false},
		{"exemplar", []metric.Family{counter(1, later, traced), one("g", metric.TypeGauge, 5), native(2)}, false},
		{"its value", []metric.Family{counter(1, later, metric.Exemplar{Labels: traced.Labels, Value: 9, Timestamp: later}), one("g", metric.TypeGauge, 5), native(2)}, true},
		{"other buckets", []metric.Family{counter(1, later), one("g", metric.TypeGauge, 5), native(99)}, false},
		{"labels", []metric.Family{counter(1, later), one("g", metric.TypeGauge, 5, "a", "b"), native(99)}, false},
		{"help", []metric.Family{counter(1, later), metric.NewGaugeFamily("g", "Another."), native(99)}, false},
		{"less", []metric.Family{counter(1, later)}, false},
		{"nothing", nil, false},
		{"all again", []metric.Family{counter(1, begun), one("g", metric.TypeGauge, 1), native(1)}, false},
	}
	var before any
	for _, step := range steps {
		c.families = step.families
		refresh(t, s)
		want := details(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
		if got := details(t, merge); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", step.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		after := multiprocess.PlanOf(merge)
		if step.same != (after == before) {
			t.Errorf("%s: the plan stayed: %t", step.name, after == before)
		}
		before = after
	}
	stop()
	if got := undated(t, merge); got != lines("# jobs counter", "jobs_total{} 1") {
		t.Errorf("after the end: got\n%s", got)
	}
}

// TestFollowingTheDead has the last publication of a process be like the one
// before.
func TestFollowingTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	publish(t, s, rising("a"), nil)
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	check := func(want string) {
		t.Helper()
		for range 2 {
			if got := page(t, merge); got != lines("# a counter", "a_total{} "+want) {
				t.Errorf("got %q, want %s", got, want)
			}
		}
	}
	refresh(t, s)
	check("1")
	closed(t, s)
	check("2")
	if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	check("2")
}

// TestPublicationsKeepTheirOrder has what the oldest process says hold, however
// often the others publish after it, and it after them.
func TestPublicationsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stores []*multiprocess.Store
	for _, id := range []string{"1", "2"} {
		s := openNative(t, dir, id)
		f := metric.NewCounterFamily("c", "As "+id+" says.")
		f.Add(1)
		publish(t, s, emitting(f), nil)
		refresh(t, s)
		stores = append(stores, s)
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	check := func(event string) {
		t.Helper()
		if help := snapshots(t, c)["c"].Desc().Help; help != "As 1 says." {
			t.Errorf("%s: the help is %q", event, help)
		}
	}
	check("at first")
	for range 2 {
		refresh(t, stores[0])
		check("after the first published again")
	}
	for _, s := range stores {
		closed(t, s)
	}
	check("after both have ended")
	if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	check("folded")
}
