package metric

import "strings"

// addLine takes a line of a histogram or summary.
func (c *Composer) addLine(s *Sample) error {
	kind := c.kindOf(s.Name)
	if kind == 0 {
		return c.wrong(s, "unexpected name")
	}
	labels, l := s.Labels, line{kind: kind, value: s.Value}
	if kind == boundLine {
		var err error
		if labels, l.bound, err = c.cutBound(s); err != nil {
			return err
		}
	}
	g, err := c.group(s, labels)
	if err != nil {
		return err
	}
	switch kind {
	case createdLine:
		return c.created(g, s)
	case countLine:
		g.count = s.Value
	case sumLine:
		g.sum = s.Value
	}
	if kind == boundLine || len(s.Exemplars) > 0 {
		c.hold(g, l, s.Exemplars)
	}
	if kind == boundLine {
		return nil
	}
	return c.mark(g, s, kind)
}

// kindOf tells from its name what a sample is to its series, 0 if nothing.
func (c *Composer) kindOf(name string) lineKind {
	suffix, found := strings.CutPrefix(name, c.desc.Name)
	if !found {
		return 0
	}
	switch c.desc.Type {
	case TypeGaugeHistogram:
		switch suffix {
		case "_bucket":
			return boundLine
		case "_gcount":
			return countLine
		case "_gsum":
			return sumLine
		}
		return 0
	case TypeHistogram:
		if suffix == "_bucket" {
			return boundLine
		}
	case TypeSummary:
		if suffix == "" {
			return boundLine
		}
	}
	switch suffix {
	case "_count":
		return countLine
	case "_sum":
		return sumLine
	case "_created":
		return createdLine
	}
	return 0
}

// cutBound splits the labels of a bucket or quantile into those of the series
// and the bound.
func (c *Composer) cutBound(s *Sample) (Labels, float64, error) {
	name := "le"
	if c.desc.Type == TypeSummary {
		name = "quantile"
	}
	labels, text, found := cutLastLabel(s.Labels, name)
	if !found {
		return Labels{}, 0, c.wrong(s, "no label %q", name)
	}
	bound, err := parseBound(text)
	if err != nil {
		return Labels{}, 0, c.wrong(s, "%s=%q is not a number", name, text)
	}
	return labels, bound, nil
}

// cutLastLabel takes the named label out of the set. Canonical order has le and
// quantile last, so that the rest of the text is all there in one piece.
func cutLastLabel(l Labels, name string) (rest Labels, value string, found bool) {
	start := strings.LastIndex(l.text, name+`="`)
	if start < 0 {
		return l, "", false
	}
	// What was found may be inside a value, or of another label such as
	// "title"; then the quotes do not match.
	quoted := l.text[start+len(name)+1:]
	separated := start == 0 || l.text[start-1] == ','
	if separated && len(quoted) >= 2 {
		if value, after := cutQuoted(quoted); after == "" {
			return Labels{text: strings.TrimSuffix(l.text[:start], ","), quoted: l.quoted}, value, true
		}
	}
	value, found = l.Lookup(name)
	return l.Without(name), value, found
}
