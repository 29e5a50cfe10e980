package polymeter

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// Vec is a family of instruments of kind M that differ in their label values.
// Its methods may be called concurrently.
type Vec[M any] struct {
	family
	table   table[M]
	discard *M // takes updates that cannot be counted
}

// The vectors of the instruments.
type (
	CounterVec   = Vec[Counter]
	GaugeVec     = Vec[Gauge]
	HistogramVec = Vec[Histogram]
	SummaryVec   = Vec[Summary]
	InfoVec      = Vec[Info]
	StateSetVec  = Vec[StateSet]
)

// With returns the instrument for the given label values, in the order in which
// the labels were declared, and makes it if need be. Finding an existing one
// takes no lock and allocates nothing.
//
// Values that are wrong in number or not valid UTF-8 give an instrument that
// counts nothing; the mistake is counted and reported to the registry's
// OnError.
func (v *Vec[M]) With(values ...string) *M {
	hash := hashValues(values)
	e := v.table.find(hash, values)
	if e == nil {
		e = v.create(hash, values)
	}
	if e == nil {
		return v.discard
	}
	return &e.metric
}

// WithMap is [Vec.With] with the label values given by name.
func (v *Vec[M]) WithMap(labels map[string]string) *M {
	values, err := v.valuesOf(labels)
	if err != nil {
		v.reject(rejectLabels, "%v", err)
		return v.discard
	}
	return v.With(values...)
}

func (v *Vec[M]) valuesOf(labels map[string]string) ([]string, error) {
	values := make([]string, len(v.spec.LabelNames))
	for i, name := range v.spec.LabelNames {
		value, found := labels[name]
		if !found {
			return nil, fmt.Errorf("label %q is missing in %q", name, labels)
		}
		values[i] = value
	}
	if len(labels) != len(values) {
		return nil, fmt.Errorf("labels %q are not those declared: %q", labels, v.spec.LabelNames)
	}
	return values, nil
}

// create makes the series unless another goroutine was faster, or returns nil
// when the values are wrong. It clones the values, so that they do not escape
// from the callers of With.
func (v *Vec[M]) create(hash uint64, values []string) *series[M] {
	values = cloneStrings(values)
	labels, err := v.schema.Make(values)
	if err != nil {
		v.reject(rejectLabels, "%v", err)
		return nil
	}
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	if e := v.table.find(hash, values); e != nil {
		return e
	}
	if v.opts.Limit > 0 && len(v.table.order) >= v.opts.Limit && len(values) > 0 {
		return v.overflow()
	}
	return v.insert(hash, values, labels)
}

// insert makes a series, in the registry's store if there is one. The caller
// holds the table's mutex.
func (v *Vec[M]) insert(hash uint64, values []string, labels metric.Labels) *series[M] {
	e := &series[M]{hash: hash, values: values, labels: labels, start: metric.TimestampOf(time.Now())}
	kind(&e.metric).init(&v.family, labels)
	v.open(e)
	v.table.add(e)
	return e
}

// overflow returns the series that stands for all beyond the limit.
func (v *Vec[M]) overflow() *series[M] {
	v.registry.overflowed.Add(1)
	values := slices.Repeat([]string{OverflowValue}, len(v.spec.LabelNames))
	hash := hashValues(values)
	if e := v.table.find(hash, values); e != nil {
		return e
	}
	labels, err := v.schema.Make(values)
	if err != nil {
		return nil
	}
	return v.insert(hash, values, labels)
}

// open moves the series' values into the registry's store, if there is one
// that can take them. The caller holds the table's mutex.
func (v *Vec[M]) open(e *series[M]) {
	backend := v.registry.backend()
	if backend == nil || v.unsupported.Load() || e.opened.Load() {
		return
	}
	place, err := backend.Open(&v.spec, e.values)
	if err != nil {
		v.unsupported.Store(errors.Is(err, cell.ErrUnsupported))
		return
	}
	kind(&e.metric).move(&v.family, place)
	e.opened.Store(true)
}

