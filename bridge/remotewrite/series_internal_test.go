package remotewrite

import (
	"slices"
	"testing"

	"polymeter.dev/metric"
)

// TestSeriesOfOneHash has series that only their labels tell apart.
func TestSeriesOfOneHash(t *testing.T) {
	t.Parallel()
	key := func(name string) seriesKey { return seriesKey{name: name, labels: metric.MustLabels("a", "b")} }
	for _, order := range [][]string{{"x", "y", "z"}, {"z", "y", "x"}, {"y", "z", "x"}} {
		o := (*Options)(nil).withDefaults()
		table := newTable(&o)
		// Two others are where x will be looked for.
		labels, err := table.labels(key("x"), "")
		if err != nil {
			t.Fatal(err)
		}
		hash := table.hashOf(labels)
		for _, name := range []string{"y", "z"} {
			s, err := table.get(key(name), "")
			if err != nil {
				t.Fatal(err)
			}
			table.remove(s)
			s.hash, s.next = hash, table.byHash[hash]
			table.byHash[hash] = s
			table.count.Add(1)
		}
		if s, err := table.get(key("x"), ""); err != nil || s.hash != hash || !slices.Equal(s.labels, labels) {
			t.Errorf("x is %v, %v", s, err)
		}
		for i, name := range order {
			s := table.byKey[key(name)].series
			if !table.remove(s) || table.remove(s) {
				t.Errorf("%s: not removed once", name)
			}
			if left := int(table.count.Load()); left != len(order)-1-i {
				t.Errorf("%d series are left after %s", left, name)
			}
		}
		if len(table.byHash) > 0 {
			t.Errorf("left: %v", table.byHash)
		}
	}
}

// TestKeysAreForgotten has a series under a key that is not collected any more, and under
// another that is.
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	o := (*Options)(nil).withDefaults()
	table := newTable(&o)
	table.begin()
	for _, labels := range []metric.Labels{{}, metric.MustLabels("empty", "")} {
		s, err := table.get(seriesKey{name: "x", labels: labels}, "")
		if err != nil {
			t.Fatal(err)
		}
		s.seen = table.turn
	}
	table.begin()
	s, err := table.get(seriesKey{name: "x"}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.seen = table.turn
	table.sweep(func(*series) { t.Error("the series is gone") })
	if len(table.byKey) != 1 || table.count.Load() != 1 {
		t.Errorf("%d keys of %d series are left", len(table.byKey), table.count.Load())
	}
}
