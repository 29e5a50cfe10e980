package multiprocess

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// Extra is a family in memory that a merge counts in as if it were in the files
// of one more process.
type Extra struct {
	// Family must be valid. Its type may be any; an info or a state set shows
	// what any process shows, and values of unknown type are like gauges. In
	// the gauge modes mostrecent and livemostrecent the timestamp of a sample
	// says when it was set, and one without is left out. No timestamp is shown.
	Family metric.Family
	// Mode is the mode of a gauge that is in no file.
	Mode metric.GaugeMode
	// ID is the pid label of a gauge in the modes all and liveall.
	ID string
}

// extras are families in memory.
type extras struct {
	plan     *plan
	families []*extraFamily
	byName   map[string]*extraFamily
}

// extraFamily is one of them, with the samples of all who contribute to it.
type extraFamily struct {
	*family // that of the plan, where there is one
	samples []metric.Sample
	numbers map[seriesName]int // of samples
}

type seriesName struct {
	sample string
	labels metric.Labels
}

// gatherExtras copies what is in memory. What cannot be read, or clashes with
// what is in files, is left out and is part of the error.
func gatherExtras(p *plan, contributions []Extra, modes map[string]metric.GaugeMode) (*extras, error) {
	x := &extras{plan: p, byName: make(map[string]*extraFamily)}
	var failed error
	for i := range contributions {
		if err := x.take(&contributions[i], modes); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	for _, f := range x.families {
		slices.SortStableFunc(f.samples, func(a, b metric.Sample) int {
			return strings.Compare(a.Labels.Text(), b.Labels.Text())
		})
	}
	return x, failed
}

// take adds one contribution to the family of its name.
func (x *extras) take(e *Extra, modes map[string]metric.GaugeMode) error {
	whole, err := metric.Copy(e.Family) // all of it or nothing
	if err != nil {
		return fmt.Errorf("multiprocess: %w", err)
	}
	desc := whole.Desc()
	f := x.byName[desc.Name]
	if f == nil {
		planned, err := x.plan.familyFor(desc, e.Mode, modes)
		if err != nil {
			return err
		}
		f = &extraFamily{family: planned, numbers: make(map[seriesName]int)}
		x.byName[desc.Name] = f
		x.families = append(x.families, f)
	}
	if f.desc.Type != desc.Type {
		return fmt.Errorf("multiprocess: family %q is both a %s and a %s", desc.Name, f.desc.Type, desc.Type)
	}
	return whole.Each(func(s *metric.Sample) error { return f.add(s.Clone(), e.ID) })
}

// familyFor returns the plan's family of that name, or a new one if no file has
// it.
func (p *plan) familyFor(desc *metric.Desc, mode metric.GaugeMode, modes map[string]metric.GaugeMode) (*family, error) {
	at, found := slices.BinarySearchFunc(p.families, desc.Name, func(f *family, name string) int {
		return strings.Compare(f.desc.Name, name)
	})
	if found {
		return p.families[at], nil
	}
	if err := p.claims.Check(nil, desc); err != nil {
		return nil, fmt.Errorf("multiprocess: %w", err)
	}
	override, found := modes[desc.Name]
	mode, _ = decide(desc.Type, mode, override, found)
	return newFamily(*desc, mode), nil
}

func (f *extraFamily) add(s *metric.Sample, id string) error {
	if hasMode(f.desc.Type) && f.mode.Base() == metric.GaugeAll {
		s.Labels = withProcess(s.Labels, id)
	}
	name := seriesName{s.Name, s.Labels}
	if number, found := f.numbers[name]; found {
		var c combiner
		c.add(f.desc.Type, f.mode, &f.samples[number], s)
		return nil
	}
	f.numbers[name] = len(f.samples)
	f.samples = append(f.samples, *s)
	return nil
}

// all returns the families of files and memory together, by name.
func (x *extras) all() []*family {
	families := slices.Clone(x.plan.families)
	for _, f := range x.families {
		if !slices.Contains(x.plan.families, f.family) {
			families = append(families, f.family)
		}
	}
	slices.SortFunc(families, func(a, b *family) int { return strings.Compare(a.desc.Name, b.desc.Name) })
	return families
}

// of returns the samples that are in memory for a family.
func (x *extras) of(f *family) []metric.Sample {
	if extra := x.byName[f.desc.Name]; extra != nil {
		return extra.samples
	}
	return nil
}
