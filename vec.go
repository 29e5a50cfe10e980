package polymeter

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Vec is a family of instruments of kind M that differ in their label values.
// Its methods may be called concurrently.
type Vec[M any] struct {
	family
	table    table[M]
	overflow *series[M] // what stands for the series beyond a limit; may be nil
	discard  M          // takes updates that cannot be counted
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
	hash := v.table.hasher.hash(values)
	e := v.table.find(hash, values)
	if e == nil {
		e = v.create(hash, values)
	}
	if e == nil {
		return &v.discard
	}
	return &e.metric
}

// WithMap is [Vec.With] with the label values given by name.
func (v *Vec[M]) WithMap(labels map[string]string) *M {
	values, err := v.valuesOf(labels)
	if err != nil {
		v.reject(rejectLabels, "%v", err)
		return &v.discard
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
// when the values are wrong.
func (v *Vec[M]) create(hash uint64, values []string) *series[M] {
	if v.registry == nil {
		return nil // the zero Vec counts nothing
	}
	if !v.valid(values) {
		_, err := v.schema.Make(cloneStrings(values))
		v.reject(rejectLabels, "%v", err)
		return nil
	}
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	if e := v.table.find(hash, values); e != nil {
		return e
	}
	overflow := isOverflow(values)
	if v.full() && !overflow {
		return v.overflowing()
	}
	e := v.insert(hash, cloneStrings(values))
	if overflow {
		v.overflow = e
	}
	return e
}

// valid reports whether the values can be those of a series.
func (v *Vec[M]) valid(values []string) bool {
	if len(values) != len(v.spec.LabelNames) {
		return false
	}
	for _, value := range values {
		if !utf8.ValidString(value) {
			return false
		}
	}
	return true
}

// full reports whether the limit forbids one more series. The one for overflow
// does not count. The caller holds the table's mutex.
func (v *Vec[M]) full() bool {
	n := v.table.len()
	if v.overflow != nil && !v.overflow.dead.Load() {
		n--
	}
	return v.opts.Limit > 0 && len(v.spec.LabelNames) > 0 && n >= v.opts.Limit
}

func isOverflow(values []string) bool {
	for _, value := range values {
		if value != OverflowValue {
			return false
		}
	}
	return len(values) > 0
}

// overflowing returns the series that stands for all beyond the limit.
func (v *Vec[M]) overflowing() *series[M] {
	v.overflowed.Add(1)
	if v.overflow == nil || v.overflow.dead.Load() {
		values := slices.Repeat([]string{OverflowValue}, len(v.spec.LabelNames))
		v.overflow = v.insert(v.table.hasher.hash(values), values)
	}
	return v.overflow
}

// insert makes a series of valid values, which it keeps, in the registry's store
// if there is one. The caller holds the table's mutex.
func (v *Vec[M]) insert(hash uint64, values []string) *series[M] {
	labels, _ := v.schema.Make(values)
	e := &series[M]{hash: hash, values: values, labels: labels}
	kind(&e.metric).init(&v.family, labels)
	v.open(e, v.registry.backend())
	v.table.add(e)
	return e
}

// Delete lets the series with these label values go and reports whether there
// was one. Handles to it stay usable but count nowhere; With makes a new
// series, which starts from zero.
func (v *Vec[M]) Delete(values ...string) bool {
	hash := v.table.hasher.hash(values)
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	e := v.table.find(hash, values)
	if e == nil {
		return false
	}
	v.remove(e)
	return true
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
	return v.removeIf(func(e *series[M]) bool {
		for i, value := range positions {
			if e.values[i] != value {
				return false
			}
		}
		return true
	})
}

// Clear lets all series go.
func (v *Vec[M]) Clear() { v.removeIf(func(*series[M]) bool { return true }) }

// Len returns the number of series.
func (v *Vec[M]) Len() int {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	return v.table.len()
}

func (v *Vec[M]) removeIf(match func(*series[M]) bool) int {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	removed := 0
	for _, e := range v.table.order {
		if !e.dead.Load() && match(e) {
			v.remove(e)
			removed++
		}
	}
	return removed
}

// remove lets a living series go. The caller holds the table's mutex.
func (v *Vec[M]) remove(e *series[M]) {
	v.table.remove(e)
	v.close(e, v.registry.backend())
}

// sweep lets idle series go. Each sweep begins a new generation; a series that
// has not been updated in this one nor in the one before is idle.
func (v *Vec[M]) sweep(now time.Time) {
	if !v.expires() {
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
	v.removeIf(func(e *series[M]) bool { return kind(&e.metric).idle(generation) })
}

func (v *Vec[M]) shared() *family { return &v.family }

func kind[M any](m *M) instrument { return any(m).(instrument) }

// cloneStrings copies the strings too, so that none that a caller of With built
// for the call has to be on the heap.
func cloneStrings(values []string) []string {
	c := make([]string, len(values))
	for i, v := range values {
		c[i] = strings.Clone(v)
	}
	return c
}
