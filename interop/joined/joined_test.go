package joined_test

import (
	"bufio"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"polymeter.dev"
	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/interop/peers"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// script counts, serves its page on the port that it is told, says so, and waits.
const script = `
import sys
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, Info, Enum, start_http_server
r = CollectorRegistry()
Counter("jobs", "Jobs.", ["queue"], registry=r).labels("a").inc(3, exemplar={"trace_id": "py"})
Gauge("busy", "Busy.", registry=r).set(4)
h = Histogram("took_seconds", "Time.", buckets=[0.5, 1], registry=r)
h.observe(0.25); h.observe(0.75)
Summary("waits", "Waits.", registry=r).observe(2)
Info("lang", "Language.", registry=r).info({"name": "python"})
Enum("state", "State.", states=["on", "off"], registry=r).state("on")
start_http_server(int(sys.argv[1]), addr="127.0.0.1", registry=r)
print("ready", flush=True)
sys.stdin.read()
`

// python starts a server of the Python client and returns its address.
func python(t *testing.T, find func() (*peers.Python, error)) string {
	t.Helper()
	port := peers.FreePort(t)
	command := peers.Require(t, find).Command(t.Context(), peers.Script{Code: script, Args: []string{port}})
	command.Stdin, command.Stderr = nil, t.Output()
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + port + "/metrics"
}

// golang serves a page of client_golang, which sends protobuf to who knows it.
func golang(t *testing.T) string {
	t.Helper()
	r := prometheus.NewRegistry()
	jobs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jobs_total", Help: "Jobs."}, []string{"queue"})
	busy := prometheus.NewGauge(prometheus.GaugeOpts{Name: "busy", Help: "Busy."})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Help: "Time.", Buckets: []float64{0.5, 1}})
	waits := prometheus.NewSummary(prometheus.SummaryOpts{Name: "waits", Help: "Waits.", Objectives: map[float64]float64{0.5: 0.1}})
	sizes := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sizes", NativeHistogramBucketFactor: 1.5})
	r.MustRegister(jobs, busy, took, waits, sizes)
	jobs.WithLabelValues("a").Add(4)
	jobs.WithLabelValues("b").Inc()
	busy.Set(5)
	took.Observe(2)
	waits.Observe(3)
	sizes.Observe(100)
	server := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	t.Cleanup(server.Close)
	return server.URL
}

// own serves a page of ours, in OpenMetrics 2.0.
func own(t *testing.T) string {
	t.Helper()
	r := polymeter.NewRegistry(nil)
	jobs := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "jobs", Help: "Jobs.", Labels: []string{"queue"}}))
	sizes := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "sizes", Native: &polymeter.NativeOpts{Factor: 1.1}}))
	jobs.With("a").Inc()
	sizes.Observe(100)
	server := httptest.NewServer(metrichttp.Handler(r, &metrichttp.HandlerOptions{DisableSelfMetrics: true}))
	t.Cleanup(server.Close)
	return server.URL
}

func collector(t *testing.T, o scrape.Options, find func() (*peers.Python, error)) *scrape.Collector {
	t.Helper()
	o.Targets = []scrape.Target{{Name: "py", URL: python(t, find)}, {Name: "go", URL: golang(t)}, {Name: "own", URL: own(t)}}
	c, err := scrape.New(&o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pythons are the clients, by what their versions begin with.
var pythons = map[string]func() (*peers.Python, error){"0.16": peers.Python016, "0.21": peers.Python021}

// What three libraries count becomes one page, added up.
func TestMerged(t *testing.T) {
	t.Parallel()
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := collector(t, scrape.Options{Merge: true, Modes: map[string]metric.GaugeMode{"busy": metric.GaugeSum}}, find)
			wantLines(t, c,
				`jobs_total{queue="a"} 8`,
				`jobs_total{queue="b"} 1`,
				`busy 9`,
				`took_seconds_bucket{le="0.5"} 1`,
				`took_seconds_bucket{le="1.0"} 2`,
				`took_seconds_bucket{le="+Inf"} 3`,
				`took_seconds_sum 3`,
				`waits_count 2`,
				`waits_sum 5`,
				`lang_info{name="python"} 1`,
				`state{instance="py",state="on"} 1`,
				`sizes_count 2`,
			)
			var buckets float64
			err := c.Collect(t.Context(), func(f metric.Family) error {
				return f.Each(func(s *metric.Sample) error {
					if f.Desc().Name == "sizes" {
						for _, n := range s.Histogram.Native.PositiveBuckets() {
							buckets += n
						}
					}
					return nil
				})
			})
			if err != nil || buckets != 2 {
				t.Errorf("the native buckets have %v observations (%v)", buckets, err)
			}
		})
	}
}

// What three libraries count stays as it is, apart by a label.
func TestLabelled(t *testing.T) {
	t.Parallel()
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			wantLines(t, collector(t, scrape.Options{}, find),
				`jobs_total{instance="py",queue="a"} 3 # {trace_id="py"} 3 `,
				`jobs_total{instance="go",queue="a"} 4`,
				`jobs_total{instance="own",queue="a"} 1`,
				`busy{instance="py"} 4`,
				`took_seconds_bucket{instance="py",le="1.0"} 2`,
				`took_seconds_bucket{instance="go",le="1.0"} 0`,
				`waits{instance="go",quantile="0.5"} 3`,
				`lang_info{instance="py",name="python"} 1`,
			)
		})
	}
}

// wantLines checks that there are lines that begin so.
func wantLines(t *testing.T, c metric.Collector, lines ...string) {
	t.Helper()
	page, err := exposition.GenerateOpenMetrics(c)
	if err != nil {
		t.Error(err)
	}
	for _, line := range lines {
		if !strings.Contains("\n"+string(page), "\n"+line) {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
}
