// Package exposition writes and negotiates the formats in which Prometheus and
// its kin read metrics: the Prometheus text format, OpenMetrics 1.0 and 2.0,
// the protobuf format, and JSON lines for people and scripts. It also reads
// them.
//
// [Write] turns what a [metric.Collector] collects into one page; an [Encoder]
// does the same family by family. [Negotiate] finds the [Format] a client asked
// for.
//
// # What becomes of the types
//
//	type            text             OpenMetrics 1.0   OpenMetrics 2.0   protobuf
//	counter x       x_total          x, x_total        x_total           COUNTER x_total
//	gauge x         x                x                 x                 GAUGE x
//	histogram x     x_bucket, …      x_bucket, …       one x {…}         HISTOGRAM x
//	gaugehistogram  histogram x and  x_bucket,         one x {gcount:…}  GAUGE_HISTOGRAM x
//	                gauges x_gcount, x_gcount, x_gsum
//	                x_gsum
//	summary x       x, x_count, …    x, x_count, …     one x {…}         SUMMARY x
//	info x          gauge x_info     x, x_info         x_info            GAUGE x_info
//	stateset x      gauge x{x="…"}   x{x="…"}          x{x="…"}          GAUGE x{x="…"}
//	unknown x       untyped x        x                 x                 UNTYPED x
//
//	start time      gauge x_created  x_created         st@               created
//	                if switched on
//	exemplars       none             one a line        all               buckets and natives
//	native buckets  none             none              yes               yes
//	unit            none             yes               yes               yes
//
// Where a format has no native buckets, a histogram that has nothing else is
// shown by its +Inf bucket, count and sum. Native buckets with custom bounds are
// shown as the classic buckets that they are, everywhere.
//
// JSON has one family a line, under its OpenMetrics 1.0 name, with its samples
// in the expanded form of OpenMetrics 1.0; native buckets are a sample of their
// own with a native_histogram.
//
// # What is refused, and what is left out
//
// A page is always valid in its format. A family that the format cannot say is
// refused as a whole: the error, a [*FamilyError], names it, and all others are
// written. Exemplars, timestamps and sums that are not allowed where they are
// leave their sample alone and are counted in [Stats].
//
// # Reading
//
// A [Decoder] reads a page family by family, with the memory of one family and of
// the names so far, within the limits of [DecodeOptions]; [NewDecoder] finds the
// one of a syntax, and [Detect] the syntax of a file. [Families] iterates, and
// [Decoded] makes a collector of a decoder, so that a page can be written in
// another format. Decoders are strict: a page that breaks a rule of its format is a
// [*DecodeError], which says where.
package exposition
