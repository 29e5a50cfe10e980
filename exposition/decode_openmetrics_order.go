package exposition

import (
	"fmt"

	"polymeter.dev/metric"
)

// order checks that the lines of each series of a family of simple type stand
// together, and that its points follow each other in time (OpenMetrics 1.0,
// sections "Metric" and "MetricPoint").
type order struct {
	typ   metric.Type
	known seriesSet
	// was reports whether the family has a series: two may have one hash.
	was func(series string) bool

	open   bool
	series string
	time   metric.Timestamp
	has    [2]bool         // whether the point has a total and a start
	states map[string]bool // those that the point has

	infos map[string]metric.Timestamp // time of the latest sample of each info
}

func (o *order) reset(t metric.Type) {
	o.typ, o.open = t, false
	o.known.reset()
	if len(o.infos) > keepSeries {
		o.infos = nil
	}
	clear(o.infos)
}

// add checks a line, and reports whether it is the first of its point and name.
// Others are not kept.
func (o *order) add(s *metric.Sample, suffix string) (first bool, err error) {
	if o.typ == metric.TypeInfo {
		return o.info(s)
	}
	anew, err := o.enter(s, s.Labels.Text())
	if err != nil {
		return false, err
	}
	i := 0
	if suffix == createdSuffix {
		i = 1
	}
	if anew {
		o.has = [2]bool{}
	}
	if !o.has[i] {
		o.has[i] = true
		return true, nil
	}
	if s.Timestamp.IsZero() {
		return false, fmt.Errorf("the series %s%s is there twice", s.Name, s.Labels)
	}
	return false, nil
}

// info checks a line of an info. Which of its labels are those of the metric, and
// which come and go with its points, does not show: all that is wrong for certain
// is the same line again, unless the time has not gone back. Infos are few, and
// those with timestamps fewer, so that it does no harm to remember these.
func (o *order) info(s *metric.Sample) (first bool, err error) {
	series := s.Labels.Text()
	before, timed := o.infos[series]
	switch {
	case timed && s.Timestamp == before:
		return false, nil
	case timed && s.Timestamp.Before(before), !timed && o.known.add("", series, metric.Timestamp{}) && o.was(series):
		return false, fmt.Errorf("the series %s%s is there twice", s.Name, s.Labels)
	}
	if !s.Timestamp.IsZero() {
		if o.infos == nil {
			o.infos = map[string]metric.Timestamp{}
		}
		o.infos[series] = s.Timestamp
	}
	return true, nil
}

// state checks a line of a state set, in which the label with its name has the
// state, and reports whether it is the first of its point and state.
func (o *order) state(s *metric.Sample, name string) (first bool, err error) {
	state, found := s.Labels.Lookup(name)
	if !found {
		return false, fmt.Errorf("the sample has no label %q with its state", name)
	}
	anew, err := o.enter(s, s.Labels.Without(name).Text())
	if err != nil {
		return false, err
	}
	if o.states == nil || anew && len(o.states) > keepLines {
		o.states = map[string]bool{}
	}
	if anew {
		clear(o.states)
	}
	switch {
	case !o.states[state]:
		o.states[state] = true
		return true, nil
	case s.Timestamp.IsZero():
		return false, fmt.Errorf("the state %q is there twice", state)
	}
	return false, nil
}

// enter makes the point of a line current, and reports whether it was not before.
func (o *order) enter(s *metric.Sample, series string) (anew bool, err error) {
	if o.open && series == o.series {
		return o.follow(s)
	}
	if err := o.finish(); err != nil {
		return false, err
	}
	if o.known.add("", series, metric.Timestamp{}) && o.was(series) {
		return false, fmt.Errorf("the lines of the series {%s} are apart", series)
	}
	o.open, o.series, o.time = true, series, s.Timestamp
	return true, nil
}

// follow checks a line of the series that is current already.
func (o *order) follow(s *metric.Sample) (anew bool, err error) {
	switch {
	case s.Timestamp.IsZero() != o.time.IsZero():
		return false, fmt.Errorf("the series {%s} has lines with and without a timestamp", o.series)
	case s.Timestamp.Before(o.time):
		return false, fmt.Errorf("the series {%s} goes back in time, from %v to %v", o.series, o.time, s.Timestamp)
	case s.Timestamp == o.time:
		return false, nil
	}
	if err := o.finish(); err != nil {
		return false, err
	}
	o.open, o.time = true, s.Timestamp
	return true, nil
}

// finish checks what only shows when a point is complete.
func (o *order) finish() error {
	if o.open && o.typ == metric.TypeCounter && !o.has[0] {
		return fmt.Errorf("the counter {%s} has no total", o.series)
	}
	o.open = false
	return nil
}
