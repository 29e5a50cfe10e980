// Package examples is a folder of small programs, each of which shows one thing
// and is run by its own test:
//
//	collectors   collectors of your own: the system, other services, a database
//	families     every builder of metric families
//	workers      many processes count, one page shows the sum
//	prefork      an HTTP server of several processes on one port
//	restart      a server that replaces itself while it serves, and goes on counting
//	jobs         jobs that live for milliseconds, and a page that outlives them
//	plugins      a program and its plugins, each a process, on one page
//	samples      timestamps, exemplars and native histograms, sample by sample
//	names        which names are valid, and how numbers are written
//	openmetrics  the same registry in OpenMetrics and in the Prometheus text format
//	graphite     what a program counts, sent to Graphite with labels as tags
//	remotewrite  what a program counts, sent to a Prometheus that cannot scrape it
//	pushgateway  a job that pushes what it has counted, also when it is stopped
//	textfile     a cron job that counts from run to run, for the node exporter
//	http         an HTTP server and a client, measured
//	clientgolang  a program of client_golang, and five lines that make it one of many (a module of its own)
//	scrape       pages of other programs on one page, side by side or added up
//	typed        label values that the compiler checks
//
// Run one from the root of the repository:
//
//	go run ./examples/families
package examples
