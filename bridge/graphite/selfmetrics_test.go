package graphite_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// TestSelfMetricsDocs keeps the page for users and the code the same.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Graphite\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Graphite\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(section, -1)
	var want []string
	b := newBridge(t, newReceiver(), collecting(), graphite.Options{})
	err = b.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
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

// TestSelfMetricsAmongTheOthers sends the bridge's own metrics with what it collects.
func TestSelfMetricsAmongTheOthers(t *testing.T) {
	t.Parallel()
	var b *graphite.Bridge
	r := newReceiver()
	b = newBridge(t, r, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return b.SelfMetrics().Collect(ctx, emit)
	}), graphite.Options{})
	for range 2 {
		push(t, b)
	}
	for _, want := range []string{"polymeter_graphite_batches_total.outcome.succeeded 1 ", "polymeter_graphite_written_total 16 "} {
		if !strings.Contains(strings.Join(r.all(), "\n"), want) {
			t.Errorf("no %q in %q", want, r.all())
		}
	}
}
