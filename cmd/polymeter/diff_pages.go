package main

import (
	"fmt"

	"polymeter.dev/metric"
)

// comparison holds a page against an older one.
type comparison struct {
	ignoreValues bool
	units        bool // whether both formats have units
	native       bool // whether both formats have native buckets

	old   map[string]*oldFamily
	order []string // the names of the old families
	lines lineReader
	seen  map[string]bool // the new families so far
	found []difference
}

// oldFamily is a family of the older page.
type oldFamily struct {
	desc  *metric.Desc
	lines *familyLines
}

// difference is one that was found.
type difference struct {
	kind   differenceKind
	family string
	// was and is are the lines of a series. Of a family old and new are its
	// type, help or unit, and count is how many series it has.
	was, is  *familyLine
	old, new string
	count    int
	// delta says that the values count something, so that their difference
	// is worth to be shown.
	delta bool
}

type differenceKind string

const (
	familyAdded   differenceKind = "family-added"
	familyRemoved differenceKind = "family-removed"
	typeChanged   differenceKind = "type-changed"
	helpChanged   differenceKind = "help-changed"
	unitChanged   differenceKind = "unit-changed"
	seriesAdded   differenceKind = "series-added"
	seriesRemoved differenceKind = "series-removed"
	valueChanged  differenceKind = "value-changed"
)

// keep keeps a family of the older page.
func (c *comparison) keep(f metric.Family) error {
	name := f.Desc().FullName()
	if c.old[name] != nil {
		return fmt.Errorf("family %q is on the page twice", name)
	}
	lines, err := c.lines.read(f)
	if err != nil {
		return err
	}
	c.old[name] = &oldFamily{f.Desc(), lines}
	c.order = append(c.order, name)
	return nil
}

// compare compares a family of the newer page with its older self, which it lets
// go of.
func (c *comparison) compare(f metric.Family) error {
	desc := f.Desc()
	name := desc.FullName()
	if c.seen[name] {
		return fmt.Errorf("family %q is on the page twice", name)
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[name] = true
	lines, err := c.lines.read(f)
	if err != nil {
		return err
	}
	old := c.old[name]
	delete(c.old, name)
	if old == nil {
		c.found = append(c.found, difference{kind: familyAdded, family: name, new: desc.Type.String(), count: lines.count(c.native)})
		return nil
	}
	c.metadata(name, old.desc, desc)
	c.series(name, old.lines, lines)
	return nil
}

// metadata compares the descriptions of a family.
func (c *comparison) metadata(name string, was, is *metric.Desc) {
	change := func(kind differenceKind, old, new string) {
		if old != new {
			c.found = append(c.found, difference{kind: kind, family: name, old: old, new: new})
		}
	}
	change(typeChanged, was.Type.String(), is.Type.String())
	change(helpChanged, was.Help, is.Help)
	if c.units {
		change(unitChanged, was.Unit, is.Unit)
	}
}

// series compares the series of a family.
func (c *comparison) series(name string, was, is *familyLines) {
	matched := make([]bool, len(was.all))
	for i := range is.all {
		line := &is.all[i]
		if line.native != nil && !c.native {
			continue
		}
		at := was.find(line.key, i)
		if at < 0 {
			c.found = append(c.found, difference{kind: seriesAdded, family: name, is: line})
			continue
		}
		matched[at] = true
		if before := &was.all[at]; !c.ignoreValues && !before.equal(line) {
			c.changed(name, before, line)
		}
	}
	for i := range was.all {
		if line := &was.all[i]; !matched[i] && (line.native == nil || c.native) {
			c.found = append(c.found, difference{kind: seriesRemoved, family: name, was: line})
		}
	}
}

// changed reports that a series has another value, or which native buckets have.
func (c *comparison) changed(name string, was, is *familyLine) {
	add := func(was, is *familyLine) {
		c.found = append(c.found, difference{kind: valueChanged, family: name, was: was, is: is, delta: was.counts && is.counts && is.native == nil})
	}
	if is.native == nil || !was.native.comparable(is.native) {
		add(was, is)
		return
	}
	changedBuckets(was.native, is.native, func(b metric.NativeBucket, before, after float64) {
		add(was.ofBucket(b, before), is.ofBucket(b, after))
	})
}

// removed reports the families that only the older page has.
func (c *comparison) removed() {
	for _, name := range c.order {
		if old := c.old[name]; old != nil {
			c.found = append(c.found, difference{kind: familyRemoved, family: name, old: old.desc.Type.String(), count: old.lines.count(c.native)})
		}
	}
}
