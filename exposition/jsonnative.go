package exposition

import (
	"strconv"

	"polymeter.dev/metric"
)

// native appends the sample that has the native buckets of a histogram, all its
// exemplars, and its start timestamp.
func (j *jsonLines) native(s *metric.Sample) {
	j.open(j.name.family, "", "")
	j.time(s.Timestamp)
	if j.created && !s.Start.IsZero() && hasStart(j.desc.Type) {
		j.buf = appendJSONTime(append(j.buf, `,"start":`...), s.Start)
	}
	j.exemplars(s.Exemplars)
	h := s.Histogram.Native
	j.buf = appendJSONNumber(append(j.buf, `,"native_histogram":{"count_value":`...), h.Count)
	j.buf = appendJSONNumber(append(j.buf, `,"sum_value":`...), shownSum(s.Histogram))
	j.buf = strconv.AppendInt(append(j.buf, `,"schema":`...), int64(h.Schema), 10)
	j.buf = appendJSONNumber(append(j.buf, `,"zero_threshold":`...), h.ZeroThreshold)
	j.buf = appendJSONNumber(append(j.buf, `,"zero_count":`...), h.ZeroCount)
	j.spans(`,"pos_spans":[`, h.PositiveSpans)
	j.spans(`,"neg_spans":[`, h.NegativeSpans)
	if allExact(h.PositiveCounts) && allExact(h.NegativeCounts) {
		j.deltas(`,"pos_deltas":[`, h.PositiveCounts)
		j.deltas(`,"neg_deltas":[`, h.NegativeCounts)
	} else {
		j.counts(`,"pos_counts":[`, h.PositiveCounts)
		j.counts(`,"neg_counts":[`, h.NegativeCounts)
	}
	j.buf = append(j.buf, "}}"...)
}

func (j *jsonLines) exemplars(exemplars []metric.Exemplar) {
	if len(exemplars) == 0 {
		return
	}
	j.buf = append(j.buf, `,"exemplars":[`...)
	start := len(j.buf)
	for i := range exemplars {
		if len(j.buf) > start {
			j.exemplar(",", &exemplars[i])
		} else {
			j.exemplar("", &exemplars[i])
		}
	}
	j.buf = append(j.buf, ']')
}

func (j *jsonLines) spans(field string, spans []metric.BucketSpan) {
	j.buf = append(j.buf, field...)
	for i, span := range spans {
		j.separate(i)
		j.buf = strconv.AppendInt(append(j.buf, '['), int64(span.Offset), 10)
		j.buf = strconv.AppendUint(append(j.buf, ','), uint64(span.Length), 10)
		j.buf = append(j.buf, ']')
	}
	j.buf = append(j.buf, ']')
}

func (j *jsonLines) deltas(field string, counts []float64) {
	j.buf = append(j.buf, field...)
	previous := int64(0)
	for i, count := range counts {
		j.separate(i)
		j.buf = strconv.AppendInt(j.buf, int64(count)-previous, 10)
		previous = int64(count)
	}
	j.buf = append(j.buf, ']')
}

func (j *jsonLines) counts(field string, counts []float64) {
	j.buf = append(j.buf, field...)
	for i, count := range counts {
		j.separate(i)
		j.buf = appendJSONNumber(j.buf, count)
	}
	j.buf = append(j.buf, ']')
}
