// Package lint looks for metrics that are valid but unwise: names, units and
// labels against the practice of Prometheus and OpenMetrics, labels whose values
// seem to have no end, histograms that show nothing, values that a counter cannot
// have.
//
// A [Linter] takes the families of a page one by one, be they decoded or
// collected, and returns its [Finding]s at the end:
//
//	linter, err := lint.New(nil)
//	…
//	err = registry.Collect(ctx, linter.Family)
//	for _, finding := range linter.Findings() {
//		fmt.Println(&finding)
//	}
//
// [Rules] lists what it looks for. What is wrong with many series of a family is
// one finding, which shows the first of them and counts the rest. Values of
// labels are counted by their hashes, and only up to the threshold, so that a page
// of a million series takes no more memory than one of a few thousand.
package lint
