//go:build unix

package polymeter_test

import (
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/metric"
)

// Series can be deleted, one, some or all. What the process counted that did is
// gone from every page at once; what others count stays, and has begun anew, as
// its start says.
func TestLiftedRemoving(t *testing.T) {
	t.Parallel()
	const deleted, kept = `jobs_total{queue="mail",shop="a"}`, `jobs_total{queue="mail",shop="b"}`
	for name, test := range map[string]struct {
		order []string
		keeps bool // what was not meant
	}{
		"one":  {[]string{"delete", "mail", "a"}, true},
		"some": {[]string{"delete matching", "a"}, true},
		"all":  {[]string{"clear"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := startTwo(t, t.TempDir(), "removal")
			one.do("count", "3")
			two.do("count", "4")
			before := one.do("openmetrics")
			now := float64(time.Now().UnixNano()) / 1e9
			one.do(test.order[0], test.order[1:]...)
			for _, p := range []*peer{one, two} {
				page := p.do("openmetrics")
				checkShare(t, page, deleted, 4)
				if start := started(t, page, deleted); start < now {
					t.Errorf("process %s: what is left began at %f, before it was deleted at %f", p.name, start, now)
				}
				if test.keeps {
					checkShare(t, page, kept, 7)
					if start := started(t, page, kept); start != started(t, before, kept) {
						t.Errorf("process %s: what was not deleted has another start, %f", p.name, start)
					}
				} else {
					checkShare(t, page, kept, 4)
				}
			}
			two.do("clear")
			one.do("count", "5")
			for _, p := range []*peer{one, two} {
				page := p.do("openmetrics")
				checkShare(t, page, deleted, 5)
			}
		})
	}
}

// checkShare compares the counter, and the histogram and gauge beside it.
func checkShare(t *testing.T, page, counter string, want float64) {
	t.Helper()
	labels := counter[len("jobs_total"):]
	for _, sample := range []string{counter, "job_seconds_count" + labels, "job_seconds_sum" + labels, "jobs_running" + labels} {
		if got := valueOf(t, page, sample); got != want {
			t.Errorf("%s is %v, want %v", sample, got, want)
		}
	}
}

// started returns the start of a counter.
func started(t *testing.T, page, counter string) float64 {
	t.Helper()
	return valueOf(t, page, "jobs_created"+counter[len("jobs_total"):])
}

func playRemoval(string) (orders, error) {
	labels := []string{"queue", "shop"}
	total := polymeter.NewCounterVec(polymeter.CounterOpts{Name: "jobs", Labels: labels})
	seconds := polymeter.NewHistogramVec(polymeter.HistogramOpts{Name: "job_seconds", Labels: labels, Buckets: []float64{1}})
	running := polymeter.NewGaugeVec(polymeter.GaugeOpts{Name: "jobs_running", Labels: labels, Mode: metric.GaugeSum})
	return orders{
		"count": func(args ...string) (string, error) {
			for _, shop := range []string{"a", "b"} {
				for range args[0][0] - '0' {
					total.With("mail", shop).Inc()
					seconds.With("mail", shop).Observe(1)
					running.With("mail", shop).Inc()
				}
			}
			return "", nil
		},
		"delete": func(args ...string) (string, error) {
			total.Delete(args...)
			seconds.Delete(args...)
			running.Delete(args...)
			return "", nil
		},
		"delete matching": func(args ...string) (string, error) {
			match := map[string]string{"shop": args[0]}
			total.DeleteMatching(match)
			seconds.DeleteMatching(match)
			running.DeleteMatching(match)
			return "", nil
		},
		"clear": func(...string) (string, error) {
			total.Clear()
			seconds.Clear()
			running.Clear()
			return "", nil
		},
	}, nil
}

// Nobody cleans the directory between two runs of a program: totals go on, and
// what was true of the processes of the first run is gone.
func TestLiftedWipingBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	began := 0.0
	for run, want := range [][]string{
		{"jobs_done_total 5", "jobs_most 3", "processes 2"},
		{"jobs_done_total 10", "jobs_most 3", "processes 2"},
	} {
		one, two := startTwo(t, dir, "runs")
		one.do("count", "2")
		two.do("count", "3")
		wantPages(t, want, one, two)
		start := valueOf(t, one.do("openmetrics"), "jobs_done_created")
		if run > 0 && start != began {
			t.Errorf("the total goes on from %f, but says that it began at %f", began, start)
		}
		began = start
		one.end()
		two.end()
	}
}

// Nobody has to be told that a process has died, not even of SIGKILL: what it
// counted goes on counting, what was true while it lived is gone from the next
// page on. Its identifier may be used again.
func TestLiftedDeathHooks(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "runs")
	one.do("count", "2")
	two.do("count", "3")
	wantPages(t, []string{"jobs_done_total 5", "jobs_most 3", "processes 2"}, one, two)
	two.kill()
	wantPages(t, []string{"jobs_done_total 5", "jobs_most 3", "processes 1"}, one)
}

func playRuns(string) (orders, error) {
	done := polymeter.NewCounter(polymeter.CounterOpts{Name: "jobs_done"})
	most := polymeter.NewGauge(polymeter.GaugeOpts{Name: "jobs_most", Mode: metric.GaugeMax})
	polymeter.NewGauge(polymeter.GaugeOpts{Name: "processes", Mode: metric.GaugeLiveSum}).Set(1)
	return orders{"count": func(args ...string) (string, error) {
		n := float64(args[0][0] - '0')
		done.Add(n)
		most.Set(n)
		return "", nil
	}}, nil
}

// Counters, summaries and histograms say since when they count: since the first of
// all processes began to.
func TestLiftedStartTimestamps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{"jobs_created", "size_created", "seconds_created"}
	starts := func(p *peer) (all []float64) {
		page := p.do("openmetrics")
		for _, name := range names {
			all = append(all, valueOf(t, page, name))
		}
		return all
	}
	before := float64(time.Now().UnixNano()) / 1e9
	one := startPeer(t, dir, "starts", "one")
	first := starts(one)
	two := startPeer(t, dir, "starts", "two")
	one.end()
	for i, start := range starts(two) {
		if start != first[i] || start < before {
			t.Errorf("%s is %f for the second process, was %f for the first, which began at %f", names[i], start, first[i], before)
		}
	}
	if got := valueOf(t, two.do("page"), "jobs_total"); got != 2 {
		t.Errorf("jobs_total is %v", got)
	}
}

func playStarts(string) (orders, error) {
	polymeter.NewCounter(polymeter.CounterOpts{Name: "jobs"}).Inc()
	polymeter.NewSummary(polymeter.SummaryOpts{Name: "size"}).Observe(1)
	polymeter.NewHistogram(polymeter.HistogramOpts{Name: "seconds"}).Observe(1)
	return nil, nil
}
