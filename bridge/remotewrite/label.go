package remotewrite

import (
	"cmp"
	"fmt"
	"slices"

	"polymeter.dev/metric"
)

// label is one label of a series. Sets of them are sorted by name, without repeated
// names and without empty values (Remote-Write 2.0, section "Series Labels").
type label struct{ name, value string }

// nameLabel is the label that has the name of the metric.
const nameLabel = "__name__"

// appendLabels appends the labels of l as the scheme shows them.
func appendLabels(dst []label, l metric.Labels, e metric.Escaping) []label {
	for name, value := range l.All() {
		if value != "" {
			dst = append(dst, label{e.EscapeLabelName(name), value})
		}
	}
	return dst
}

// sortLabels sorts labels by name, and reports one that is there twice.
func sortLabels(labels []label) error {
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(labels); i++ {
		if labels[i].name == labels[i-1].name {
			return fmt.Errorf("remotewrite: two labels have the name %q", labels[i].name)
		}
	}
	return nil
}

// isLegacy reports whether all names are what version 1.0 of the protocol allows.
func isLegacy(labels []label) bool {
	for _, l := range labels {
		if l.name == nameLabel && !metric.IsLegacyMetricName(l.value) || !metric.IsLegacyLabelName(l.name) {
			return false
		}
	}
	return true
}

// toLegacy returns the labels with underscores where 1.0 allows nothing else.
func toLegacy(labels []label) ([]label, error) {
	if isLegacy(labels) {
		return labels, nil
	}
	escaped := slices.Clone(labels)
	for i, l := range escaped {
		escaped[i].name = metric.Underscores.EscapeLabelName(l.name)
		if l.name == nameLabel {
			escaped[i].value = metric.Underscores.EscapeMetricName(l.value)
		}
	}
	return escaped, sortLabels(escaped)
}
