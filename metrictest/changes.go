package metrictest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// Changes calls do, and compares how series change while it runs with what is
// expected of each:
//
//	app_requests_total{code="200"} +1
//	app_connections -2
//	latency_seconds_bucket{le="0.5"} +0
//
// Series are named as on a page of text. Those with the same names that are not
// listed must stay as they are, and be as many; other names do not matter, so that
// one may look at the count of a histogram alone. Without any, nothing that is
// collected may change. A series that does not exist before, or after, counts as 0
// there. Rounding errors of fractions do not matter.
func Changes(t testing.TB, c metric.Collector, do func(), want ...string) {
	t.Helper()
	wanted, err := readChanges(want)
	if err != nil {
		t.Errorf("metrictest.Changes: %v", err)
		return
	}
	before, err := valuesOf(c, wanted.names)
	if err != nil {
		t.Errorf("metrictest.Changes: before: %v", err)
		return
	}
	do()
	after, err := valuesOf(c, wanted.names)
	if err != nil {
		t.Errorf("metrictest.Changes: after: %v", err)
		return
	}
	if found := wanted.differences(before, after); len(found) > 0 {
		t.Errorf("metrictest.Changes: not what is expected:%s", list(found))
	}
}

// series is one line of a page of text, without its value.
type series struct {
	name   string
	labels metric.Labels
}

func (s series) String() string {
	if s.labels.IsZero() {
		return s.name
	}
	return s.name + s.labels.String()
}

// values are what series have, in the order they are collected.
type values struct {
	order []series
	of    map[series]float64
}

// valuesOf collects the series with one of the names, all without names.
func valuesOf(c metric.Collector, names []string) (*values, error) {
	families, err := gather(c, names)
	if err != nil {
		return nil, err
	}
	v := &values{of: map[series]float64{}}
	for _, f := range families {
		for _, line := range f.lines() {
			if s := (series{line.Name, line.Labels}); len(names) == 0 || slices.Contains(names, s.name) {
				v.order = append(v.order, s)
				v.of[s] = line.Value
			}
		}
	}
	return v, nil
}

// changes are what is expected.
type changes struct {
	names []string
	order []series
	by    map[series]float64
}

func readChanges(want []string) (*changes, error) {
	c := &changes{by: map[series]float64{}}
	for _, line := range want {
		s, by, err := readChange(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("%q is no change, which looks like name{label=\"value\"} +1: %w", line, err)
		}
		if _, twice := c.by[s]; twice {
			return nil, fmt.Errorf("the series %s is expected twice", s)
		}
		if c.by[s] = by; !slices.Contains(c.names, s.name) {
			c.names = append(c.names, s.name)
		}
		c.order = append(c.order, s)
	}
	return c, nil
}

// readChange reads a change as what it nearly is, a line of text.
func readChange(line string) (series, float64, error) {
	number := line[strings.LastIndexAny(line, " \t")+1:]
	if strings.Trim(number, "+-0123456789.eE") != "" || number != "0" && strings.IndexAny(number, "+-") != 0 {
		return series{}, 0, fmt.Errorf("%q has no sign, or is no number", number)
	}
	families, err := decode([]byte(line+"\n"), exposition.Text)
	var wrong *exposition.DecodeError
	switch {
	case errors.As(err, &wrong):
		return series{}, 0, errors.New(wrong.Problem())
	case err != nil:
		return series{}, 0, err
	case len(families) != 1 || len(families[0].samples) != 1:
		return series{}, 0, errors.New("it is not one line with one series")
	}
	s := families[0].samples[0]
	return series{s.Name, s.Labels}, s.Value, nil
}

// differences tells what changed in another way.
func (c *changes) differences(before, after *values) []string {
	var found []string
	seen := map[series]bool{}
	for _, s := range c.order {
		at := s
		if !before.has(at) && !after.has(at) {
			at.labels = canonical(s.labels)
		}
		seen[at] = true
		if problem := change(before, after, at, c.by[s]); problem != "" {
			found = append(found, fmt.Sprintf("%s: %s", s, problem))
		}
	}
	for _, s := range slices.Concat(after.order, before.order) {
		if seen[s] {
			continue
		}
		seen[s] = true
		if problem := unchanged(before, after, s); problem != "" {
			found = append(found, fmt.Sprintf("%s: %s", s, problem))
		}
	}
	return found
}

func (v *values) has(s series) bool {
	_, found := v.of[s]
	return found
}

// change tells how a series changed if that is not by so much.
func change(before, after *values, s series, want float64) string {
	if !before.has(s) && !after.has(s) {
		return fmt.Sprintf("there is no such series, neither before nor after; want %s", delta(want))
	}
	was, is := before.of[s], after.of[s]
	if sameChange(was, is, want) {
		return ""
	}
	return fmt.Sprintf("got %s (from %s to %s), want %s", delta(is-was), before.show(s), after.show(s), delta(want))
}

// delta shows a number with its sign.
func delta(f float64) string {
	if f >= 0 && !math.IsInf(f, 1) {
		return "+" + number(f)
	}
	return number(f)
}

func unchanged(before, after *values, s series) string {
	switch {
	case !before.has(s):
		return fmt.Sprintf("not expected, but there now, with %s", after.show(s))
	case !after.has(s):
		return fmt.Sprintf("not expected, but gone, from %s", before.show(s))
	case before.of[s] == after.of[s] || math.IsNaN(before.of[s]) && math.IsNaN(after.of[s]):
		return ""
	}
	return fmt.Sprintf("not expected, but changed from %s to %s", before.show(s), after.show(s))
}

func (v *values) show(s series) string {
	if !v.has(s) {
		return "none"
	}
	return number(v.of[s])
}

// sameChange allows for the rounding of the sums, which is what their size says
// and not that of their difference.
func sameChange(was, is, want float64) bool {
	if same(is, was+want) {
		return true
	}
	whole := was == math.Trunc(was) && is == math.Trunc(is) && want == math.Trunc(want)
	return !whole && math.Abs(is-was-want) <= rounding*max(math.Abs(is), math.Abs(was))
}
