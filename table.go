package polymeter

import (
	"hash/maphash"
	"math/bits"
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
// allocate nothing; changes are serialised by the table's mutex, and copy the
// slots only as often as they double.
type table[M any] struct {
	slots atomic.Pointer[slots[series[M]]]

	mu sync.Mutex
	// order holds the living series as they were made. It is append-only
	// between deletions, which replace it, so a scrape may walk what it
	// loaded without the lock.
	order []*series[M]
	used  int // slots that are filled, with dead series too
}

// series is one child of a family: the instrument and what identifies it.
type series[M any] struct {
	hash   uint64
	values []string
	labels metric.Labels
	start  metric.Timestamp
	// dead says that the series was deleted: it is no longer shown, and
	// updates through handles that are still around lead nowhere.
	dead atomic.Bool
	// opened says that the series' values are in the registry's store.
	opened atomic.Bool
	metric M
}

var hashSeed = maphash.MakeSeed()

// hashValues mixes the hashes of the values; their order matters.
func hashValues(values []string) uint64 {
	h := uint64(len(values))
	for _, v := range values {
		h = (bits.RotateLeft64(h, 23) ^ maphash.String(hashSeed, v)) * 0x9E3779B97F4A7C15
	}
	return h ^ h>>32
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
	s := t.slots.Load()
	if s == nil || s.full(t.used) {
		s = newSlots[series[M]](2 * (len(t.order) + 1))
		for _, living := range t.order {
			s.put(living.hash, living)
		}
		t.used = len(t.order)
		t.slots.Store(s)
	}
	t.order = append(t.order, e)
	t.used++
	s.put(e.hash, e)
}

// removeIf takes out every series for which match is true and returns them.
// The caller holds mu.
func (t *table[M]) removeIf(match func(*series[M]) bool) []*series[M] {
	var kept, removed []*series[M]
	for _, e := range t.order {
		if match(e) {
			e.dead.Store(true)
			removed = append(removed, e)
		} else {
			kept = append(kept, e)
		}
	}
	if len(removed) > 0 {
		t.order = kept
	}
	return removed
}

// snapshot returns the living series, in the order they were made.
func (t *table[M]) snapshot() []*series[M] {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.order
}
