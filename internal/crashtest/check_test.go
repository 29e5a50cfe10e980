//go:build linux

package crashtest

import (
	"fmt"
	"math"
)

// slack is by how much, in relation to its size, a rounded sum may be off.
const slack = 1e-9

// bounds are between which values a measure must be that was read after before
// was put down, and before after was.
func (m *measure) bounds(before, after numbers) (low, high float64) {
	c := &columns[m.column]
	low, high = math.Inf(-1), math.Inf(-1)
	if c.merge == mergeSum {
		low, high = 0, 0
	}
	for i := range lanes {
		if !c.has(lanes[i]) {
			continue
		}
		least, most := m.of(before.done(i, m.column)), m.of(after.begun(i, m.column))
		if c.merge == mergeSum {
			low, high = low+least, high+most
		} else {
			low, high = max(low, least), max(high, most)
		}
	}
	if c.rounded && !m.count {
		low, high = low*(1-slack), high*(1+slack)
	}
	return low, high
}

// check returns what is wrong with a page that was collected after the numbers
// before and before those after.
func (p *page) check(before, after numbers) []string {
	var wrong []string
	for i := range measures {
		m := &measures[i]
		value := p.values[m.name]
		if columns[m.column].merge == mergeRecent {
			wrong = append(wrong, m.checkRecent(value, before, after)...)
			continue
		}
		low, high := m.bounds(before, after)
		switch seen := before.seen(i); {
		case value < low:
			wrong = append(wrong, fmt.Sprintf("%v is %v, but %v was acknowledged before (at most %v since)", m, value, low, high))
		case value > high:
			wrong = append(wrong, fmt.Sprintf("%v is %v, but at most %v was begun (at least %v acknowledged)", m, value, high, low))
		case value < seen:
			wrong = append(wrong, fmt.Sprintf("%v is %v, but was %v on an earlier page (bounds %v to %v)", m, value, seen, low, high))
		}
	}
	if alive := p.values[liveName]; alive < 0 || alive > float64(mostAlive()) {
		wrong = append(wrong, fmt.Sprintf("series %s is %v, of %d at most", liveName, alive, mostAlive()))
	}
	return wrong
}

// checkRecent wants the value to be one that its lane has set, and not one that
// this lane had replaced before.
func (m *measure) checkRecent(value float64, before, after numbers) []string {
	if value == 0 {
		for i := range lanes {
			if done := before.done(i, m.column); done.count > 0 {
				return []string{fmt.Sprintf("%v is not set, but was to %v", m, done.value)}
			}
		}
		return nil
	}
	lane := signature(value)
	low, high := before.done(lane, m.column).value, after.begun(lane, m.column).value
	if value < low || value > high {
		return []string{fmt.Sprintf("%v is %v, which lane %d sets it to, but that was at %v before and at most at %v since", m, value, lane, low, high)}
	}
	return nil
}

// seen returns the measures of the page, for others to compare with.
func (p *page) seen() []float64 {
	seen := make([]float64, len(measures))
	for i := range measures {
		seen[i] = p.values[measures[i].name]
	}
	return seen
}
