package polymeter

import (
	"slices"
	"sync/atomic"

	"polymeter.dev/internal/cell"
)

// moveIn leads updates to the store and takes what is in the heap there.
func (c *nativeCounts) moveIn(zero, nan *atomic.Uint64, annex cell.Annex) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.state.Load()
	next := &nativeState{nativeHome: nativeHome{zero, nan, annex}, schema: old.schema}
	for _, word := range []*atomic.Uint64{zero, nan} {
		cell.WholeIn(word)
	}
	c.state.Store(next)
	cell.WholeAt(zero).Add(retire(old.zero))
	cell.WholeAt(nan).Add(retire(old.nan))
	c.carry(next, old, false)
}

// moveBack leads updates to the heap, if they are not there, and takes along
// what all states in the store have, and out of it if told to.
func (c *nativeCounts) moveBack(takeOut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.state.Load()
	if old.annex == nil {
		return
	}
	next := newHeapState(old.schema)
	c.state.Store(next)
	cell.WholeAt(next.zero).Add(carriedWhole(cell.WholeAt(old.zero), takeOut))
	cell.WholeAt(next.nan).Add(carriedWhole(cell.WholeAt(old.nan), takeOut))
	for s := old; s != nil; s = s.older {
		c.carry(next, s, takeOut)
	}
	c.strays.Add(-int64(len(c.missed)))
	c.missed = nil
}

func (c *nativeCounts) hasStrays() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.missed) > 0
}

func (c *nativeCounts) isStray(chunk *nativeChunk) bool {
	return slices.ContainsFunc(c.missed, func(s strayChunk) bool { return s.chunk == chunk })
}

// settle moves stray chunks into the store until that has no room, and reports
// whether all are there.
func (c *nativeCounts) settle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.missed) > 0 {
		last := len(c.missed) - 1
		if !c.missed[last].settle() {
			return false
		}
		c.missed = c.missed[:last]
		c.strays.Add(-1)
	}
	return true
}

// settle switches to a chunk in the store first and then adds what the old one
// held, so an update meets one or the other, never neither.
func (s *strayChunk) settle() bool {
	chunk := s.state.newChunk(s.state.schema, s.number, s.negative)
	if chunk == nil {
		return false
	}
	s.state.side(s.negative).put(s.number, chunk)
	for i := range chunk {
		n := retire(&s.chunk[i])
		if n == 0 {
			continue
		}
		if sum, _ := cell.WholeAt(&chunk[i]).Increase(n); sum != n {
			s.state.filled.Add(-1) // the update that came first noted the bucket again
		}
	}
	return true
}
