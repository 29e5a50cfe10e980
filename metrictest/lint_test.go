package metrictest_test

import (
	"testing"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
	"polymeter.dev/metrictest"
)

func TestLint(t *testing.T) {
	t.Parallel()
	bad := metric.NewGaugeFamily("job_ms", "")
	bad.Add(1)
	info := metric.NewGaugeFamily("job_seconds", "How long the job took.")
	info.Add(1)
	for _, test := range []struct {
		name      string
		collector metric.Collector
		options   *lint.Options
		failures  []string
		logged    int
	}{
		{"good", families(requests()), nil, nil, 0},
		{"bad", families(bad), nil, []string{"metrictest.Lint: warning: job_ms: ", "[unit-abbreviated]\n\t", "[help-missing]"}, 0},
		{"disabled", families(bad), &lint.Options{Disable: []string{"unit-abbreviated", "help-missing"}}, nil, 0},
		{"info", families(info), nil, nil, 1},
		{"info that matters", families(info), &lint.Options{
			Severities: map[string]lint.Severity{"unit-undeclared": lint.Error},
		}, []string{"error: job_seconds"}, 0},
		{"too many", families(bad), &lint.Options{MaxFindings: 1}, []string{"metrictest.Lint: and 1 more findings"}, 0},
		{"options", families(), &lint.Options{Enable: []string{"nonsense"}}, []string{"metrictest.Lint: ", "nonsense"}, 0},
		{"nil collector", nil, nil, []string{"metrictest.Lint: the collector is nil"}, 0},
		{"panic", panicking, nil, []string{"metrictest.Lint: the collector panicked: no database"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f fake
			metrictest.Lint(&f, test.collector, test.options)
			if test.failures == nil {
				f.passes(t)
			} else {
				f.fails(t, test.failures...)
			}
			if len(f.logs) != test.logged {
				t.Errorf("logged %q", f.logs)
			}
		})
	}
}
