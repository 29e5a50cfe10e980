// Package graphite sends what a [metric.Collector] collects to Graphite: to its daemon
// carbon, or to any other program that speaks one of carbon's protocols.
//
// A [Bridge] makes a path of every sample, with the labels as levels or as tags, and sends
// lines of text over TCP or UDP, or pickles over TCP
// (https://graphite.readthedocs.io/en/latest/feeding-carbon.html). Samples wait in a
// bounded queue while the receiver is away.
//
// Graphite confirms nothing by itself. Over TCP a bridge therefore ends its side of a
// connection when all is written, and takes samples for received once the receiver has
// read to that end and closed the connection, too. Whatever is in doubt is sent again, which
// doubles nothing: a point of a path is known by its time.
package graphite
