package main

import (
	"cmp"
	"hash/maphash"
	"slices"

	"polymeter.dev/metric"
)

// Bounds of what is remembered of labels: hashes of values, for each name and in
// all, and names.
const (
	maxValuesOfLabel = 100_000
	maxValuesOfAll   = 2_000_000
	maxLabelNames    = 10_000
)

// labelCounts counts the values of labels by their names.
type labelCounts struct {
	seed    maphash.Seed
	byName  map[string]*labelCount
	perName int  // values that are counted of a name
	left    int  // values that are yet to be counted of all
	missed  bool // whether there were more names than are counted

	family int    // the number of the current family
	bound  string // a label that belongs to its format
	last   metric.Labels
	repeat []*labelCount // those of the last series
}

// labelCount is what is known of a label.
type labelCount struct {
	name             string
	values           map[uint64]struct{}
	more             bool // whether there are values that were not counted
	series, families int
	lastFamily       int
}

func newLabelCounts(perName, all int) labelCounts {
	return labelCounts{seed: maphash.MakeSeed(), byName: map[string]*labelCount{}, perName: perName, left: all}
}

// begin begins a family, of which one label, if any, belongs to the format.
func (c *labelCounts) begin(bound string) {
	c.family++
	c.bound, c.last, c.repeat = bound, metric.Labels{}, c.repeat[:0]
}

// add counts the labels of a number of series. Lines of one series follow each
// other, which is why the last labels are remembered.
func (c *labelCounts) add(labels metric.Labels, series int) {
	if labels == c.last {
		for _, l := range c.repeat {
			l.series += series
		}
		return
	}
	c.last, c.repeat = labels, c.repeat[:0]
	for name, value := range labels.All() {
		if name == c.bound {
			continue
		}
		l := c.label(name)
		if l == nil {
			continue
		}
		c.repeat = append(c.repeat, l)
		l.series += series
		if l.lastFamily != c.family {
			l.families++
			l.lastFamily = c.family
		}
		c.value(l, value)
	}
}

// label returns the count of a label, or nil when there are too many.
func (c *labelCounts) label(name string) *labelCount {
	l := c.byName[name]
	if l != nil {
		return l
	}
	if len(c.byName) == maxLabelNames {
		c.missed = true
		return nil
	}
	l = &labelCount{name: name, values: map[uint64]struct{}{}}
	c.byName[name] = l
	return l
}

func (c *labelCounts) value(l *labelCount, value string) {
	hash := maphash.String(c.seed, value)
	if _, known := l.values[hash]; known {
		return
	}
	if len(l.values) == c.perName || c.left == 0 {
		l.more = true
		return
	}
	l.values[hash] = struct{}{}
	c.left--
}

// top returns the labels with the most values, the first names first among
// equals.
func (c *labelCounts) top(n int) []*labelCount {
	all := make([]*labelCount, 0, len(c.byName))
	for _, l := range c.byName {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *labelCount) int {
		return cmp.Or(cmp.Compare(len(b.values), len(a.values)), cmp.Compare(a.name, b.name))
	})
	return all[:min(n, len(all))]
}
