//go:build unix

package polymeter_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// variable is a number that an order changes.
type variable struct{ number atomic.Int64 }

func (v *variable) get() float64 { return float64(v.number.Load()) }

func (v *variable) set(args ...string) (string, error) {
	number, err := strconv.ParseInt(args[0], 10, 64)
	v.number.Store(number)
	return "", err
}

// Registries are used as in one process: several of them share a store, none
// needs a special collector or shows anything twice, and one without a store is on
// its own.
func TestLiftedRegistries(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "registries")
	want := `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total 6
# HELP mails_total Mails.
# TYPE mails_total counter
mails_total 2
`
	for _, p := range []*peer{one, two} {
		for _, registry := range []string{"first", "second"} {
			if got := p.do("show", registry); got != want {
				t.Errorf("%s registry of process %s: got\n%s\nwant\n%s", registry, p.name, got, want)
			}
		}
		wantText(t, "the registry apart", samples(p.do("show", "apart")), []string{"jobs_total 10"})
	}
}

func playRegistries(string) (orders, error) {
	store, err := multiprocess.Open("", nil)
	if err != nil {
		return nil, err
	}
	registries := map[string]*polymeter.Registry{
		"first":  polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store}),
		"second": polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store}),
		"apart":  polymeter.NewRegistry(nil),
	}
	jobs := polymeter.CounterOpts{Name: "jobs", Help: "Jobs."}
	polymeter.Must(registries["first"].NewCounter(jobs)).Add(1)
	polymeter.Must(registries["second"].NewCounter(jobs)).Add(2)
	polymeter.Must(registries["second"].NewCounter(polymeter.CounterOpts{Name: "mails", Help: "Mails."})).Add(1)
	polymeter.Must(registries["apart"].NewCounter(jobs)).Add(10)
	return orders{"show": func(args ...string) (string, error) { return text(registries[args[0]]) }}, nil
}

// Collectors of the application's own are on the page of every process, without
// being asked, with what they say in each of them: counters add up and keep what
// the dead have said, gauges follow their mode.
func TestLiftedCustomCollectors(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "collector")
	for _, step := range []struct{ one, two, total, open string }{{"3", "4", "7", "7"}, {"10", "4", "14", "14"}} {
		one.do("set", step.one)
		two.do("set", step.two)
		eventually(t, two, "pool_gets_total "+step.total, "pool_open "+step.open)
		eventually(t, one, "pool_gets_total "+step.total, "pool_open "+step.open)
	}
	one.kill()
	wantPages(t, []string{"pool_gets_total 14", "pool_open 4"}, two)
}

// eventually waits until the page of a process has these samples.
func eventually(t *testing.T, p *peer, want ...string) {
	t.Helper()
	for begin := time.Now(); ; {
		got := samples(p.do("page"))
		if slices.Equal(got, want) {
			return
		}
		if time.Since(begin) > 30*time.Second {
			wantText(t, "the page of process "+p.name, got, want)
			return
		}
	}
}

func playCollector(string) (orders, error) {
	store, err := multiprocess.Open("", &multiprocess.Options{Interval: 10 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	var v variable
	pool := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, counterFamily("pool_gets", v.get()), gauge("pool_open", v.get()))
	})
	return orders{
		"set":  v.set,
		"page": func(...string) (string, error) { return text(r) },
	}, r.Publish(pool, &multiprocess.PublishOptions{Mode: metric.GaugeLiveSum})
}

// Callbacks are asked in each process, and every page has the values.
func TestLiftedCallbackGaugesAndCounters(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "callbacks")
	show := func(first, second, peak int) []string {
		all := []string{
			"calls_total " + strconv.Itoa(first+second),
			fmt.Sprintf(`queue_length{pid="%s"} %d`, one.pid(), first),
			fmt.Sprintf(`queue_length{pid="%s"} %d`, two.pid(), second),
			fmt.Sprintf(`queue_peak{queue="mail"} %d`, peak),
			"threads " + strconv.Itoa(first+second),
		}
		slices.Sort(all)
		return all
	}
	one.do("set", "3")
	two.do("set", "4")
	wantPages(t, show(3, 4, 4), one, two)
	one.do("set", "5")
	wantPages(t, show(5, 4, 5), one, two)
}

func playCallbacks(string) (orders, error) {
	var v variable
	polymeter.NewGaugeFunc(polymeter.GaugeOpts{Name: "queue_length"}, v.get)
	polymeter.NewGaugeFunc(polymeter.GaugeOpts{Name: "threads", Mode: metric.GaugeLiveSum}, v.get)
	polymeter.NewCounterFunc(polymeter.CounterOpts{Name: "calls"}, v.get)
	peak := polymeter.NewGaugeFuncVec(polymeter.GaugeOpts{Name: "queue_peak", Mode: metric.GaugeMax, Labels: []string{"queue"}})
	return orders{"set": v.set}, peak.Set(v.get, "mail")
}

// What a program counts with client_golang is published in one line, whatever the
// type.
func TestLiftedGatherers(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "gatherer")
	one.do("observe", "0.25")
	two.do("observe", "2")
	wantPages(t, []string{
		`request_seconds_bucket{le="1.0"} 1`, `request_seconds_bucket{le="+Inf"} 2`, "request_seconds_count 2", "request_seconds_sum 2.25",
		"requests_total 2",
		"size_count 2", "size_sum 2.25",
	}, one, two)
}

func playGatherer(string) (orders, error) {
	inner := polymeter.NewRegistry(nil) // which gives families in the form of client_golang
	requests := polymeter.Must(inner.NewCounter(polymeter.CounterOpts{Name: "requests"}))
	seconds := polymeter.Must(inner.NewHistogram(polymeter.HistogramOpts{Name: "request_seconds", Buckets: []float64{1}}))
	size := polymeter.Must(inner.NewSummary(polymeter.SummaryOpts{Name: "size"}))
	observe := func(args ...string) (string, error) {
		v, err := strconv.ParseFloat(args[0], 64)
		requests.Inc()
		seconds.Observe(v)
		size.Observe(v)
		return "", err
	}
	return orders{"observe": observe}, polymeter.Default().Publish(collectors.FromGatherer(collectors.AsGatherer(inner)), nil)
}
