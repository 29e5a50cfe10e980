// Package metric is the data model: families of samples, the collectors that
// produce them, and the rules for their names.
//
// A [Collector] emits families. A [Family] is a [Desc] (name, help, unit,
// type) and a stream of samples. A [Sample] is a set of [Labels] with a value,
// and comes in two forms. In composite form one sample is a whole
// [Histogram] or [Summary]: this is what instruments produce and what
// OpenMetrics 2.0, protobuf and merging want. In expanded form one sample is
// one line of a text exposition (x_bucket, x_sum, x_count, x_created).
// [Expander] goes from composite to expanded, [Composer] back and validates;
// nothing else in this module derives suffixes.
//
// Families are read as streams so that the cost of a scrape does not grow
// with the number of series: a visited Sample is valid only until the visit
// returns, and [Sample.Clone] keeps it.
//
// The package imports nothing else of this module.
package metric
