package exposition

// strays are the samples of an expanded family whose names have nothing to do
// with that of the family. The text format allows them behind the family, as
// untyped samples, each name in one run.
type strays struct {
	names []string
	last  seriesName
}

func (s *strays) reset() {
	clear(s.names)
	s.names, s.last = s.names[:0], seriesName{}
}

func (s *strays) any() bool { return len(s.names) > 0 }

// name returns the name of a stray as it is shown, and claims it.
func (s *strays) name(p *page, name string) (*seriesName, error) {
	if s.any() && s.names[len(s.names)-1] == name {
		return &s.last, nil
	}
	s.last = newSeriesName(p.format.Escaping.EscapeMetricName(name))
	if err := p.claims.add(s.last.plain); err != nil {
		return nil, err
	}
	s.names = append(s.names, name)
	return &s.last, nil
}
