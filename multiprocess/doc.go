// Package multiprocess lets many processes count together. Each keeps its values
// in files of its own in a shared directory, and a [Collector] in any of them,
// or in a program of its own, merges what all have counted into one set of
// families.
//
// A [Store] is the writing side: a registry that has one counts in files
// instead of in its own memory. The files are those of the Python client
// library for Prometheus, in both of the layouts that its releases have had,
// so that processes in both languages can share a directory.
//
// # What a merge shows
//
// Counters, summaries and histograms are the sums over all processes. Gauges are
// merged by their mode ([metric.GaugeMode]), as the Python client does it:
//
//	all         every process's value, with its identifier as the pid label
//	min, max    the smallest or largest value
//	sum         the sum
//	mostrecent  the value set last, by the wall clock; one never set is absent
//
// A mode that begins with "live" does the same with what is left once
// [MarkProcessDead] has removed the files of the dead.
//
// Where the Python client's result depends on the order in which a directory
// happens to be listed, files are taken in the order of their names, one
// directory after the other. What the first file says about a family holds: its
// type, its gauge mode (which [CollectorOptions] may override) and its help.
// Families of another type under the same name, and those of which a sample name
// is taken by another family, are left out. Files that contradict each other are
// reported.
//
// Histograms whose processes have different buckets get the bounds of all of
// them. A process that lacks a bound counts there what it counts in its next
// smaller one, for so many observations are certain.
//
// NaN gives way to numbers in min and max. In a sum it stays, be it that of a
// gauge, or of the observations of a histogram or summary. But counters and the
// counts of buckets, which cannot be NaN or negative, leave out such a value: one
// damaged file must not spoil what all others counted.
package multiprocess
