package polymeter

import (
	"fmt"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// InfoOpts declares an info metric or a vector of them.
type InfoOpts struct {
	// Name, with or without the suffix _info.
	Name string
	// Help is a sentence for humans.
	Help string
	// Labels are the label names of a vector; the names of the information
	// itself are not declared.
	Labels []string
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

func (o *InfoOpts) spec() cell.Spec {
	return specOf(metric.TypeInfo, o.Name, o.Help, "", o.Labels)
}

// Info shows text, such as a version, as the labels of a sample whose value is
// 1. Its methods may be called concurrently and never panic.
type Info struct {
	base
	own   metric.Labels                 // the labels of the series
	shown atomic.Pointer[metric.Labels] // those and the text's
}

func (i *Info) init(f *family, labels metric.Labels) {
	i.join(f)
	i.own = labels
	i.shown.Store(&labels)
}

// Set replaces the text. Text whose names are invalid, or are among the labels
// of the series, is not taken; the rejection is counted and reported to the
// registry's OnError.
func (i *Info) Set(text map[string]string) {
	if i.family == nil {
		return
	}
	i.touch()
	labels, err := i.merge(text)
	if err != nil {
		i.family.reject(rejectLabels, "%v", err)
		return
	}
	i.shown.Store(&labels)
}

func (i *Info) merge(text map[string]string) (metric.Labels, error) {
	all := i.own.Map()
	for name, value := range text {
		if err := i.family.registry.validation.CheckLabelName(name); err != nil {
			return metric.Labels{}, err
		}
		if _, clash := all[name]; clash {
			return metric.Labels{}, fmt.Errorf("info label %q is also a label of the metric", name)
		}
		all[name] = value
	}
	return metric.LabelsFromMap(all)
}

func (i *Info) each(s *metric.Sample, _ *workspace, visit func(*metric.Sample) error) error {
	s.Value, s.Labels = 1, *i.shown.Load()
	return visit(s)
}

// move does nothing: no file format of today's stores keeps text.
func (i *Info) move(*family, cell.Place) {}
