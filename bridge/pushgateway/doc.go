// Package pushgateway pushes what a [metric.Collector] collects to a Pushgateway, the
// cache where Prometheus finds the metrics of jobs that end before it comes by
// (https://github.com/prometheus/pushgateway).
//
// A [Pusher] replaces, adds to or deletes one group of metrics, that of a job and the
// grouping labels. Requests that fail on the way are repeated; what the gateway would
// refuse, or silently change, is an error before anything is sent. [Pusher.PushFinal] is
// for the end of a program that was told to stop.
//
// What a gateway has it shows until it is deleted, also when the job has not run for
// long: push the time of the last success with it, and watch that.
package pushgateway
