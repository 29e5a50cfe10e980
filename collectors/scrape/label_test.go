package scrape_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Series keep what they say, get the label, and stay together by family, whatever
// formats the targets send.
func TestLabel(t *testing.T) {
	t.Parallel()
	a := serveText(t, "a", `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="x"} 1
# TYPE took_seconds histogram
took_seconds_bucket{le="1"} 1
took_seconds_bucket{le="+Inf"} 2
took_seconds_sum 3
took_seconds_count 2
# TYPE only_a gauge
only_a 1 1520879607789
`)
	b := serveOpenMetrics(t, "b", `# TYPE took_seconds histogram
took_seconds_bucket{le="1.0"} 4
took_seconds_bucket{le="+Inf"} 5 # {trace_id="x"} 2.5
took_seconds_sum 6
took_seconds_count 5
took_seconds_created 100.5
# TYPE jobs counter
jobs_total{instance="own",exported_instance="older"} 2
jobs_created{instance="own",exported_instance="older"} 99
`)
	wantPage(t, newCollector(t, &scrape.Options{Targets: []scrape.Target{a, b}}), `# TYPE jobs counter
# HELP jobs Jobs.
jobs_total{instance="a",queue="x"} 1
jobs_total{exported_exported_instance="own",exported_instance="older",instance="b"} 2
jobs_created{exported_exported_instance="own",exported_instance="older",instance="b"} 99
# TYPE took_seconds histogram
took_seconds_bucket{instance="a",le="1.0"} 1
took_seconds_bucket{instance="a",le="+Inf"} 2
took_seconds_count{instance="a"} 2
took_seconds_sum{instance="a"} 3
took_seconds_bucket{instance="b",le="1.0"} 4
took_seconds_bucket{instance="b",le="+Inf"} 5 # {trace_id="x"} 2.5
took_seconds_count{instance="b"} 5
took_seconds_sum{instance="b"} 6
took_seconds_created{instance="b"} 100.5
# TYPE only_a gauge
only_a{instance="a"} 1 1520879607.789
`)
}

func TestLabelName(t *testing.T) {
	t.Parallel()
	targets := []scrape.Target{serveText(t, "a", "up 1\n")}
	wantPage(t, newCollector(t, &scrape.Options{Targets: targets, Label: "worker"}), "# TYPE up unknown\nup{worker=\"a\"} 1\n")
}

// A family whose type differs is left out where it came second.
func TestTypesDiffer(t *testing.T) {
	t.Parallel()
	for _, merge := range []bool{false, true} {
		c := newCollector(t, &scrape.Options{Merge: merge, Mode: metric.GaugeSum, Targets: []scrape.Target{
			serveText(t, "a", "# TYPE x gauge\nx 1\n"),
			serveText(t, "b", "# TYPE x counter\nx 2\n# TYPE y gauge\ny 3\n"),
		}})
		page, err := collected(t, t.Context(), c)
		wantLoss(t, err, "x", `"b": family "x": its type is counter, and gauge at target "a"`)
		if strings.Contains(page, " 2") || !strings.Contains(page, " 1\n") || !strings.Contains(page, " 3\n") {
			t.Errorf("the page is\n%s", page)
		}
		page, err = collected(t, t.Context(), c.SelfMetrics())
		if err != nil || !strings.Contains(page, `polymeter_scraped_target_families_lost_total{target="b"} 1`+"\n") {
			t.Errorf("the self-metrics are (%v)\n%s", err, page)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	var found []scrape.Target
	var failed error
	c := newCollector(t, &scrape.Options{Find: func(context.Context) ([]scrape.Target, error) { return found, failed }})
	wantPage(t, c, "")
	found = []scrape.Target{serveText(t, "", "x 1\n")}
	_, host, _ := strings.Cut(found[0].URL, "//")
	wantPage(t, c, "# TYPE x unknown\nx{instance=\""+host+"\"} 1\n")
	found = append(found, found[0])
	if _, err := collected(t, t.Context(), c); err == nil || !strings.Contains(err.Error(), "two targets have the name") {
		t.Errorf("the error is %v", err)
	}
	failed = errors.New("no such service")
	if _, err := collected(t, t.Context(), c); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
}

func TestEmitFails(t *testing.T) {
	t.Parallel()
	c := newCollector(t, &scrape.Options{Targets: []scrape.Target{serveText(t, "a", "x 1\ny 1\n")}})
	failed := errors.New("gone")
	w := writerFunc(func([]byte) (int, error) { return 0, failed })
	if _, err := exposition.Write(t.Context(), w, c, exposition.FormatText(), nil); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestOptionsThatAreWrong(t *testing.T) {
	t.Parallel()
	one := []scrape.Target{{URL: "http://a/metrics"}}
	find := func(context.Context) ([]scrape.Target, error) { return nil, nil }
	for want, o := range map[string]*scrape.Options{
		"one of Targets and Find must be given":    nil,
		"must be given":                            {Targets: one, Find: find},
		`"ftp://a/" is no URL of http or https`:    {Targets: []scrape.Target{{URL: "ftp://a/"}}},
		`"/metrics" is no URL`:                     {Targets: []scrape.Target{{URL: "/metrics"}}},
		"the URL is malformed":                     {Targets: []scrape.Target{{URL: "http://u:secret@%zz"}}},
		"the name is not valid UTF-8":              {Targets: []scrape.Target{{URL: "http://a", Name: "\xff"}}},
		`two targets have the name "a"`:            {Targets: []scrape.Target{one[0], {URL: "http://b", Name: "a"}}},
		"there are 2 targets, and at most 1":       {Targets: []scrape.Target{one[0], {URL: "http://b"}}, MaxTargets: 1},
		`label name "le" is reserved`:              {Targets: one, Label: "le"},
		`"__x"`:                                    {Targets: one, Label: "__x"},
		`gauge mode "mostrecent"`:                  {Targets: one, Mode: metric.GaugeMostRecent},
		`gauge mode "livemostrecent": of family "`: {Targets: one, Modes: map[string]metric.GaugeMode{"x": metric.GaugeLiveMostRecent}},
	} {
		_, err := scrape.New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
