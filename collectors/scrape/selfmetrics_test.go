package scrape_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/metric"
)

// TestSelfMetricsDocs keeps the page for users and the code the same.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## Scraped targets\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Scraped targets\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(section, -1)
	var want []string
	c := newCollector(t, &scrape.Options{Find: func(context.Context) ([]scrape.Target, error) { return nil, nil }})
	err = c.SelfMetrics().Collect(t.Context(), func(f metric.Family) error {
		d := f.Desc()
		want = append(want, fmt.Sprintf("| `%s` | %s | `%s` | %s |", d.SampleName(), d.Type, strings.Join(d.LabelNames, "`, `"), d.Help))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/self-metrics.md has\n%s\nthe code has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Targets that are gone are forgotten, and those that stay keep their counts.
func TestSelfMetricsOfTargetsThatGo(t *testing.T) {
	t.Parallel()
	targets := []scrape.Target{{Name: "stays", URL: "http://127.0.0.1:1/"}, serveText(t, "goes", "x 1\n")}
	c := newCollector(t, &scrape.Options{Find: func(context.Context) ([]scrape.Target, error) { return targets, nil }})
	for range 2 {
		if _, err := collected(t, t.Context(), c); err == nil {
			t.Error("nothing is wrong")
		}
		targets = targets[:1]
	}
	page, err := collected(t, t.Context(), c.SelfMetrics())
	if err != nil || !strings.Contains(page, `failures_total{target="stays"} 2`) || strings.Contains(page, "goes") {
		t.Errorf("the self-metrics are (%v)\n%s", err, page)
	}
}
