// Package remotewrite sends what a [metric.Collector] collects to a receiver of
// Prometheus' Remote-Write protocol: Prometheus itself, Mimir, Thanos,
// VictoriaMetrics and others.
//
// A [Writer] speaks version 2.0 of the protocol, with start timestamps, exemplars,
// native histograms and metadata
// (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/), and falls back to
// 1.0 for receivers that do not know it. Samples wait in a bounded queue while the
// receiver is away, and each series is sent in order.
//
// A series that is no longer collected ends with a staleness marker, so that queries
// do not show its last value for another five minutes.
package remotewrite
