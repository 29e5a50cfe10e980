package polymeter_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestSelfMetricsDocs keeps the page for users and the code the same, in the
// sections that are not the handler's.
func TestSelfMetricsDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/self-metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sections, found := strings.Cut(string(page), "\n## Registry\n")
	if !found {
		t.Fatal("docs/self-metrics.md has no section \"Registry\"")
	}
	got := regexp.MustCompile("(?m)^\\| `polymeter_.*$").FindAllString(sections, -1)

	store, err := multiprocess.Open(t.TempDir(), nil)
	if err != nil {
		t.Skip(err) // this platform has no stores, and so not all of the metrics
	}
	defer store.Close()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	var want []string
	err = r.SelfMetrics().Collect(context.Background(), func(f metric.Family) error {
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
