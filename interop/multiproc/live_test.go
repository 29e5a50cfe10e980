package multiproc_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

// TestReadingWhileWriting has one implementation read a directory over and over
// while workers of the other one count, and make so many series that their
// files grow several times. No read may fail, and no counter may go down.
func TestReadingWhileWriting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		t.Run("python reads go", func(t *testing.T) {
			s := s.fresh(t)
			watch(t, s, "go", 15, func() samples.Set { return s.pythonMerge(t).Samples(nil) })
		})
		t.Run("go reads python", func(t *testing.T) {
			s := s.fresh(t)
			collector, err := multiprocess.NewCollector(s.dir, &multiprocess.CollectorOptions{Logger: logger(t)})
			if err != nil {
				t.Fatal(err)
			}
			watch(t, s, "python", 150, func() samples.Set { return collect(t, collector) })
		})
	})
}

// collect returns the expanded samples of a scrape, of a collector that also
// has to be fit for a page.
func collect(t *testing.T, c metric.Collector) samples.Set {
	t.Helper()
	set := samples.Set{}
	err := c.Collect(t.Context(), func(f metric.Family) error {
		expanded, err := metric.Expand(f, false)
		for _, s := range expanded {
			set[samples.Key(s.Name, s.Labels.Map())] = s.Value
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exposition.GenerateOpenMetrics(c); err != nil {
		t.Fatal(err)
	}
	return set
}

// watch reads at least that many times, and until the workers have done enough
// for their files to grow.
func watch(t *testing.T, s *site, writer string, reads int, read func() samples.Set) {
	t.Helper()
	families := []workload.Family{
		{Kind: "counter", Name: "visits", Help: "Visits.", Labels: []string{"path"}, Registry: "r"},
		{Kind: "histogram", Name: "took", Labels: []string{"path"}, Registry: "r", Buckets: []workload.Number{2, 8}},
		{Kind: "gauge", Name: "level", Mode: "all", Labels: []string{"path"}, Registry: "r"},
	}
	const workers, enough = 2, 2 * enoughPaths
	var stop atomic.Bool
	rounds := make([]atomic.Int64, workers)
	failures := make(chan error, workers)
	for i := range workers {
		w := s.declared(t, writer, families, "")
		go func() {
			var err error
			for err == nil && !stop.Load() {
				err = w.Update(round(int(rounds[i].Load())))
				rounds[i].Add(1)
			}
			failures <- err
		}()
	}
	last := samples.Set{}
	for n := 0; n < reads || rounds[0].Load() < enough || rounds[1].Load() < enough; n++ {
		set := read()
		for key, before := range last {
			if now, ok := set[key]; !strings.HasPrefix(key, "level") && (!ok || now < before) {
				t.Fatalf("read %d: %s went from %v to %v", n, key, before, now)
			}
		}
		last = set
	}
	stop.Store(true)
	for range workers {
		if err := <-failures; err != nil {
			t.Fatal(err)
		}
	}
	if lines := samples.Diff(s.pythonMerge(t).Samples(nil), s.goMerge(t).Samples(nil), samples.Exact); len(lines) > 0 {
		t.Errorf("in the end:\n%s", strings.Join(lines, "\n"))
	}
	if len(last) < 1000 {
		t.Errorf("only %d series at last", len(last))
	}
}

// round makes up updates, each round with some new series.
func round(n int) []workload.Update {
	var updates []workload.Update
	for i := range 20 {
		path := []string{fmt.Sprintf("/%d/%s", n%enoughPaths, strings.Repeat("ü", 3*i))}
		updates = append(updates,
			workload.Update{Family: 0, Do: "inc", Value: 1, Values: path},
			workload.Update{Family: 1, Do: "observe", Value: workload.Number(i), Values: path},
			workload.Update{Family: 2, Do: "set", Value: workload.Number(n), Values: path})
	}
	return updates
}

// enoughPaths bounds the number of series.
const enoughPaths = 12
