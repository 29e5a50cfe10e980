package polymeter

import (
	"fmt"
	"sync"
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

	mu     sync.Mutex
	text   metric.Labels
	annex  cell.Annex // of the place in a store, if it has one
	behind bool       // the store has an earlier text
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
	i.mu.Lock()
	defer i.mu.Unlock()
	i.text, _ = metric.LabelsFromMap(text) // valid, since all together are
	i.shown.Store(&labels)
	if i.annex != nil {
		i.note(i.annex.Text(i.text) != nil)
	}
}

// note says whether the store has an earlier text. The caller holds the lock.
func (i *Info) note(behind bool) {
	switch {
	case behind && !i.behind:
		i.family.strays.Add(1)
	case !behind && i.behind:
		i.family.strays.Add(-1)
	}
	i.behind = behind
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

// move writes the text. A place without an annex is the heap.
func (i *Info) enter(_ *family, place *cell.Place) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if place.Annex.Text(i.text) != nil {
		return false
	}
	i.annex = place.Annex
	return true
}

func (i *Info) leave(*family, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.annex = nil
	i.note(false)
}

func (i *Info) strays() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.behind
}

func (i *Info) settle() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.behind {
		i.note(i.annex.Text(i.text) != nil)
	}
	return !i.behind
}
