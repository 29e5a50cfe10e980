package metrictest

import (
	"context"
	"testing"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

// Lint reports what package lint finds in what is collected, each finding as a
// failure with what to do about it. Findings of the severity Info are logged only;
// to make a rule matter more or less, or not at all, use the options. Nil options
// are the default.
func Lint(t testing.TB, c metric.Collector, o *lint.Options) {
	t.Helper()
	linter, err := lint.New(o)
	if err != nil {
		t.Errorf("metrictest.Lint: %v", err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := collect(ctx, c, linter.Family); err != nil {
		t.Errorf("metrictest.Lint: %v", err)
	}
	for _, f := range linter.Findings() {
		if f.Severity == lint.Info {
			t.Logf("metrictest.Lint: %s\n\t%s", &f, f.Fix)
			continue
		}
		t.Errorf("metrictest.Lint: %s\n\t%s", &f, f.Fix)
	}
	if n := linter.Omitted(); n > 0 {
		t.Errorf("metrictest.Lint: and %d more findings", n)
	}
}
