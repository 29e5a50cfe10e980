// Package metrichttp serves what a [metric.Collector] collects over HTTP:
// [Handler] for servers that exist, [Server] and [Serve] for programs that have
// none.
//
// A page is made whole before its status line is sent. What goes wrong with
// one family or one collector costs that family or collector only: it is
// logged, counted in a metric of the handler's own (see [SelfMetricDescs]), and
// the rest is served with status 200.
package metrichttp
