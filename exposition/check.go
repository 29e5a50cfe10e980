package exposition

import (
	"fmt"

	"polymeter.dev/metric"
)

// keepSeries is the greatest number of series up to which a checker's memory is
// kept: clearing a large map costs a small family more than a new one.
const keepSeries = 4096

// checker checks the samples of one family: names, labels, and that no series
// occurs twice except as points that follow each other in time.
type checker struct {
	seen map[seriesKey]metric.Timestamp // time of the latest point
	last seriesKey
	// watching is set once a trusted family has labels with changed names.
	watching bool
	// whole and lines say that samples came that stand for all their lines,
	// and lines of their own.
	whole, lines bool
}

// seriesKey is one series of a family. Name is empty unless the sample is a line
// of an expanded series.
type seriesKey struct{ name, labels string }

func (c *checker) reset() {
	c.last, c.watching, c.whole, c.lines = seriesKey{}, false, false, false
	if len(c.seen) > keepSeries {
		c.seen = nil
	}
	clear(c.seen)
}

// sample checks a sample of a family that is not trusted.
func (c *checker) sample(p *page, s *metric.Sample) error {
	if !s.Composite() && !p.isMain(s) && p.name.byName(s.Name) == nil {
		if err := metric.UTF8Validation.CheckMetricName(s.Name); err != nil {
			return fmt.Errorf("sample {%s}: %w", s.Labels.Text(), err)
		}
	}
	if err := c.labelNames(p, s); err != nil {
		return err
	}
	if err := c.composite(p, s); err != nil {
		return err
	}
	if err := c.mixture(p, s); err != nil {
		return err
	}
	return c.duplicate(p, s)
}

// mixture reports a family in which samples stand for lines, such as that of a
// start timestamp, that also come by themselves: a page would have them twice.
func (c *checker) mixture(p *page, s *metric.Sample) error {
	switch {
	case s.Composite(), p.isMain(s) && hasStart(p.desc.Type) && !s.Start.IsZero():
		c.whole = true
	case !p.isMain(s) && p.name.byName(s.Name) != nil && p.desc.Type != metric.TypeStateSet:
		c.lines = true
	}
	if c.whole && c.lines {
		return fmt.Errorf("exposition: sample %q is a line of its own among samples that stand for such lines", s.Name)
	}
	return nil
}

// labelNames reports reserved label names, and a state set without its state.
func (c *checker) labelNames(p *page, s *metric.Sample) error {
	reserved, state := "", false
	switch {
	case s.Histogram != nil:
		reserved = "le"
	case s.Summary != nil:
		reserved = "quantile"
	}
	scanner := labelScanner{text: s.Labels.Text()}
	for l, ok := scanner.next(); ok; l, ok = scanner.next() {
		if len(l.name) >= 2 && l.name[:2] == "__" || l.name == reserved {
			return fmt.Errorf("label name %q of {%s} is reserved", l.name, s.Labels.Text())
		}
		state = state || l.name == p.desc.Name
	}
	if p.desc.Type == metric.TypeStateSet && !state && !hasLabel(s.Labels, p.desc.Name) {
		return fmt.Errorf("state set sample {%s} has no label %q with the state", s.Labels.Text(), p.desc.Name)
	}
	return nil
}

// hasLabel also finds names that are escaped in the text.
func hasLabel(l metric.Labels, name string) bool {
	_, found := l.Lookup(name)
	return found
}

func (c *checker) composite(p *page, s *metric.Sample) error {
	if !s.Composite() {
		return nil
	}
	if s.Name != p.desc.Name && s.Name != p.desc.FullName() {
		return fmt.Errorf("sample name %q is not that of the family", s.Name)
	}
	if s.Histogram != nil {
		return s.Histogram.Validate()
	}
	return s.Summary.Validate()
}

// duplicate reports a series that occurred before, unless this is a later point
// of it. A composite or simple series has its points one after the other, with the
// _created line of a counter between; the lines of an expanded one, or of a state
// set, take turns. In OpenMetrics 2.0 each state is a series like others.
func (c *checker) duplicate(p *page, s *metric.Sample) error {
	c.watching = true
	key := seriesKey{labels: p.labels}
	turns := p.desc.Type == metric.TypeStateSet && p.format.Syntax != OpenMetrics2
	if !s.Composite() && !p.isMain(s) {
		key.name, turns = s.Name, true
	}
	now := p.resolve(s.Timestamp)
	before, found := c.seen[key]
	if found && (before.IsZero() || !now.After(before)) {
		return fmt.Errorf("series %s{%s} occurs twice", s.Name, p.labels)
	}
	if found && key.labels != c.last.labels && !turns {
		return fmt.Errorf("points of series %s{%s} are apart", s.Name, p.labels)
	}
	if c.seen == nil {
		c.seen = make(map[seriesKey]metric.Timestamp)
	}
	c.seen[key], c.last = now, key
	return nil
}

// resolve returns the time as readers of the format see it.
func (p *page) resolve(t metric.Timestamp) metric.Timestamp {
	switch p.format.Syntax {
	case Text:
		if _, ok := textMillis(t); !ok {
			return metric.Timestamp{}
		}
		return metric.TimestampMilli(t.Milli())
	case Protobuf:
		if !t.IsZero() && inMillis(t) {
			return metric.TimestampMilli(t.Milli())
		}
		return metric.Timestamp{}
	}
	return t
}
