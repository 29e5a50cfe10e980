// Package multiprocess lets many processes count together. Each keeps its values
// in a file of its own in a shared directory, and a [Collector] in any of them,
// or in a program of its own, merges what all have counted into one set of
// families.
//
// A [Store] is the writing side: a registry that has one counts in files
// instead of in its own memory. It writes one of two formats. The native format
// keeps all that a registry has; docs/multiprocess-format.md specifies it. The
// other is that of the Python client library for Prometheus, in both of the
// layouts that its releases have had, so that processes in both languages can
// show each other's metrics. A Collector reads all of them side by side.
//
// [Compact] folds what processes have left that have ended into an archive, so
// that neither the directory nor a scrape grows with the number of processes that
// ever lived. Whether a process has ended is told by the operating system, never
// by a process id.
//
// # What a merge shows
//
// Counters, summaries and histograms are the sums over all processes, the dead
// included. Sums are exact, and rounded once, so that they depend neither on the
// order of files nor on folding. Gauges are merged by their mode
// ([metric.GaugeMode]), as the Python client does it:
//
//	all         every process's value, with its identifier as the pid label
//	min, max    the smallest or largest value
//	sum         the sum
//	mostrecent  the value set last, by the wall clock; one never set is absent
//
// A mode that begins with "live" does the same for the living alone. Processes
// that write the Python format are taken for alive as long as their files are
// there: until folding, or [MarkProcessDead], removes them. Info and state sets
// show what any living process says.
//
// Where files contradict each other, what the first one says about a family
// holds: its type, its gauge mode (which [CollectorOptions] may override), its
// unit and its help. Archives come first, then Python files by name, then native
// ones by age. Families of another type under the same name, and those of which
// a sample name is taken by another family, are left out. Contradictions are
// reported.
//
// Histograms whose processes have different buckets get the bounds of all of
// them. A process that lacks a bound counts there what it counts in its next
// smaller one, for so many observations are certain. Native buckets are shown
// where all processes have some, in the coarsest resolution of any.
//
// NaN gives way to numbers in min and max. In a sum it stays, be it that of a
// gauge, or of the observations of a histogram or summary. But counters and the
// counts of buckets, which cannot be NaN or negative, leave out such a value: one
// damaged file must not spoil what all others counted.
package multiprocess
