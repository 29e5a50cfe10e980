// Package metrictest has assertions about metrics, for tests of programs that
// count, and a conformance test for collectors.
//
//	metrictest.Compare(t, registry, `
//		# TYPE app_requests_total counter
//		app_requests_total{code="200"} 3
//	`, "app_requests_total")
//
//	metrictest.Changes(t, registry, func() { serve(request) },
//		`app_requests_total{code="200"} +1`)
//
// All of them take a [metric.Collector]: a registry, a restricted view of one, a
// collector of your own, a merged directory, or a decoded page. Each collects it
// anew, so a page that passes by once can be asked once.
//
// [Compare], [Changes], [CompareNative], [Lint] and [Collector] report what they
// find with t.Errorf, and the test goes on. Those that return something end the
// test with t.Fatalf when they cannot, so call them from the goroutine of the
// test. A collector that panics fails the test, and no more than that.
package metrictest
