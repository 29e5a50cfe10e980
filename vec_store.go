package polymeter

import (
	"errors"

	"polymeter.dev/internal/cell"
)

// open moves the values of a living series from the heap into the store, if
// there is one that can take them, and reports whether it did. The caller holds
// the table's mutex.
func (v *Vec[M]) open(e *series[M], backend cell.Backend) bool {
	if backend == nil || v.released || v.unsupported.Load() {
		return false
	}
	place, err := backend.Open(&v.spec, e.values)
	if err != nil {
		v.unsupported.Store(errors.Is(err, cell.ErrUnsupported))
		return false
	}
	if !v.enter(e, &place) {
		backend.Remove(&v.spec, e.values)
		return false
	}
	e.opened.Store(true)
	return true
}

func (v *Vec[M]) enter(e *series[M], place *cell.Place) bool {
	m := kind(&e.metric)
	m.hold()
	defer m.letGo()
	return m.enter(&v.family, place)
}

// leave moves the series' values back to the heap, see [instrument], and reports
// whether they were not there. The caller holds the table's mutex.
func (v *Vec[M]) leave(e *series[M], takeOut bool) bool {
	if !e.opened.Swap(false) {
		return false
	}
	if !e.dead.Load() {
		v.table.kept++
	}
	m := kind(&e.metric)
	m.hold()
	defer m.letGo()
	m.leave(&v.family, takeOut)
	return true
}

// close moves the series' values back to the heap, and removes the series from
// the store. The caller holds the table's mutex.
func (v *Vec[M]) close(e *series[M], backend cell.Backend) {
	if v.leave(e, false) && backend != nil {
		backend.Remove(&v.spec, e.values)
	}
}

// settle moves what a series in the store has in the heap into the store, too, and
// reports whether nothing is left. What is left of an instrument that cannot be
// divided takes the series out of the store.
func (v *Vec[M]) settle(e *series[M], backend cell.Backend) bool {
	m := kind(&e.metric)
	if !m.strays() || m.settle() {
		return true
	}
	if !m.divisible() {
		v.close(e, backend)
	}
	return false
}

// waits reports whether there is something in the heap that a store might take.
func (v *Vec[M]) waits() bool { return v.waiting() > 0 }

// waiting returns how many series a store might take, in part or as a whole.
func (v *Vec[M]) waiting() int {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	if v.released || v.unsupported.Load() {
		return 0
	}
	return v.table.kept + int(v.strays.Load())
}

// attach moves all that is in the heap into the registry's store, or as much as
// there is room for.
func (v *Vec[M]) attach() { v.openAll(v.registry.backend()) }

// openAll gives up at the first series that the store does not take as a whole:
// the others would go into the same file.
func (v *Vec[M]) openAll(backend cell.Backend) {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	for _, e := range v.table.order {
		switch {
		case e.dead.Load():
		case e.opened.Load():
			if v.strays.Load() > 0 && !v.settle(e, backend) {
				return
			}
		case v.open(e, backend):
			v.table.kept--
		default:
			return
		}
	}
}

// detach moves all series back to the heap when the store is closed, or takes
// them out of files that it has lost.
func (v *Vec[M]) detach(takeOut bool) {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	v.unsupported.Store(false)
	for _, e := range v.table.order {
		v.leave(e, takeOut)
	}
}

// release takes all series, and those to come, out of the store for good,
// since the registry no longer shows them.
func (v *Vec[M]) release() {
	v.table.mu.Lock()
	defer v.table.mu.Unlock()
	v.released = true
	for _, e := range v.table.order {
		v.close(e, v.registry.backend())
	}
}
