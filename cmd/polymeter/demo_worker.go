package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// newDemoWorker is the command of one worker of the demonstration.
func newDemoWorker() *cobra.Command {
	cmd := &cobra.Command{Use: "demo-worker", Short: "One worker of the demonstration", Hidden: true, Args: noArguments}
	dir := cmd.Flags().String("dir", "", "directory that the workers share")
	number := cmd.Flags().Int("number", 1, "which worker this is")
	duration := cmd.Flags().Duration("duration", time.Second, "how long to count")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		signal.Ignore(os.Interrupt) // Ctrl-C is meant for the parent
		return work(*dir, *number, *duration, cmd.InOrStdin(), cmd.OutOrStdout())
	}
	return cmd
}

// work counts for the duration and says how far it is. Then it waits for the end
// of its input, as a worker of a server waits for requests.
func work(dir string, number int, duration time.Duration, in io.Reader, out io.Writer) error {
	store, err := multiprocess.Open(dir, &multiprocess.Options{
		Identifier: func() string { return workerName(number) },
	})
	if err != nil {
		return err
	}
	defer store.Close()
	registry := polymeter.NewRegistry(nil)
	if err := registry.Attach(store); err != nil {
		return err
	}
	m, err := newDemoMetrics(registry)
	if err != nil {
		return err
	}
	m.workers.Set(1)
	m.alive.Set(1)
	m.queue.Set(float64(number))
	const batch = 1000
	for n, end := 0, time.Now().Add(duration); time.Now().Before(end); {
		for range batch {
			m.request(n)
			n++
		}
		m.latest.Set(float64(time.Now().Unix()))
		if _, err := fmt.Fprintln(out, n); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(out, workerDone); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	return store.Close()
}

// The families that are compared with what workers acknowledge.
const (
	demoRequests = "demo_requests_total"
	demoDuration = "demo_request_duration_seconds"
	demoSize     = "demo_response_size_bytes"
	demoWorkers  = "demo_workers"
	demoAlive    = "demo_workers_alive"
)

// demoMetrics is what a worker counts.
type demoMetrics struct {
	requests [3]*polymeter.Counter
	duration *polymeter.Histogram
	size     *polymeter.Summary

	workers, alive, queue, slowest, latest *polymeter.Gauge
}

func newDemoMetrics(r *polymeter.Registry) (*demoMetrics, error) {
	m := &demoMetrics{}
	requests, err := r.NewCounterVec(polymeter.CounterOpts{
		Name: demoRequests, Help: "Requests served: the sum over all workers, dead ones included.", Labels: []string{"path", "code"},
	})
	if err != nil {
		return nil, err
	}
	m.requests = [...]*polymeter.Counter{requests.With("/", "200"), requests.With("/users", "200"), requests.With("/users", "404")}
	m.duration, err = r.NewHistogram(polymeter.HistogramOpts{
		Name: demoDuration, Help: "Time that requests took.", Unit: "seconds", Buckets: []float64{0.01, 0.1, 1},
	})
	if err != nil {
		return nil, err
	}
	if m.size, err = r.NewSummary(polymeter.SummaryOpts{Name: demoSize, Help: "Size of responses.", Unit: "bytes"}); err != nil {
		return nil, err
	}
	for _, g := range []struct {
		gauge      **polymeter.Gauge
		name, help string
		mode       metric.GaugeMode
	}{
		{&m.workers, demoWorkers, "Workers that were started (mode sum).", metric.GaugeSum},
		{&m.alive, demoAlive, "Workers that are alive (mode livesum).", metric.GaugeLiveSum},
		{&m.queue, "demo_queue_length", "Requests that wait, by worker (mode all).", metric.GaugeAll},
		{&m.slowest, "demo_slowest_request_seconds", "The longest time that any worker took (mode max).", metric.GaugeMax},
		{&m.latest, "demo_last_request_time_seconds", "When the last request came (mode mostrecent).", metric.GaugeMostRecent},
	} {
		if *g.gauge, err = r.NewGauge(polymeter.GaugeOpts{Name: g.name, Help: g.help, Mode: g.mode}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// request counts the n-th request.
func (m *demoMetrics) request(n int) {
	m.requests[n%len(m.requests)].Inc()
	seconds := float64(n%2000) / 1000
	m.duration.Observe(seconds)
	m.size.Observe(float64(n % 512))
	if n < 2000 {
		m.slowest.Set(seconds)
	}
}
