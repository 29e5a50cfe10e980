package scrape

import (
	"slices"

	"polymeter.dev/metric"
)

// labeller adds a label to the series of a family, most of which have the same names:
// what follows from these is kept from one series to the next.
type labeller struct {
	name   string
	names  []string // of a series, in its order
	values []string // likewise, the added one last
	given  []string // names that schema is for
	schema *metric.LabelSchema
}

// add adds the label, and renames one of that name.
func (l *labeller) add(to metric.Labels, value string) (metric.Labels, error) {
	l.names, l.values = l.names[:0], l.values[:0]
	for n, v := range to.All() {
		l.names, l.values = append(l.names, n), append(l.values, v)
	}
	l.values = append(l.values, value)
	if l.schema == nil || !slices.Equal(l.names, l.given) {
		if err := l.learn(); err != nil {
			return metric.Labels{}, err
		}
	}
	return l.schema.Make(l.values)
}

// learn finds out what the labels are called once there is one more.
func (l *labeller) learn() error {
	l.given = slices.Clone(l.names)
	all := append(slices.Clone(l.names), l.name)
	if own := slices.Index(l.given, l.name); own >= 0 {
		free := l.name
		for slices.Contains(all, free) {
			free = "exported_" + free
		}
		all[own] = free
	}
	schema, err := metric.NewLabelSchema(all)
	l.schema = schema
	return err
}
