package exposition

// Stats counts what an encoder wrote, and what it had to leave out to keep its
// output valid. Refused families count nowhere but in Refused.
type Stats struct {
	// Families and Samples were written; a histogram or summary is one
	// sample when it came as one.
	Families, Samples int
	// Refused families are not on the page; the errors name them.
	Refused int
	// Exemplars that the format knows but not as they were.
	Exemplars DroppedExemplars
	// DroppedTimestamps of samples are outside what the format, or every
	// reader of it, can take; the samples were written without.
	DroppedTimestamps int
	// OmittedValues are negative or NaN sums, the counts that go with them,
	// and negative quantiles, which OpenMetrics forbids; the rest of their
	// samples was written.
	OmittedValues int
}

// DroppedExemplars counts exemplars left out, by reason. That a format shows
// one exemplar where a sample has several, or none at all, is no reason.
type DroppedExemplars struct {
	// Misplaced ones were on a sample of a type that has no exemplars.
	Misplaced int
	// TooLong ones have labels of more than metric.MaxExemplarRunes code
	// points together, the limit of OpenMetrics 1.0.
	TooLong int
	// OutsideBucket ones have a value that their bucket does not cover.
	OutsideBucket int
	// NoTimestamp ones lack the timestamp that OpenMetrics 2.0, and
	// protobuf for native histograms, ask for, or it is out of range.
	NoTimestamp int
	// Unnameable ones have label names that collide once escaped.
	Unnameable int
	// Unreadable ones have the character NUL in a label, at which
	// Prometheus' parser of OpenMetrics 1.0 gives the page up.
	Unreadable int
}
