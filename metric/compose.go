package metric

import "fmt"

// Composer turns families in expanded form into their composite form: the lines
// of one histogram or summary, and the _created line of a counter, are gathered
// by label set. It keeps its memory, so use one for many; it must not be used
// concurrently. The zero value is ready.
type Composer struct {
	desc        *Desc
	sampleName  string
	createdName string
	limit       int
	visit       func(*Sample) error

	// passing says that samples go straight to visit, exceeded that they do
	// because there are more than limit.
	passing, exceeded bool

	groups  []group
	byLabel map[string]int // text of the labels to position in groups
	last    int            // the group of the last sample
	lines   []line
	// exemplars of the lines, in the order they came.
	exemplars []Exemplar
	composed  composed
}

// group is one series of which lines are gathered.
type group struct {
	name      string // of the main sample of a counter
	labels    Labels // without le or quantile
	timestamp Timestamp
	start     Timestamp
	seen      lineKind // bits
	value     float64  // of a counter
	count     float64
	sum       float64
	// first and last are positions in lines plus 1.
	first, last int
}

// line is a line of which a series may have many: a bucket, a quantile, or any
// line with exemplars.
type line struct {
	kind      lineKind
	bound     float64
	value     float64
	exemplars run
	next      int // the group's next line, plus 1
}

// lineKind says what a line is to its series.
type lineKind uint8

const (
	valueLine lineKind = 1 << iota
	countLine
	sumLine
	createdLine
	boundLine
)

// Compose returns f in composite form. Its Each reads f.Each once and visits
// the series in the order in which each first occurs; it is valid until the
// next use of the Composer. Samples that are in composite form already, or of
// a type without suffixes, are passed on as they come and are not held.
//
// The lines of one series need not be consecutive, so the series of an expanded
// family are all held in memory. When there are more than limit, Each returns a
// [*LimitError]; 0 or less means no limit. Counters beyond the limit are no
// error as long as none has a _created line. Several points of one series only
// compose if it is a counter in a family without such lines. When samples do not
// fit together, Each returns a [*ComposeError]. It may by then have visited some
// series.
func (c *Composer) Compose(f Family, limit int) Family {
	return &composedFamily{composer: c, family: f, limit: limit}
}

type composedFamily struct {
	composer *Composer
	family   Family
	limit    int
}

func (f *composedFamily) Desc() *Desc { return f.family.Desc() }

func (f *composedFamily) Each(visit func(*Sample) error) error {
	desc, err := describe(f.family)
	if err != nil {
		return err
	}
	c := f.composer
	c.reset(desc, f.limit, visit)
	if err := f.family.Each(c.add); err != nil {
		return err
	}
	return c.flush()
}

// ComposeError says which sample of a family in expanded form does not fit the
// others.
type ComposeError struct {
	// Family is the name of the family.
	Family string
	// Sample is the name of the offending sample, or the family's when a
	// series as a whole is meant.
	Sample string
	Labels Labels
	// Reason says what is wrong.
	Reason string
}

func (e *ComposeError) Error() string {
	return fmt.Sprintf("metric: sample %s%s of family %q does not compose: %s", e.Sample, e.Labels, e.Family, e.Reason)
}

// LimitError says that a family in expanded form has too many series to be
// composed.
type LimitError struct {
	// Family is the name of the family.
	Family string
	// Limit is how many series were allowed.
	Limit int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("metric: family %q has more than %d series to compose", e.Family, e.Limit)
}

const mixedForms = "composite and expanded samples are mixed in the family"

func (c *Composer) reset(d *Desc, limit int, visit func(*Sample) error) {
	c.desc, c.sampleName, c.createdName = d, d.SampleName(), d.Name+"_created"
	c.limit, c.visit = limit, visit
	c.passing, c.exceeded = false, false
	c.forget()
	if c.byLabel == nil {
		c.byLabel = make(map[string]int)
	}
}

// forget drops what is held.
func (c *Composer) forget() {
	c.groups = c.groups[:0]
	c.lines = c.lines[:0]
	c.exemplars = c.exemplars[:0]
	c.last = 0
	clear(c.byLabel)
}

func (c *Composer) add(s *Sample) error {
	if s.Composite() {
		if len(c.groups) > 0 {
			return c.wrong(s, mixedForms)
		}
		c.passing = true
		return c.visit(s)
	}
	switch c.desc.Type {
	case TypeCounter:
		return c.addCounter(s)
	case TypeHistogram, TypeGaugeHistogram, TypeSummary:
		if c.passing {
			return c.wrong(s, mixedForms)
		}
		return c.addLine(s)
	}
	if !c.isMain(s.Name) {
		return c.wrong(s, "unexpected name")
	}
	return c.visit(s)
}

// isMain reports whether a simple sample of this name is the family's value.
func (c *Composer) isMain(name string) bool {
	return name != "" && (name == c.sampleName || name == c.desc.Name || name == c.desc.Written)
}

func (c *Composer) wrong(s *Sample, format string, args ...any) error {
	return &ComposeError{Family: c.desc.Name, Sample: s.Name, Labels: s.Labels, Reason: fmt.Sprintf(format, args...)}
}

// lookup makes the group with these labels the last one, if there is any.
func (c *Composer) lookup(labels Labels) bool {
	if c.last < len(c.groups) && c.groups[c.last].labels == labels {
		return true
	}
	at, found := c.byLabel[labels.text]
	if found {
		c.last = at
	}
	return found
}

// group returns the group of a series, a new one if need be. It is valid until
// the next call.
func (c *Composer) group(s *Sample, labels Labels) (*group, error) {
	if c.lookup(labels) {
		g := &c.groups[c.last]
		if g.timestamp != s.Timestamp {
			return nil, c.wrong(s, "timestamp %q differs from %q in the same series", s.Timestamp, g.timestamp)
		}
		return g, nil
	}
	if c.full() {
		return nil, &LimitError{Family: c.desc.Name, Limit: c.limit}
	}
	c.last = len(c.groups)
	c.byLabel[labels.text] = c.last
	c.groups = append(c.groups, group{labels: labels, timestamp: s.Timestamp})
	return &c.groups[c.last], nil
}

func (c *Composer) full() bool { return c.limit > 0 && len(c.groups) >= c.limit }

// mark notes that the group has a line of this kind.
func (c *Composer) mark(g *group, s *Sample, kind lineKind) error {
	if g.seen&kind != 0 {
		return c.wrong(s, "duplicate sample")
	}
	g.seen |= kind
	return nil
}

// created takes a _created line.
func (c *Composer) created(g *group, s *Sample) error {
	if err := c.mark(g, s, createdLine); err != nil {
		return err
	}
	if g.start = s.Start; !s.Start.IsZero() {
		return nil // exactly
	}
	start, err := TimestampFloat(s.Value)
	if err != nil {
		return c.wrong(s, "%v is not a time", s.Value)
	}
	g.start = start
	return nil
}

// hold adds a line to the group.
func (c *Composer) hold(g *group, l line, exemplars []Exemplar) {
	l.exemplars = appendRun(&c.exemplars, exemplars)
	c.lines = append(c.lines, l)
	position := len(c.lines)
	if g.last == 0 {
		g.first = position
	} else {
		c.lines[g.last-1].next = position
	}
	g.last = position
}
