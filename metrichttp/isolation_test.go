package metrichttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

const depthText = "# HELP depth A value.\n# TYPE depth gauge\ndepth 4\n"

// invalid is a family whose samples contradict it.
func invalid() metric.Family {
	f := metric.NewGaugeFamily("broken", "A family with a row too long.", "label")
	f.Add(1, "a", "b")
	return f
}

// bursting is a family that panics halfway.
type bursting struct{ metric.Family }

func (b bursting) Each(visit func(*metric.Sample) error) error {
	_ = b.Family.Each(visit)
	panic("burst")
}

// guardedCollector is treated like a registry: it is not isolated from outside.
type guardedCollector struct{ metric.Collector }

func (guardedCollector) Guarded(gather.Mark) {}

func failing(f func(context.Context, func(metric.Family) error) error) metric.Collector {
	return metric.CollectorFunc(f)
}

// TestHandlerServesTheRest lets one thing go wrong, once in a collector that
// the handler isolates and once in one that isolates its own.
func TestHandlerServesTheRest(t *testing.T) {
	t.Parallel()
	errFailed := errors.New("database is away")
	tests := []struct {
		name      string
		collector metric.Collector
		status    int
		page      string
		log       string // what is named in it
	}{
		{
			"invalid family", collecting(gauge("depth", 4), invalid(), requestsTotal()),
			200, depthText + requestsText, "broken",
		},
		{
			"duplicate family", collecting(gauge("depth", 4), gauge("depth", 5)),
			200, depthText, "depth",
		},
		{
			"family that panics", collecting(gauge("depth", 4), bursting{gauge("width", 1)}, requestsTotal()),
			200, depthText + requestsText, "burst",
		},
		{
			"error after a family",
			failing(func(_ context.Context, emit func(metric.Family) error) error {
				return errors.Join(emit(gauge("depth", 4)), errFailed)
			}),
			200, depthText, "database is away",
		},
		{
			"panic after a family",
			failing(func(_ context.Context, emit func(metric.Family) error) error {
				_ = emit(gauge("depth", 4))
				panic("ouch")
			}),
			200, depthText, "ouch",
		},
		{
			"error alone",
			failing(func(context.Context, func(metric.Family) error) error { return errFailed }),
			500, "no metrics could be collected; the log of this process says why\n", "database is away",
		},
		{
			"panic alone",
			failing(func(context.Context, func(metric.Family) error) error { panic("ouch") }),
			500, "no metrics could be collected; the log of this process says why\n", "ouch",
		},
		{
			"family of nothing",
			failing(func(_ context.Context, emit func(metric.Family) error) error { return emit(nil) }),
			500, "no metrics could be collected; the log of this process says why\n", "no description",
		},
		{"nothing to collect", collecting(), 200, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for name, c := range map[string]metric.Collector{"foreign": test.collector, "guarded": guardedCollector{test.collector}} {
				var log logBuffer
				h := metrichttp.Handler(c, &metrichttp.HandlerOptions{
					DisableSelfMetrics: true,
					Logger:             log.logger(),
				})
				wantBody(t, get(t, h, "/metrics"), test.status, test.page)
				if got := log.String(); !strings.Contains(got, test.log) || (got == "") != (test.log == "") {
					t.Errorf("%s: the log does not name %q:\n%s", name, test.log, got)
				}
			}
		})
	}
}

func TestHandlerHangingCollector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hung := make(chan struct{})
		calls := 0
		h := metrichttp.Handler(failing(func(_ context.Context, emit func(metric.Family) error) error {
			if calls++; calls > 1 {
				return emit(requestsTotal())
			}
			_ = emit(gauge("depth", 4))
			<-hung // whatever the context says
			return emit(gauge("late", 1))
		}), &metrichttp.HandlerOptions{DisableSelfMetrics: true, Logger: silent})

		began := time.Now()
		r := get(t, h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 3")
		if took := time.Since(began); took != 2500*time.Millisecond {
			t.Errorf("took %v, want the time-out without the offset", took)
		}
		wantBody(t, r, 200, depthText)

		if r := get(t, h, "/metrics"); r.StatusCode != 500 || calls != 1 {
			t.Errorf("a collector that hangs was asked %d times, status %d", calls, r.StatusCode)
		}
		close(hung)
		synctest.Wait()
		wantBody(t, get(t, h, "/metrics"), 200, requestsText)
	})
}

// TestHandlerTimeIsUp wants the metrics about the handler and the collector on
// the page most of all when something hangs.
func TestHandlerTimeIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := metrichttp.Handler(aware{failing(func(ctx context.Context, emit func(metric.Family) error) error {
			_ = emit(gauge("depth", 4))
			<-ctx.Done()
			return ctx.Err()
		})}, &metrichttp.HandlerOptions{Logger: silent})
		for i := range 2 {
			page := body(t, get(t, h, "/"))
			for _, line := range []string{"depth 4", "polymeter_depth 1"} {
				wantLine(t, page, line)
			}
			wantLine(t, page, fmt.Sprintf(`polymeter_scrapes_total{outcome="partial"} %d`, i))
			synctest.Wait() // until the collector has returned, too
		}
	})
}

// TestHandlerConcurrentScrapes asks one foreign collector twice at once: that
// it is still busy with the first is no reason to fail the second.
func TestHandlerConcurrentScrapes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		h := plain(failing(func(_ context.Context, emit func(metric.Family) error) error {
			<-proceed
			return emit(requestsTotal())
		}))
		pages := make(chan string)
		for range 2 {
			go func() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(t.Context(), "/"))
				pages <- w.Body.String()
			}()
			synctest.Wait() // until it is collecting
		}
		close(proceed)
		for range 2 {
			if page := <-pages; page != requestsText {
				t.Errorf("got\n%s", page)
			}
		}
	})
}

func TestHandlerLogsOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		h := metrichttp.Handler(failing(func(context.Context, func(metric.Family) error) error {
			panic("ouch") // with a stack that differs from call to call
		}), &metrichttp.HandlerOptions{Logger: log.logger()})
		scrape := func(n int) {
			for range n {
				get(t, h, "/")
			}
		}
		count := func(what string) int { return strings.Count(log.String(), what) }

		scrape(5)
		if n := count("incomplete"); n != 1 {
			t.Errorf("logged %d times in one minute:\n%s", n, log.String())
		}
		time.Sleep(time.Minute)
		scrape(1)
		if n := count("incomplete"); n != 2 {
			t.Errorf("logged %d times in two minutes", n)
		}
		if n := count("count=4"); n != 1 {
			t.Errorf("4 suppressed messages are named %d times:\n%s", n, log.String())
		}
	})
}

// TestHandlerLogIsBounded has a collector that never says the same twice.
func TestHandlerLogIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		n := 0
		h := metrichttp.Handler(failing(func(context.Context, func(metric.Family) error) error {
			n++
			return errors.New(strings.Repeat("x", n))
		}), &metrichttp.HandlerOptions{Logger: log.logger()})
		for range 150 {
			get(t, h, "/")
		}
		if lines := strings.Count(log.String(), "\n"); lines != 100 {
			t.Errorf("%d lines in a minute, want 100", lines)
		}
	})
}
