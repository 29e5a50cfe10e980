package polymeter

import (
	"sync"
	"sync/atomic"

	"polymeter.dev/metric"
)

// slots is a hash table with open addressing that is read without a lock. Slots
// are only ever filled or replaced, never emptied, so that a reader sees a
// consistent chain at any instant.
type slots[E any] struct {
	mask    uint64
	entries []atomic.Pointer[E]
}

const minSlots = 8

// newSlots returns empty slots with room for n entries.
func newSlots[E any](n int) *slots[E] {
	size := minSlots
	for size*3 < n*4 {
		size *= 2
	}
	return &slots[E]{mask: uint64(size - 1), entries: make([]atomic.Pointer[E], size)}
}

// full reports whether one more than used entries would make chains long.
func (s *slots[E]) full(used int) bool { return (used+1)*4 > len(s.entries)*3 }

func (s *slots[E]) put(hash uint64, e *E) {
	i := hash & s.mask
	for s.entries[i].Load() != nil {
		i = (i + 1) & s.mask
	}
	s.entries[i].Store(e)
}

// table finds the series of a family by label values. Look-ups take no lock and
// allocate nothing; changes are serialised by the table's mutex, and make all
// anew only as often as the number of series doubles or halves.
type table[M any] struct {
	hasher hasher
	slots  atomic.Pointer[slots[series[M]]]

	mu sync.Mutex
	// order holds the series as they were made, and deleted ones until they
	// are half of it. It is only appended to or replaced, so a scrape may walk
	// what it loaded without the lock.
	order []*series[M]
	dead  int // deleted series in order
	used  int // slots that are filled, with deleted series too
	kept  int // living series that are not in the registry's store
}

// series is one child of a family: the instrument and what identifies it.
type series[M any] struct {
	hash   uint64
	values []string
	labels metric.Labels
	// dead says that the series was deleted: it is no longer shown, and
	// updates through handles that are still around lead nowhere.
	dead atomic.Bool
	// opened says that the series' values are in the registry's store.
	opened atomic.Bool
	metric M
}

// find returns the living series with these values, or nil.
func (t *table[M]) find(hash uint64, values []string) *series[M] {
	s := t.slots.Load()
	if s == nil {
		return nil
	}
	for i := hash & s.mask; ; i = (i + 1) & s.mask {
		e := s.entries[i].Load()
		if e == nil {
			return nil
		}
		if e.hash == hash && equalValues(e.values, values) && !e.dead.Load() {
			return e
		}
	}
}

func equalValues(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// add puts e into the table. The caller holds mu and has seen that e's values
// are not in it.
func (t *table[M]) add(e *series[M]) {
	if s := t.slots.Load(); s == nil || s.full(t.used) {
		t.rebuild()
	}
	t.order = append(t.order, e)
	t.used++
	if !e.opened.Load() {
		t.kept++
	}
	t.slots.Load().put(e.hash, e)
}

// remove takes a living series out. The caller holds mu. Its memory is let go
// when half of the series are deleted, so that deleting all of them one by one
// takes linear time.
func (t *table[M]) remove(e *series[M]) {
	e.dead.Store(true)
	t.dead++
	if !e.opened.Load() {
		t.kept--
	}
	if t.dead*2 > len(t.order) {
		t.rebuild()
	}
}

// rebuild makes order and slots anew, without deleted series and with room for
// as many again as are left. The caller holds mu.
func (t *table[M]) rebuild() {
	s := newSlots[series[M]](2 * (t.len() + 1))
	living := make([]*series[M], 0, 2*(t.len()+1))
	for _, e := range t.order {
		if !e.dead.Load() {
			living = append(living, e)
			s.put(e.hash, e)
		}
	}
	t.order, t.dead, t.used = living, 0, len(living)
	t.slots.Store(s)
}

// len returns the number of living series. The caller holds mu.
func (t *table[M]) len() int { return len(t.order) - t.dead }

// snapshot returns the series in the order they were made, and possibly deleted
// ones among them.
func (t *table[M]) snapshot() []*series[M] {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.order
}

// inHeap returns the living series that are not in the registry's store, and
// possibly deleted ones among them. The caller holds mu.
func (t *table[M]) inHeap() []*series[M] {
	if t.kept == t.len() {
		return t.order
	}
	kept := make([]*series[M], 0, t.kept)
	for _, e := range t.order {
		if !e.dead.Load() && !e.opened.Load() {
			kept = append(kept, e)
		}
	}
	return kept
}

// divided returns the living series of which a part is not in the registry's
// store. The caller holds mu.
func (t *table[M]) divided() []*series[M] {
	var divided []*series[M]
	for _, e := range t.order {
		if !e.dead.Load() && e.opened.Load() && kind(&e.metric).strays() {
			divided = append(divided, e)
		}
	}
	return divided
}
