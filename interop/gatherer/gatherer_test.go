package gatherer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// dirEnv makes a program of this package a worker.
const dirEnv = "POLYMETER_INTEROP_GATHERER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirEnv); dir != "" {
		if err := work(dir, prometheus.NewRegistry()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work is a program that was written for client_golang, and the lines that make
// it one of many.
func work(dir string, registry *prometheus.Registry) error {
	count(registry)

	store, err := multiprocess.Open(dir, nil)
	if err != nil {
		return err
	}
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	modes := &multiprocess.PublishOptions{Mode: metric.GaugeSum}
	if err := r.Publish(collectors.FromGatherer(registry), modes); err != nil {
		return err
	}

	if err := store.Refresh(context.Background()); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin) // until it is killed
	return err
}

func count(registry *prometheus.Registry) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, []string{"code"})
	busy := prometheus.NewGauge(prometheus.GaugeOpts{Name: "busy"})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Buckets: []float64{0.5, 1}})
	sizes := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sizes", NativeHistogramBucketFactor: 1.5})
	waits := prometheus.NewSummary(prometheus.SummaryOpts{Name: "waits"})
	computed := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "computed"}, func() float64 { return 2 })
	registry.MustRegister(requests, busy, took, sizes, waits, computed)
	requests.WithLabelValues("200").Add(3)
	requests.WithLabelValues("500").Inc()
	busy.Set(4)
	took.(prometheus.ExemplarObserver).ObserveWithExemplar(0.75, prometheus.Labels{"trace_id": "abc"})
	sizes.Observe(100)
	waits.Observe(1.5)
}

// TestProcessesOfClientGolang merges what client_golang counts in three processes,
// one of which is killed: what they counted stays, and adds up.
func TestProcessesOfClientGolang(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var workers []*exec.Cmd
	for range 3 {
		workers = append(workers, start(t, dir))
	}
	merged, err := multiprocess.NewCollector(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"busy 12", "computed 6",
		`requests_total{code="200"} 9`, `requests_total{code="500"} 3`,
		`took_seconds_bucket{le="0.5"} 0`, `took_seconds_bucket{le="1.0"} 3 # {trace_id="abc"} 0.75`, `took_seconds_bucket{le="+Inf"} 3`,
		"took_seconds_count 3", "took_seconds_sum 2.25",
		"sizes_count 3", "sizes_sum 300", "waits_count 3", "waits_sum 4.5",
	}
	for _, state := range []string{"while all live", "after one was killed"} {
		page := pageOf(t, merged)
		for _, line := range want {
			if !slices.ContainsFunc(page, func(l string) bool { return l == line || strings.HasPrefix(l, line+" ") }) {
				t.Errorf("%s: no line %s in\n%s", state, line, strings.Join(page, "\n"))
			}
		}
		wantNative(t, merged, 3)
		if state == "while all live" {
			_ = workers[0].Process.Kill()
			_ = workers[0].Wait()
		}
	}
}

func start(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env, cmd.Stderr = append(os.Environ(), dirEnv+"="+dir), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the worker says %q, %v", line, err)
	}
	return cmd
}

func pageOf(t *testing.T, c metric.Collector) []string {
	t.Helper()
	text, err := exposition.GenerateOpenMetrics(c)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// wantNative checks the native buckets, which the page cannot show.
func wantNative(t *testing.T, c metric.Collector, count float64) {
	t.Helper()
	found := false
	err := c.Collect(t.Context(), func(f metric.Family) error {
		if f.Desc().Name != "sizes" {
			return nil
		}
		return f.Each(func(s *metric.Sample) error {
			native := s.Histogram.Native
			found = native != nil && native.Count == count && native.Sum == 100*count
			return nil
		})
	})
	if err != nil || !found {
		t.Errorf("native buckets of %v observations are not there: %v", count, err)
	}
}
