package metric

// Expand returns the samples of f in expanded form: one for each line of a text
// exposition, as the Python client's collectors give them. With created there
// is also an x_created sample for each series whose start is known; its value
// is the nearest float64. The result is the caller's. The error is that of
// f.Each.
func Expand(f Family, created bool) ([]Sample, error) {
	desc, err := describe(f)
	if err != nil {
		return nil, err
	}
	e := expansion{desc: desc, expander: Expander{Created: created}}
	if err := f.Each(e.add); err != nil {
		return nil, err
	}
	return e.samples, nil
}

type expansion struct {
	desc     *Desc
	expander Expander
	samples  []Sample
}

func (e *expansion) add(s *Sample) error {
	return e.expander.Each(e.desc.Type, s, func(p *Part) error {
		labels, err := boundLabels(s.Labels, p)
		if err != nil {
			return err
		}
		sample := Sample{Name: e.name(s, p), Labels: labels, Value: p.Value, Timestamp: s.Timestamp}
		if p.Exemplar != nil {
			sample.Exemplars = []Exemplar{*p.Exemplar}
		}
		e.samples = append(e.samples, sample)
		return nil
	})
}

// name returns the whole name of a part. A simple sample has a name of its own,
// which in a raw family may be any.
func (e *expansion) name(s *Sample, p *Part) string {
	switch {
	case s.Composite():
		return e.desc.Name + p.Suffix
	case p.Suffix == "_created":
		return StripSuffix(e.desc.Type, s.Name) + p.Suffix
	}
	return s.Name
}

func boundLabels(l Labels, p *Part) (Labels, error) {
	if p.BoundName == "" {
		return l, nil
	}
	return l.With(p.BoundName, p.Bound)
}
