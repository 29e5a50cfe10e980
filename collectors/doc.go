// Package collectors shows what every program has without counting anything:
// the resources of its process, the state of the Go runtime, and the build it
// is of. A registry has none of this by itself; one line adds it:
//
//	polymeter.Default().MustRegister(collectors.Standard()...)
//
// The metrics have the names under which other client libraries show the same
// things, so that existing dashboards and alerts work. Every family with a base
// unit declares it. All speak of one process: where a registry shows the merged
// values of many, these remain those of the process that is scraped.
//
// Metrics that are declared with client_golang come in by [FromGatherer], and
// those of a registry go out to what takes its Gatherer by [AsGatherer].
package collectors

import "polymeter.dev/metric"

// Standard returns what most programs want: [NewProcess], [NewGo] and
// [NewBuildInfo] with their defaults.
func Standard() []metric.Collector {
	return []metric.Collector{NewProcess(nil), NewGo(nil), NewBuildInfo()}
}
