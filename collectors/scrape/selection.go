package scrape

import (
	"fmt"

	"polymeter.dev/metric"
)

// selection finds out which families of all pages belong together.
type selection struct {
	options *Options
	order   []*joined
	byName  map[string]*joined
}

// joined is one family of several targets.
type joined struct {
	desc  metric.Desc
	parts []part
}

// part is what one target has of a family.
type part struct {
	page   *page
	family *metric.Snapshot
}

// add adds the families of a page. The first target that has a family says what it is.
func (s *selection) add(p *page) {
	for _, family := range p.families {
		desc := family.Desc()
		j := s.byName[desc.Name]
		if j == nil {
			j = &joined{desc: *desc}
			j.desc.LabelNames = nil
			s.byName[desc.Name] = j
			s.order = append(s.order, j)
		}
		if desc.Type != j.desc.Type {
			p.lose(desc.Name, fmt.Errorf("its type is %v, and %v at target %q", desc.Type, j.desc.Type, j.parts[0].page.target.Name))
			continue
		}
		if j.desc.Unit == "" {
			j.desc.Unit = desc.Unit
		}
		if j.desc.Help == "" {
			j.desc.Help = desc.Help
		}
		j.parts = append(j.parts, part{p, family})
	}
}

// emit shows the families.
func (s *selection) emit(emit func(metric.Family) error) error {
	for _, j := range s.order {
		var family metric.Family = &labelled{joined: j, label: s.options.Label}
		if s.options.Merge && adds(j.desc.Type, s.options.mode(&j.desc)) {
			family = s.merge(j)
		}
		if err := emit(family); err != nil {
			return err
		}
	}
	return nil
}

// adds reports whether the series of several targets become one.
func adds(t metric.Type, mode metric.GaugeMode) bool {
	switch t {
	case metric.TypeGauge, metric.TypeUnknown, metric.TypeStateSet:
		return mode != metric.GaugeAll
	}
	return true
}

// each visits the samples of a part, under the names of the family that it is in.
func (j *joined) each(p part, visit func(*metric.Sample) error) error {
	own, main, family := p.family.Desc(), j.desc.FullName(), j.desc.Name
	var renamed metric.Sample
	return p.family.Each(func(s *metric.Sample) error {
		renamed = *s
		switch {
		case s.Composite():
			renamed.Name = family
		case s.Name == own.FullName() || s.Name == own.SampleName():
			renamed.Name = main
		}
		return visit(&renamed)
	})
}

// labelled shows the series of all targets, apart by a label.
type labelled struct {
	*joined
	label string
}

// Desc implements [metric.Family].
func (f *labelled) Desc() *metric.Desc { return &f.desc }

// Each implements [metric.Family].
func (f *labelled) Each(visit func(*metric.Sample) error) error {
	labels := labeller{name: f.label}
	for _, p := range f.parts {
		err := f.each(p, func(s *metric.Sample) error {
			labels, err := labels.add(s.Labels, p.page.target.Name)
			if err != nil {
				return err
			}
			s.Labels = labels
			return visit(s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
