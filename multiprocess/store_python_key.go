package multiprocess

import (
	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// seriesKeys makes the keys of the entries of one series, in the order in which
// the Python client writes them.
type seriesKeys struct {
	spec   *cell.Spec
	labels []pyfile.Label
}

func keysOf(spec *cell.Spec, values []string) seriesKeys {
	labels := make([]pyfile.Label, len(values), len(values)+1)
	for i, name := range spec.LabelNames {
		labels[i] = pyfile.Label{Name: name, Value: values[i]}
	}
	return seriesKeys{spec, labels}
}

// count returns the number of entries.
func (k seriesKeys) count() int {
	switch k.spec.Type {
	case metric.TypeHistogram:
		return 1 + len(k.spec.Bounds)
	case metric.TypeSummary:
		return 2
	}
	return 1
}

// append appends the key of entry i.
func (k seriesKeys) append(dst []byte, i int) []byte {
	sample, labels := k.spec.SampleName(), k.labels
	switch {
	case k.spec.Type == metric.TypeHistogram && i > 0:
		sample = k.spec.Name + "_bucket"
		labels = append(labels[:len(k.labels):len(k.labels)], pyfile.Label{Name: "le", Value: pyfile.Bound(k.spec.Bounds[i-1])})
	case k.spec.Type == metric.TypeSummary && i == 0:
		sample = k.spec.Name + "_count"
	case k.spec.Type.Composite():
		sample = k.spec.Name + "_sum"
	}
	return pyfile.AppendKey(dst, k.spec.Name, sample, labels, k.spec.Help)
}

func (k seriesKeys) all() []string {
	keys := make([]string, k.count())
	for i := range keys {
		keys[i] = string(k.append(nil, i))
	}
	return keys
}
