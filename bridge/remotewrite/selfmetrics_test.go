package remotewrite_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// TestSelfMetricsDocs keeps the page for users and the code the same.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Remote write\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Remote write\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(section, -1)
	var want []string
	w := newWriter(t, newReceiver(), collecting(), remotewrite.Options{})
	err = w.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
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

// TestSelfMetricsAmongTheOthers sends the writer's own metrics with what it collects.
func TestSelfMetricsAmongTheOthers(t *testing.T) {
	t.Parallel()
	var w *remotewrite.Writer
	r := newReceiver()
	w = newWriter(t, r, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return w.SelfMetrics().Collect(ctx, emit)
	}), remotewrite.Options{})
	for range 2 {
		push(t, w)
	}
	for _, want := range []string{`{__name__=polymeter_remotewrite_requests_total,outcome=accepted} 1 `, `{__name__=polymeter_remotewrite_protocol_version} 2 `} {
		if !strings.Contains(strings.Join(r.last(), "\n"), want) {
			t.Errorf("no %q in %q", want, r.last())
		}
	}
}
