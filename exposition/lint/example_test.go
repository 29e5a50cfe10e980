package lint_test

import (
	"context"
	"fmt"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

func Example() {
	page := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		latency := metric.NewGaugeFamily("app_latency_ms", "Time that the last request took.", "user")
		latency.Add(12, "jane@example.org")
		latency.Add(35, "joe@example.org")
		return emit(latency)
	})

	linter, err := lint.New(&lint.Options{Disable: []string{"help-missing"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := page.Collect(context.Background(), linter.Family); err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range linter.Findings() {
		fmt.Println(&f)
		fmt.Println("  ", f.Fix)
	}
	// Output:
	// warning: app_latency_ms{user="jane@example.org"}: label "user" has the value "jane@example.org", which looks like an e-mail address (and 1 more) [label-value-unbounded]
	//    Use what the values have in common, such as the route instead of the path, and log the rest.
	// warning: app_latency_ms: the unit is abbreviated to ms [unit-abbreviated]
	//    Show seconds.
}

func ExampleRules() {
	for _, r := range lint.Rules()[:2] {
		fmt.Println(r.ID, r.Severity)
	}
	// Output:
	// counter-nan error
	// counter-negative error
}
