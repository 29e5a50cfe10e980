package polymeter_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// show prints a page in the Prometheus text format.
func show(c metric.Collector) {
	page, err := exposition.GenerateLatest(c)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(string(page))
}

// Metrics are usually package-level variables of the Default registry.
var served = polymeter.NewCounterVec(polymeter.CounterOpts{
	Name: "pages_served", Help: "Pages served.", Labels: []string{"path"},
})

func Example() {
	served.With("/index.html").Inc()
	served.With("/index.html").Inc()

	// A program mounts metrichttp.Handler(polymeter.Default(), nil) instead.
	show(polymeter.Default())
	// Output:
	// # HELP pages_served_total Pages served.
	// # TYPE pages_served_total counter
	// pages_served_total{path="/index.html"} 2
}

func ExampleNewRegistry() {
	registry := polymeter.NewRegistry(&polymeter.RegistryOptions{
		TargetInfo: map[string]string{"env": "prod"},
		OnError:    func(err error) { fmt.Println("rejected:", err) },
	})
	jobs := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{Name: "jobs", Help: "Jobs done."}))
	jobs.Add(3)
	jobs.Add(-1)
	show(registry)
	// Output:
	// rejected: polymeter: jobs: counter cannot be increased by -1
	// # HELP target_info Target metadata
	// # TYPE target_info gauge
	// target_info{env="prod"} 1
	// # HELP jobs_total Jobs done.
	// # TYPE jobs_total counter
	// jobs_total 3
}

func ExampleRegistry_Register() {
	tables := map[string]float64{"orders": 500}
	registry := polymeter.NewRegistry(nil)
	err := registry.Register(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		rows := metric.NewGaugeFamily("table_rows", "Rows in a table.", "table")
		for name, n := range tables {
			rows.Add(n, name)
		}
		return emit(rows)
	}))
	if err != nil {
		fmt.Println(err)
	}
	show(registry)
	// Output:
	// # HELP table_rows Rows in a table.
	// # TYPE table_rows gauge
	// table_rows{table="orders"} 500
}

func ExampleRegistry_Restrict() {
	registry := polymeter.NewRegistry(nil)
	for _, name := range []string{"a", "b", "c"} {
		polymeter.Must(registry.NewGauge(polymeter.GaugeOpts{Name: name}))
	}
	show(registry.Restrict([]string{"b"}))
	// Output:
	// # TYPE b gauge
	// b 0
}

func ExampleRegistry_WriteCatalogueMarkdown() {
	registry := polymeter.NewRegistry(nil)
	polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "jobs", Help: "Jobs done.", Labels: []string{"kind"},
	}))
	_ = registry.WriteCatalogueMarkdown(os.Stdout)
	// Output:
	// | Name | Type | Unit | Labels | Help |
	// |---|---|---|---|---|
	// | jobs_total | counter |  | kind | Jobs done. |
}

func ExampleCounter() {
	registry := polymeter.NewRegistry(nil)
	bytes := polymeter.Must(registry.NewCounter(polymeter.CounterOpts{
		Name: "sent", Unit: "bytes", Help: "Bytes sent.",
	}))
	bytes.Inc()
	bytes.Add(1499)
	show(registry)
	// Output:
	// # HELP sent_bytes_total Bytes sent.
	// # TYPE sent_bytes_total counter
	// sent_bytes_total 1500
}

func ExampleCounter_CountErrors() {
	failures := polymeter.Must(polymeter.NewRegistry(nil).NewCounter(polymeter.CounterOpts{Name: "failures"}))
	err := failures.CountErrors(func() error { return errors.New("no such host") })
	fmt.Println(failures.Value(), err)
	// Output: 1 no such host
}

func ExampleGauge() {
	temperature := polymeter.Must(polymeter.NewRegistry(nil).NewGauge(polymeter.GaugeOpts{
		Name: "room_celsius", Mode: metric.GaugeMax, // over all processes
	}))
	temperature.Set(21)
	temperature.Add(0.5)
	fmt.Println(temperature.Value())
	// Output: 21.5
}

func ExampleGauge_TrackInProgress() {
	busy := polymeter.Must(polymeter.NewRegistry(nil).NewGauge(polymeter.GaugeOpts{Name: "busy_workers"}))
	busy.TrackInProgress(func() { fmt.Println("during:", busy.Value()) })
	fmt.Println("after:", busy.Value())
	// Output:
	// during: 1
	// after: 0
}

func ExampleHistogram() {
	registry := polymeter.NewRegistry(nil)
	latency := polymeter.Must(registry.NewHistogramVec(polymeter.HistogramOpts{
		Name: "latency_seconds", Help: "Time to answer.", Labels: []string{"method"},
		Buckets: []float64{0.1, 0.5},
	}))
	latency.With("GET").Observe(0.25)
	latency.With("GET").Observe(2)
	show(registry)
	// Output:
	// # HELP latency_seconds Time to answer.
	// # TYPE latency_seconds histogram
	// latency_seconds_bucket{method="GET",le="0.1"} 0
	// latency_seconds_bucket{method="GET",le="0.5"} 1
	// latency_seconds_bucket{method="GET",le="+Inf"} 2
	// latency_seconds_count{method="GET"} 2
	// latency_seconds_sum{method="GET"} 2.25
}

func ExampleNativeOpts() {
	registry := polymeter.NewRegistry(nil)
	latency := polymeter.Must(registry.NewHistogram(polymeter.HistogramOpts{
		Name: "latency_seconds", Native: &polymeter.NativeOpts{Factor: 2},
	}))
	latency.ObserveN(0.7, 4)
	latency.Observe(3)
	err := registry.Collect(context.Background(), func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error {
			for bucket := range s.Histogram.Native.Buckets() {
				fmt.Printf("(%g, %g]: %g\n", bucket.Lower, bucket.Upper, bucket.Count)
			}
			return nil
		})
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// (0.5, 1]: 4
	// (2, 4]: 1
}

