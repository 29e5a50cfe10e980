package pushgateway_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/bridge/pushgateway"
	"polymeter.dev/metric"
)

// TestSelfMetricsDocs keeps the page for users and the code the same.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Pushgateway\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Pushgateway\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(section, -1)
	var want []string
	p := newPusher(t, newGateway(), collecting(), pushgateway.Options{})
	err = p.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		d := f.Desc()
		labels := " "
		if len(d.LabelNames) > 0 {
			labels = " `" + strings.Join(d.LabelNames, "`, `") + "` "
		}
		want = append(want, fmt.Sprintf("| `%s` | %s |%s| %s |", d.SampleName(), d.Type, labels, d.Help))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/self-metrics.md has\n%s\nthe code has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSelfMetricsAmongTheOthers pushes the pusher's own metrics with what it collects.
func TestSelfMetricsAmongTheOthers(t *testing.T) {
	t.Parallel()
	var p *pushgateway.Pusher
	g := newGateway()
	p = newPusher(t, g, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return p.SelfMetrics().Collect(ctx, emit)
	}), pushgateway.Options{})
	for range 2 {
		if err := p.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`{job="j"}: polymeter_pushgateway_requests_total{outcome="accepted"} 1`, `{job="j"}: polymeter_pushgateway_pushes_total{outcome="accepted"} 1`} {
		if !slices.Contains(g.lines(), want) {
			t.Errorf("no %q in %q", want, g.lines())
		}
	}
}
