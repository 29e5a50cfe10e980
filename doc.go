// Package polymeter is what an application declares: counters, gauges,
// histograms, summaries, info metrics and state sets, in a registry that shows
// them to Prometheus, in one process or merged over many.
//
//	var requests = polymeter.NewCounterVec(polymeter.CounterOpts{
//		Name: "app_requests", Help: "Requests served.", Labels: []string{"endpoint", "method"},
//	})
//
//	requests.With("/api/users", "GET").Inc()
//
//	http.Handle("/metrics", metrichttp.Handler(polymeter.Default(), nil))
//
// When the environment variable PROMETHEUS_MULTIPROC_DIR names a directory, or
// after [Registry.Attach], the values live in memory-mapped files there, and a
// page from any of the processes shows the sum of all; the code is the same.
//
// Declaring may fail: methods of a [Registry] return an error, package-level
// constructors, which use the [Default] registry, panic at start-up, and [Must]
// makes the former do as the latter. Using what
// was declared never fails and never panics: an update that makes no sense, such
// as a negative increment, goes nowhere, is counted in
// polymeter_updates_rejected_total and reported to [RegistryOptions].OnError.
//
// Values that exist elsewhere are shown by a collector, built from the families
// of package [polymeter.dev/metric].
package polymeter
