package multiprocess

import (
	"fmt"
	"slices"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// stateGroup is the states of one state set, of which each is a sample.
type stateGroup struct {
	labels metric.Labels // without the one that names the state
	states []string
	bits   uint64
}

// groupStates puts the samples of a family together by state set, in the order of
// their first sample.
func groupStates(f *metric.Snapshot) ([]*stateGroup, error) {
	var groups []*stateGroup
	numbers := make(map[metric.Labels]int)
	name := f.Desc().Name
	err := f.Each(func(s *metric.Sample) error {
		state, found := s.Labels.Lookup(name)
		if !found {
			return fmt.Errorf("sample %s%s does not name its state in the label %q", s.Name, s.Labels, name)
		}
		labels := s.Labels.Without(name)
		number, known := numbers[labels]
		if !known {
			number = len(groups)
			numbers[labels] = number
			groups = append(groups, &stateGroup{labels: labels})
		}
		return groups[number].add(state, s.Value != 0)
	})
	return groups, err
}

func (g *stateGroup) add(state string, holds bool) error {
	if len(g.states) == pmfile.MaxStates {
		return fmt.Errorf("state set %s has more than %d states", g.labels, pmfile.MaxStates)
	}
	if holds {
		g.bits |= 1 << len(g.states)
	}
	g.states = append(g.states, state)
	return nil
}

// checkStates reports why a family cannot be written if it is of state sets.
func checkStates(f *metric.Snapshot) error {
	if f.Desc().Type != metric.TypeStateSet {
		return nil
	}
	_, err := groupStates(f)
	return err
}

// addStates adds a family of state sets.
func (w *publication) addStates(f *metric.Snapshot) {
	groups, _ := groupStates(f) // was checked
	for _, g := range groups {
		w.setLabels(g.labels)
		w.family.States = slices.Clip(g.states)
		w.series(new(metric.Sample), g.bits)
	}
}
