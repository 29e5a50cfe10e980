package metric

import (
	"fmt"
	"maps"
	"slices"
)

// InfoFamily builds an info family for a custom collector; see [CounterFamily]
// for what all builders share.
type InfoFamily struct{ series }

// InfoRow is one series of an [InfoFamily]. Label values are given in
// LabelValues by position or in Labels by name.
type InfoRow struct {
	LabelValues []string
	Labels      map[string]string
	// Info is what the series says. Its entries become labels too, so none
	// may have the name of another label.
	Info map[string]string
	// Timestamp is when the information was taken; usually absent.
	Timestamp Timestamp
}

// NewInfoFamily returns an empty info family. An _info at the end of name is
// left out of the family name and stands in the sample names in any case.
func NewInfoFamily(name, help string, labelNames ...string) *InfoFamily {
	return &InfoFamily{newSeries(TypeInfo, name, help, labelNames)}
}

// Add adds a series that says the entries of info.
func (f *InfoFamily) Add(info map[string]string, labelValues ...string) {
	f.AddRow(InfoRow{LabelValues: labelValues, Info: info})
}

// AddRow adds a series.
func (f *InfoFamily) AddRow(row InfoRow) {
	if f.Err() != nil {
		return
	}
	labels, err := f.merge(row)
	if err != nil {
		f.fail(err)
		return
	}
	f.rows.add(&Sample{Name: f.name, Labels: labels, Value: 1, Timestamp: row.Timestamp})
}

func (f *InfoFamily) merge(row InfoRow) (Labels, error) {
	values, err := f.byPosition(rowLabels{row.LabelValues, row.Labels})
	if err != nil {
		return Labels{}, err
	}
	names := slices.Clone(f.desc.LabelNames)
	for _, name := range names {
		if _, found := row.Info[name]; found {
			return Labels{}, fmt.Errorf("metric: info %q overlaps with the label of this name", name)
		}
	}
	values = slices.Clone(values)
	for _, name := range slices.Sorted(maps.Keys(row.Info)) {
		names, values = append(names, name), append(values, row.Info[name])
	}
	return MakeLabels(names, values)
}
