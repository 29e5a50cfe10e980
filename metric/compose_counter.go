package metric

// addCounter takes a sample of a counter family. Counters need composing only
// if they have _created lines, which may come late. So they are held up to the
// limit and, where none of so many had one, let go. A start that is known
// already says that no such line will come, as does a second point of a series: a
// line of its own could not tell which of them it is about.
func (c *Composer) addCounter(s *Sample) error {
	main := c.isMain(s.Name)
	switch {
	case !main && s.Name != c.createdName:
		return c.wrong(s, "unexpected name")
	case main && len(c.groups) == 0 && !s.Start.IsZero():
		c.passing = true
	case main && c.full() && !c.lookup(s.Labels) && !c.anyCreated():
		if err := c.letGo(); err != nil {
			return err
		}
		c.exceeded = true
	case main && c.isLaterPoint(s) && !c.anyCreated():
		if err := c.letGo(); err != nil {
			return err
		}
	}
	switch {
	case c.passing && main:
		return c.visit(s)
	case c.exceeded:
		return &LimitError{Family: c.desc.Name, Limit: c.limit}
	case c.passing:
		return c.wrong(s, mixedForms)
	}
	return c.holdCounter(s, main)
}

func (c *Composer) holdCounter(s *Sample, main bool) error {
	g, err := c.group(s, s.Labels)
	if err != nil {
		return err
	}
	if !main {
		return c.created(g, s)
	}
	if err := c.mark(g, s, valueLine); err != nil {
		return err
	}
	g.name, g.value = s.Name, s.Value
	if g.start.IsZero() {
		g.start = s.Start
	}
	if len(s.Exemplars) > 0 {
		c.hold(g, line{kind: valueLine}, s.Exemplars)
	}
	return nil
}

// isLaterPoint reports whether the series of a sample is held with another time.
func (c *Composer) isLaterPoint(s *Sample) bool {
	if s.Timestamp.IsZero() || !c.lookup(s.Labels) {
		return false
	}
	held := c.groups[c.last].timestamp
	return !held.IsZero() && held != s.Timestamp
}

func (c *Composer) anyCreated() bool {
	for i := range c.groups {
		if c.groups[i].seen&createdLine != 0 {
			return true
		}
	}
	return false
}

// letGo visits the counters held and holds no more.
func (c *Composer) letGo() error {
	err := c.flush()
	c.forget()
	c.passing = true
	return err
}
