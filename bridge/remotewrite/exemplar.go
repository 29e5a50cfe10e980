package remotewrite

import (
	"cmp"
	"slices"

	"polymeter.dev/metric"
)

// exemplarMark is the newest exemplar that was sent of a series.
type exemplarMark struct {
	labels metric.Labels
	value  float64
	time   int64
}

// exemplarsOf returns those of a sample that were not sent before, in the order of
// their times. Collections show the same ones again and again; receivers refuse those
// older than their newest.
func (in *intake) exemplarsOf(s *series, given []metric.Exemplar) []exemplar {
	if len(given) == 0 {
		return nil
	}
	marks := make([]exemplarMark, 0, len(given))
	for i := range given {
		if mark, ok := in.markOf(s, &given[i]); ok {
			marks = append(marks, mark)
		}
	}
	slices.SortStableFunc(marks, func(a, b exemplarMark) int { return cmp.Compare(a.time, b.time) })
	var fresh []exemplar
	for _, mark := range marks {
		if s.exemplar != nil && mark.time <= s.exemplar.time {
			continue
		}
		labels := appendLabels(nil, mark.labels, in.table.escaping)
		if err := sortLabels(labels); err != nil {
			in.stats.exemplarsLost.Add(1)
			continue
		}
		fresh = append(fresh, exemplar{labels: labels, value: plain(mark.value), time: mark.time})
		s.exemplar = &mark
	}
	return fresh
}

// markOf returns an exemplar with a time, which is that of the sample where it has
// none of its own. It reports false for one that receivers do not take, and for one
// without a time that was there in the last collection.
func (in *intake) markOf(s *series, e *metric.Exemplar) (mark exemplarMark, ok bool) {
	if e.Validate() != nil {
		in.stats.exemplarsLost.Add(1)
		return mark, false
	}
	mark = exemplarMark{labels: e.Labels, value: e.Value, time: in.time}
	if ms, ok := millis(e.Timestamp); ok {
		mark.time = ms
		return mark, true
	}
	return mark, s.exemplar == nil || s.exemplar.labels != e.Labels || s.exemplar.value != e.Value
}