func ExampleSummary() {
	registry := polymeter.NewRegistry(nil)
	size := polymeter.Must(registry.NewSummary(polymeter.SummaryOpts{
		Name: "request_bytes", Quantiles: []float64{0.5}, MaxAge: time.Minute,
	}))
	for _, v := range []float64{1, 1, 1} {
		size.Observe(v)
	}
	count, _ := registry.SampleValue("request_bytes_count", nil)
	median, _ := registry.SampleValue("request_bytes", map[string]string{"quantile": "0.5"})
	fmt.Printf("%g requests, median %.1f bytes\n", count, median)
	// Output: 3 requests, median 1.0 bytes
}

func ExampleInfo() {
	registry := polymeter.NewRegistry(nil)
	build := polymeter.Must(registry.NewInfo(polymeter.InfoOpts{Name: "build", Help: "What is running."}))
	build.Set(map[string]string{"version": "2.1.0", "commit": "abc123"})
	show(registry)
	// Output:
	// # HELP build_info What is running.
	// # TYPE build_info gauge
	// build_info{commit="abc123",version="2.1.0"} 1
}

func ExampleStateSet() {
	registry := polymeter.NewRegistry(nil)
	state := polymeter.Must(registry.NewStateSet(polymeter.StateSetOpts{
		Name: "task", States: []string{"starting", "running", "stopped"},
	}))
	state.Set("running")
	show(registry)
	// Output:
	// # TYPE task gauge
	// task{task="starting"} 0
	// task{task="running"} 1
	// task{task="stopped"} 0
}

func ExampleVec() {
	registry := polymeter.NewRegistry(nil)
	depth := polymeter.Must(registry.NewGaugeVec(polymeter.GaugeOpts{
		Name: "queue_depth", Labels: []string{"queue", "zone"},
	}))
	depth.With("mail", "eu").Set(7)
	depth.With("mail", "us").Set(2)
	depth.WithMap(map[string]string{"zone": "eu", "queue": "print"}).Set(1)
	depth.Delete("print", "eu")
	depth.DeleteMatching(map[string]string{"zone": "us"})
	show(registry)
	// Output:
	// # TYPE queue_depth gauge
	// queue_depth{queue="mail",zone="eu"} 7
}

func ExampleSeriesOpts() {
	registry := polymeter.NewRegistry(nil)
	clients := polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "requests", Labels: []string{"client"},
		Series: polymeter.SeriesOpts{Limit: 2, Values: [][]string{{"web"}}},
	}))
	for _, client := range []string{"app", "curl", "wget"} {
		clients.With(client).Inc()
	}
	show(registry)
	// Output:
	// # TYPE requests_total counter
	// requests_total{client="web"} 0
	// requests_total{client="app"} 1
	// requests_total{client="_overflow"} 2
}

func ExampleTyped() {
	type route struct {
		Endpoint string
		Verb     string `label:"method"`
		Code     int
	}
	registry := polymeter.NewRegistry(nil)
	requests := polymeter.Must(polymeter.NewTypedCounter[route](registry, polymeter.CounterOpts{Name: "app_requests"}))
	requests.With(route{"/api/users", "GET", 200}).Inc()
	show(registry)
	// Output:
	// # TYPE app_requests_total counter
	// app_requests_total{code="200",endpoint="/api/users",method="GET"} 1
}

func ExampleFuncVec() {
	pools := map[string]int{"read": 3, "write": 1}
	registry := polymeter.NewRegistry(nil)
	connections := polymeter.Must(registry.NewGaugeFuncVec(polymeter.GaugeOpts{
		Name: "connections", Labels: []string{"pool"},
	}))
	for _, name := range []string{"read", "write"} {
		if err := connections.Set(func() float64 { return float64(pools[name]) }, name); err != nil {
			fmt.Println(err)
		}
	}
	pools["write"] = 2
	show(registry)
	// Output:
	// # TYPE connections gauge
	// connections{pool="read"} 3
	// connections{pool="write"} 2
}

func ExampleSnapshot() {
	registry := polymeter.NewRegistry(nil)
	stock := polymeter.Must(registry.NewSnapshot(metric.Desc{Name: "stock", Type: metric.TypeGauge}))
	items := metric.NewGaugeFamily("stock", "", "item")
	items.Add(12, "apples")
	items.Add(3, "pears")
	if err := stock.Replace(items); err != nil {
		fmt.Println(err)
	}
	items.Reset()
	items.Add(9, "apples")
	if err := stock.Replace(items); err != nil { // no pears any more
		fmt.Println(err)
	}
	show(registry)
	// Output:
	// # TYPE stock gauge
	// stock{item="apples"} 9
}

func ExampleStartTimer() {
	registry := polymeter.NewRegistry(nil)
	latency := polymeter.Must(registry.NewHistogram(polymeter.HistogramOpts{Name: "latency_seconds"}))
	serve := func() {
		defer polymeter.StartTimer(latency).Stop()
		// …
	}
	serve()
	count, _ := registry.SampleValue("latency_seconds_count", nil)
	fmt.Println(count)
	// Output: 1
}

func ExampleObserverFunc() {
	last := polymeter.Must(polymeter.NewRegistry(nil).NewGauge(polymeter.GaugeOpts{Name: "last_backup_seconds"}))
	polymeter.Time(polymeter.ObserverFunc(last.Set), func() {
		// …
	})
	fmt.Println("took less than a minute:", last.Value() < 60)
	// Output: took less than a minute: true
}