// Delete lets the series with these label values go and reports whether there
// was one. Handles to it stay usable but count nowhere; With makes a new
// series, which starts from zero.
func (v *Vec[M]) Delete(values ...string) bool {
	hash := hashValues(values)
	wanted := v.table.find(hash, values)
	if wanted == nil {
		return false
	}
	return v.remove(func(e *series[M]) bool { return e == wanted }) > 0
}

// DeleteMatching lets every series go that has all the given labels, and
// returns how many there were.
func (v *Vec[M]) DeleteMatching(labels map[string]string) int {
	positions := make(map[int]string, len(labels))
	for name, value := range labels {
		i := slices.Index(v.spec.LabelNames, name)
		if i < 0 {
			return 0
		}
		positions[i] = value
	}
	return v.remove(func(e *series[M]) bool {
		for i, value := range positions {
			if e.values[i] != value {
				return false
			}
		}
		return true
	})
}

// Clear lets all series go.
func (v *Vec[M]) Clear() { v.remove(func(*series[M]) bool { return true }) }

// Len returns the number of series.
func (v *Vec[M]) Len() int { return len(v.table.snapshot()) }

func (v *Vec[M]) remove(match func(*series[M]) bool) int {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	removed := v.table.removeIf(match)
	backend := v.registry.backend()
	for _, e := range removed {
		if e.opened.Swap(false) {
			kind(&e.metric).move(&v.family, cell.Place{})
			if backend != nil {
				backend.Remove(&v.spec, e.values)
			}
		}
	}
	return len(removed)
}

// sweep lets idle series go. Each sweep begins a new generation; a series that
// has not been updated in this one nor in the one before is idle.
func (v *Vec[M]) sweep(now time.Time) {
	if v.opts.IdleAfter <= 0 {
		return
	}
	v.table.mu.Lock()
	due := now.Sub(v.lastSweep) >= v.opts.IdleAfter
	if due {
		v.lastSweep = now
	}
	v.table.mu.Unlock()
	if !due {
		return
	}
	generation := v.clock.Add(1)
	v.remove(func(e *series[M]) bool { return kind(&e.metric).idle(generation) })
}

// attach moves all series into the store, except those it cannot take.
func (v *Vec[M]) attach() {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	for _, e := range v.table.order {
		v.open(e)
	}
}

// detach moves all series back to the heap.
func (v *Vec[M]) detach() {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	v.unsupported.Store(false)
	for _, e := range v.table.order {
		if e.opened.Swap(false) {
			kind(&e.metric).move(&v.family, cell.Place{})
		}
	}
}

func (v *Vec[M]) shared() *family { return &v.family }

// view shows the series of a vector as a family: all of them, or only those
// that are not in the store.
func (v *Vec[M]) view(heapOnly bool) (metric.Family, bool) {
	all := v.table.snapshot()
	if heapOnly && !slices.ContainsFunc(all, func(e *series[M]) bool { return !e.opened.Load() }) {
		return nil, false
	}
	return &vecFamily[M]{vec: v, series: all, heapOnly: heapOnly}, true
}

type vecFamily[M any] struct {
	vec      *Vec[M]
	series   []*series[M]
	heapOnly bool
}

// Trusted marks the family as valid by construction.
func (f *vecFamily[M]) Trusted(gather.Mark) {}

// Desc describes the family.
func (f *vecFamily[M]) Desc() *metric.Desc { return &f.vec.spec.Desc }

// Each visits the series in the order they were made.
func (f *vecFamily[M]) Each(visit func(*metric.Sample) error) error {
	var s metric.Sample
	var w workspace
	for _, e := range f.series {
		if e.dead.Load() || (f.heapOnly && e.opened.Load()) {
			continue
		}
		s = metric.Sample{Name: f.vec.sampleName, Labels: e.labels, Start: e.start}
		if err := kind(&e.metric).each(&s, &w, visit); err != nil {
			return err
		}
	}
	return nil
}

func kind[M any](m *M) instrument { return any(m).(instrument) }

func cloneStrings(values []string) []string {
	c := make([]string, len(values))
	for i, v := range values {
		c[i] = string(append([]byte(nil), v...))
	}
	return c
}
