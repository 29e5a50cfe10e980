package metric

import (
	"maps"
	"slices"
)

// StateSetFamily builds a state set family for a custom collector; see
// [CounterFamily] for what all builders share.
type StateSetFamily struct{ series }

// StateSetRow is one state set of a [StateSetFamily]. Label values are given in
// LabelValues by position or in Labels by name.
type StateSetRow struct {
	LabelValues []string
	Labels      map[string]string
	// States says of each state whether it is on. It becomes one series per
	// state, in the order of their names, with the value 1 or 0 and the state
	// in a label that has the name of the family.
	States map[string]bool
	// Timestamp is when the states were taken; usually absent.
	Timestamp Timestamp
}

// NewStateSetFamily returns an empty state set family. None of the label names
// may be that of the family.
func NewStateSetFamily(name, help string, labelNames ...string) *StateSetFamily {
	return &StateSetFamily{newSeries(TypeStateSet, name, help, labelNames, name)}
}

// Add adds a state set.
func (f *StateSetFamily) Add(states map[string]bool, labelValues ...string) {
	f.AddRow(StateSetRow{LabelValues: labelValues, States: states})
}

// AddRow adds a state set.
func (f *StateSetFamily) AddRow(row StateSetRow) {
	if f.Err() != nil {
		return
	}
	labelValues, err := f.byPosition(rowLabels{row.LabelValues, row.Labels})
	if err != nil {
		f.fail(err)
		return
	}
	values := append([]string{""}, labelValues...) // the state comes first in the schema
	for _, state := range slices.Sorted(maps.Keys(row.States)) {
		values[0] = state
		sample := Sample{Timestamp: row.Timestamp}
		if row.States[state] {
			sample.Value = 1
		}
		f.addValues(values, sample)
	}
}
