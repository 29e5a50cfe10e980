package metric

import "fmt"

// ReduceTo lowers the resolution to that of a smaller exponential schema, in
// place, by adding up neighbouring buckets. Counts, sum and zero bucket stay.
// It is an error to reduce to a greater schema, or from or to one that is not
// between [MinSchema] and [MaxSchema]; the histogram is then unchanged.
func (h *NativeHistogram) ReduceTo(schema int32) error {
	if !exponential(h.Schema) || !exponential(schema) || schema > h.Schema {
		return fmt.Errorf("metric: a native histogram of schema %d cannot be reduced to schema %d", h.Schema, schema)
	}
	if schema == h.Schema {
		return nil
	}
	steps := h.Schema - schema
	h.PositiveSpans, h.PositiveCounts = rebuild(h.PositiveSpans, h.PositiveCounts, steps)
	h.NegativeSpans, h.NegativeCounts = rebuild(h.NegativeSpans, h.NegativeCounts, steps)
	h.Schema = schema
	return nil
}

// Compact removes empty buckets and needless spans, in place.
func (h *NativeHistogram) Compact() {
	h.PositiveSpans, h.PositiveCounts = rebuild(h.PositiveSpans, h.PositiveCounts, 0)
	h.NegativeSpans, h.NegativeCounts = rebuild(h.NegativeSpans, h.NegativeCounts, 0)
}

// rebuild lowers one side by some steps. The counts stay in their memory, where
// writing can never overtake reading. The spans cannot: one that covers empty
// buckets may become several.
func rebuild(spans []BucketSpan, counts []float64, steps int32) ([]BucketSpan, []float64) {
	s := bucketStream{
		cursor:  bucketCursor{spans: spans, counts: counts},
		covered: coversNone,
		steps:   steps,
	}
	b := NativeBuckets{Counts: counts[:0]}
	if len(spans) > 0 {
		b.Spans = make([]BucketSpan, 0, len(spans))
	}
	s.advance()
	s.appendTo(&b)
	return b.Spans, b.Counts
}

// exponential reports whether the schema has a base rather than bounds.
func exponential(schema int32) bool { return schema >= MinSchema && schema <= MaxSchema }
