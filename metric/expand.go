package metric

import "slices"

// Expand returns the samples of f in expanded form: one for each line of a text
// exposition, as the Python client's collectors give them. With created there
// is also an x_created sample for each series whose start is known, once: one that
// f has itself stays as it is. Its value is the nearest float64. The result is the caller's. The error is that of
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
	e.dropRepeated()
	return e.samples, nil
}

type expansion struct {
	desc     *Desc
	expander Expander
	samples  []Sample
	derived  []bool // of each sample, whether it is made from the start of another
	written  map[createdKey]bool
}

// createdKey tells x_created samples apart.
type createdKey struct {
	name      string
	labels    Labels
	timestamp Timestamp
}

func (e *expansion) add(s *Sample) error {
	if !s.Composite() && s.Name == e.desc.Name+"_created" && slices.Contains(e.desc.Type.Suffixes(), "_created") {
		if e.written == nil {
			e.written = make(map[createdKey]bool)
		}
		e.written[createdKey{s.Name, s.Labels, s.Timestamp}] = true
		e.samples = append(e.samples, Sample{Name: s.Name, Labels: s.Labels, Value: s.Value, Timestamp: s.Timestamp})
		e.derived = append(e.derived, false)
		return nil
	}
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
		e.derived = append(e.derived, p.Suffix == "_created")
		return nil
	})
}

// dropRepeated drops the x_created samples that are there as lines as well.
func (e *expansion) dropRepeated() {
	if e.written == nil {
		return
	}
	i := -1
	e.samples = slices.DeleteFunc(e.samples, func(s Sample) bool {
		i++
		return e.derived[i] && e.written[createdKey{s.Name, s.Labels, s.Timestamp}]
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
