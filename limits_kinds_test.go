//go:build unix

package polymeter_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// Infos are on every page: one line for each text that a living process shows.
func TestLiftedInfo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := startTwo(t, dir, "info")
	startPeer(t, dir, "info", "one") // says the same as the other
	all := []string{`build_info{version="one"} 1`, `build_info{version="two"} 1`}
	wantPages(t, all, one, two)
	two.do("say", "three")
	wantPages(t, []string{all[0], `build_info{version="three"} 1`}, one, two)
	two.kill()
	wantPages(t, all[:1], one)
}

func playInfo(name string) (orders, error) {
	build := polymeter.NewInfo(polymeter.InfoOpts{Name: "build"})
	say := func(args ...string) (string, error) {
		build.Set(map[string]string{"version": args[0]})
		return "", nil
	}
	_, err := say(name)
	return orders{"say": say}, err
}

// A state holds on every page when it does in any living process.
func TestLiftedStateSets(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "states")
	show := func(pid string, ending, running, starting int) []string {
		return []string{
			fmt.Sprintf(`phase{phase="ending"%s} %d`, pid, ending),
			fmt.Sprintf(`phase{phase="running"%s} %d`, pid, running),
			fmt.Sprintf(`phase{phase="starting"%s} %d`, pid, starting),
		}
	}
	wantPages(t, show("", 0, 0, 1), one, two)
	one.do("set", "running")
	two.do("set", "ending")
	wantPages(t, show("", 1, 1, 0), one, two)
	each := append(show(`,pid="`+one.pid()+`"`, 0, 1, 0), show(`,pid="`+two.pid()+`"`, 1, 0, 0)...)
	slices.Sort(each)
	wantText(t, "the states of each process", samples(one.do("each")), each)
	two.kill()
	wantPages(t, show("", 0, 1, 0), one)
}

func playStates(string) (orders, error) {
	phase := polymeter.NewStateSet(polymeter.StateSetOpts{Name: "phase", States: []string{"starting", "running", "ending"}})
	return orders{
		"set": func(args ...string) (string, error) {
			phase.Set(args[0])
			return "", nil
		},
		"each": func(...string) (string, error) {
			c, err := multiprocess.NewCollector("", &multiprocess.CollectorOptions{
				Modes: map[string]metric.GaugeMode{"phase": metric.GaugeAll},
			})
			if err != nil {
				return "", err
			}
			return text(c)
		},
	}, nil
}

// A label pid of the application's own stays what it is, in every kind of metric
// and mode of gauge.
func TestLiftedPIDLabel(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "pids")
	watched := []string{`watched{pid="1",process_id="` + one.pid() + `"} 5`, `watched{pid="1",process_id="` + two.pid() + `"} 5`}
	slices.Sort(watched)
	wantPages(t, append(watched, `watched_most{pid="1"} 5`, `watched_restarts_total{pid="1"} 10`), one, two)
}

func playPIDs(string) (orders, error) {
	labels := []string{"pid"}
	polymeter.NewGaugeVec(polymeter.GaugeOpts{Name: "watched", Labels: labels}).With("1").Set(5)
	polymeter.NewGaugeVec(polymeter.GaugeOpts{Name: "watched_most", Labels: labels, Mode: metric.GaugeMax}).With("1").Set(5)
	polymeter.NewCounterVec(polymeter.CounterOpts{Name: "watched_restarts", Labels: labels}).With("1").Add(5)
	return nil, nil
}

// Exemplars are on every page, of each bucket the newest of all processes.
func TestLiftedExemplars(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, t.TempDir(), "exemplars")
	one.do("observe", "0.5", "a")
	two.do("observe", "3", "b")
	two.do("observe", "0.25", "c")
	one.do("observe", "5", "d")
	want := []string{
		`requests_total 4 # {trace_id="d"} 1`,
		`seconds_bucket{le="1.0"} 2 # {trace_id="c"} 0.25`,
		`seconds_bucket{le="4.0"} 3 # {trace_id="b"} 3`,
		`seconds_bucket{le="+Inf"} 4 # {trace_id="d"} 5`,
	}
	for _, p := range []*peer{one, two} {
		var got []string
		for _, line := range samples(p.do("openmetrics")) {
			if strings.Contains(line, " # ") {
				got = append(got, line[:strings.LastIndexByte(line, ' ')]) // without the time
			}
		}
		wantText(t, "the page of process "+p.name, got, want)
	}
}

func playExemplars(string) (orders, error) {
	requests := polymeter.NewCounter(polymeter.CounterOpts{Name: "requests"})
	seconds := polymeter.NewHistogram(polymeter.HistogramOpts{Name: "seconds", Buckets: []float64{1, 4}})
	return orders{"observe": func(args ...string) (string, error) {
		v, err := strconv.ParseFloat(args[0], 64)
		trace := metric.MustLabels("trace_id", args[1])
		requests.AddWithExemplar(1, trace)
		seconds.ObserveWithExemplar(v, trace)
		return "", err
	}}, nil
}

// Native histograms are merged, at the coarsest resolution when they have
// different ones, and quantiles of all processes follow from them.
func TestLiftedNativeHistograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fine, coarse := startPeer(t, dir, "native", "1.1"), startPeer(t, dir, "native", "2")
	fine.do("observe", "1", "1.5", "3")
	coarse.do("observe", "1.75", "-6", "0")
	want := "{count:6,sum:1.25,schema:0,zero_threshold:2.938735877055719e-39,zero_count:1," +
		"negative_spans:[3:1],negative_buckets:[1],positive_spans:[0:3],positive_buckets:[1,2,1]}"
	for _, p := range []*peer{fine, coarse} {
		page := p.do("native")
		if got := regexp.MustCompile(`(?m)^size (\{.*\})`).FindStringSubmatch(page); got == nil || got[1] != want {
			t.Errorf("the page of process %s is\n%s\nwant\n%s", p.name, page, want)
		}
	}
}

func playNative(factor string) (orders, error) {
	f, err := strconv.ParseFloat(factor, 64)
	if err != nil {
		return nil, err
	}
	size := polymeter.NewHistogram(polymeter.HistogramOpts{Name: "size", Native: &polymeter.NativeOpts{Factor: f}})
	return orders{
		"observe": func(args ...string) (string, error) {
			for _, arg := range args {
				v, err := strconv.ParseFloat(arg, 64)
				if err != nil {
					return "", err
				}
				size.Observe(v)
			}
			return "", nil
		},
		"native": func(...string) (string, error) {
			var page strings.Builder
			_, err := exposition.Write(context.Background(), &page, polymeter.Default(), exposition.FormatOpenMetrics2(), nil)
			return page.String(), err
		},
	}, nil
}
