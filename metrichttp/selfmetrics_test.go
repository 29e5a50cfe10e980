package metrichttp_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/metric"
	"polymeter.dev/metrichttp"
)

// TestSelfMetricsDocs keeps the page for users and the code the same.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Scrapes\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Scrapes\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(section, -1)
	var want []string
	for _, d := range metrichttp.SelfMetricDescs() {
		labels := " "
		if len(d.LabelNames) > 0 {
			labels = " `" + strings.Join(d.LabelNames, "`, `") + "` "
		}
		want = append(want, fmt.Sprintf("| `%s` | %s |%s| %s |", d.SampleName(), d.Type, labels, d.Help))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/self-metrics.md has\n%s\nthe code has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSelfMetricDescs(t *testing.T) {
	t.Parallel()
	for _, d := range metrichttp.SelfMetricDescs() {
		if err := d.Validate(metric.LegacyValidation); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(d.Name, "polymeter_") {
			t.Errorf("%q does not start with polymeter_", d.Name)
		}
	}
}

func TestSelfMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var collect func(context.Context, func(metric.Family) error) error
		c := failing(func(ctx context.Context, emit func(metric.Family) error) error { return collect(ctx, emit) })
		h := metrichttp.Handler(c, &metrichttp.HandlerOptions{Logger: silent})

		collect = collecting(requestsTotal()).Collect
		page := body(t, get(t, h, "/"))
		if !strings.HasPrefix(page, requestsText) {
			t.Errorf("the page does not start with what was collected:\n%s", page)
		}
		wantLine(t, page, `polymeter_scrapes_total{outcome="complete"} 0`)
		wantLine(t, page, `polymeter_scrapes_in_flight 1`)

		collect = func(_ context.Context, emit func(metric.Family) error) error {
			time.Sleep(2 * time.Second)
			for _, f := range []metric.Family{requestsTotal(), invalid(), requestsTotal()} {
				_ = emit(f)
			}
			return fmt.Errorf("away")
		}
		get(t, h, "/")
		collect = func(context.Context, func(metric.Family) error) error { return fmt.Errorf("away") }
		get(t, h, "/")
		collect = collecting().Collect
		page = body(t, get(t, h, "/"))
		for _, line := range []string{
			`polymeter_scrapes_total{outcome="complete"} 1`,
			`polymeter_scrapes_total{outcome="partial"} 1`,
			`polymeter_scrapes_total{outcome="failed"} 1`,
			`polymeter_scrapes_total{outcome="refused"} 0`,
			`polymeter_scrapes_joined_total 0`,
			`polymeter_scrape_duration_seconds_count 3`,
			`polymeter_scrape_duration_seconds_sum 2`,
			`polymeter_scrape_losses_total{stage="collect"} 1`,
			`polymeter_scrape_losses_total{stage="encode"} 1`,
			`polymeter_scrape_losses_total{stage="collector"} 2`,
			`polymeter_exemplars_dropped_total{reason="too_long"} 0`,
		} {
			wantLine(t, page, line)
		}
	})
}

func TestSelfMetricsOfScheduling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h := metrichttp.Handler(g, &metrichttp.HandlerOptions{MaxInFlight: 1, MaxWait: time.Second, Logger: silent})
		first := start(t, h, "/")
		second, third := start(t, h, "/"), start(t, h, "/")
		time.Sleep(2 * time.Second) // second and third are refused, in one scrape
		<-second.done
		<-third.done
		first.leave()
		close(g.proceed)
		page := body(t, get(t, h, "/"))
		wantLine(t, page, `polymeter_scrapes_total{outcome="refused"} 1`)
		wantLine(t, page, `polymeter_scrapes_total{outcome="abandoned"} 1`)
		wantLine(t, page, `polymeter_scrapes_joined_total 1`)
	})
}

func TestSelfMetricsByName(t *testing.T) {
	t.Parallel()
	h := metrichttp.Handler(collecting(requestsTotal()), nil)
	page := body(t, get(t, h, "/?name[]=polymeter_scrapes_in_flight"))
	if lines := strings.Count(page, "\n"); lines != 3 {
		t.Errorf("want one family, got\n%s", page)
	}
	wantLine(t, page, "polymeter_scrapes_in_flight 1")
	wantBody(t, get(t, h, "/?name[]=requests"), 200, requestsText)
}

// TestSelfMetricsYield serves a page of another Polymeter, whose metrics have
// the same names: the collected ones stay.
func TestSelfMetricsYield(t *testing.T) {
	t.Parallel()
	h := metrichttp.Handler(collecting(gauge("polymeter_scrapes_in_flight", 9)), &metrichttp.HandlerOptions{Logger: silent})
	for range 2 {
		page := body(t, get(t, h, "/"))
		wantLine(t, page, "polymeter_scrapes_in_flight 9")
		wantLine(t, page, `polymeter_scrape_losses_total{stage="encode"} 0`)
	}
}

// aware is a collector with metrics about itself.
type aware struct{ metric.Collector }

func (aware) SelfMetrics() metric.Collector {
	return failing(func(ctx context.Context, emit func(metric.Family) error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return emit(gauge("polymeter_depth", 1))
	})
}

func TestSelfMetricsOfTheCollector(t *testing.T) {
	t.Parallel()
	c := aware{collecting(requestsTotal())}
	wantLine(t, body(t, get(t, metrichttp.Handler(c, nil), "/")), "polymeter_depth 1")
	wantBody(t, get(t, plain(c), "/"), 200, requestsText)
}
