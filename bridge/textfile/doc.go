// Package textfile writes what a [metric.Collector] collects to a file for the textfile
// collector of the node exporter, which shows the metrics of cron jobs and scripts
// (https://github.com/prometheus/node_exporter, section "Textfile Collector").
//
// [Write] replaces a file as a whole or not at all: readers see the old page or the new
// one, whatever happens to the process, the disk or the collector. [Accumulate] adds to
// the counters that are in the file, so that runs of a job count on where others ended.
package textfile
