package polymeter

import (
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// strayChunk is a chunk that belongs into the store but is in the heap.
type strayChunk struct {
	state    *nativeState
	negative bool
	number   int32
	chunk    *nativeChunk
}

func (s *nativeState) side(negative bool) *nativeSide {
	if negative {
		return &s.negative
	}
	return &s.positive
}

// chunks calls visit for each chunk, in ascending order on either side.
func (s *nativeState) chunks(visit func(negative bool, number int32, chunk *nativeChunk)) {
	for _, negative := range []bool{false, true} {
		d := s.side(negative).directory.Load()
		if d == nil {
			continue
		}
		for i, chunk := range d.chunks {
			if chunk != nil {
				visit(negative, d.first+int32(i), chunk)
			}
		}
	}
}

// grow returns the word for a bucket, in a new chunk if need be. The caller holds
// the lock.
func (c *nativeCounts) grow(s *nativeState, b nativeBucket) *atomic.Uint64 {
	side := s.side(b.negative)
	if word := side.find(b.index); word != nil {
		return word
	}
	number := b.index >> chunkBits
	chunk := s.newChunk(s.schema, number, b.negative)
	if chunk == nil {
		chunk = new(nativeChunk)
		c.missed = append(c.missed, strayChunk{s, b.negative, number, chunk})
		c.strays.Add(1)
	}
	side.put(number, chunk)
	return side.find(b.index)
}

// newChunk returns a chunk where the state belongs, or nil when the store has no
// room.
func (h *nativeHome) newChunk(schema, number int32, negative bool) *nativeChunk {
	if h.annex == nil {
		return new(nativeChunk)
	}
	words, err := h.annex.Chunk(schema, number, negative)
	if err != nil || len(words) < cell.ChunkSize {
		return nil
	}
	for i := range words {
		cell.WholeIn(&words[i])
	}
	return (*nativeChunk)(words)
}

// put makes a chunk the one with this number.
func (s *nativeSide) put(number int32, chunk *nativeChunk) {
	next := &nativeDirectory{first: number}
	last := number
	if d := s.directory.Load(); d != nil {
		next.first = min(number, d.first)
		last = max(number, d.first+int32(len(d.chunks))-1)
		next.chunks = make([]*nativeChunk, last-next.first+1)
		copy(next.chunks[d.first-next.first:], d.chunks)
	} else {
		next.chunks = make([]*nativeChunk, 1)
	}
	next.chunks[number-next.first] = chunk
	s.directory.Store(next)
}

// halve replaces state old by one of a coarser schema, and again if that still
// has too many buckets. At the coarsest schema buckets may exceed the limit.
func (c *nativeCounts) halve(old *nativeState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old == c.state.Load() && old.schema > metric.MinSchema && old.filled.Load() > c.shape.maxBuckets {
		next := &nativeState{nativeHome: old.nativeHome, schema: old.schema - 1}
		if old.annex != nil {
			next.succeed(old)
			c.state.Store(next)
		} else {
			c.state.Store(next)
			c.carry(next, old, false)
		}
		old = next
	}
}

// succeed leaves old what it has: other processes see counts where they are, and
// one that is on its way between two places would be missing there, or twice.
func (s *nativeState) succeed(old *nativeState) {
	s.older, s.covered = old, make(map[nativeBucket]bool)
	for ; old != nil; old = old.older {
		old.each(s.schema, func(b nativeBucket, _ uint64) { s.covered[b] = true })
	}
	s.filled.Store(int32(len(s.covered)))
}

// each calls visit for the buckets that are not empty, at a coarser schema.
func (s *nativeState) each(schema int32, visit func(b nativeBucket, n uint64)) {
	s.chunks(func(negative bool, number int32, chunk *nativeChunk) {
		for i := range chunk {
			if n := cell.WholeAt(&chunk[i]).Load(); n > 0 {
				visit(nativeBucket{negative, coarser(number, i, s.schema-schema)}, n)
			}
		}
	})
}

// coarser returns the index of the bucket that takes in the i-th one of a chunk
// when the schema is lowered by some steps.
func coarser(number int32, i int, steps int32) int32 {
	return (number<<chunkBits+int32(i)-1)>>steps + 1
}

// carry adds what one state has to another of the same or a coarser schema. Words
// in the heap give up what they have; those in a store keep it unless it is to be
// taken out. The caller holds the lock.
func (c *nativeCounts) carry(to, from *nativeState, takeOut bool) {
	from.chunks(func(negative bool, number int32, chunk *nativeChunk) {
		stored := from.annex != nil && !c.isStray(chunk)
		for i := range chunk {
			n := uint64(0)
			if word := cell.WholeAt(&chunk[i]); stored {
				n = carriedWhole(word, takeOut)
			} else {
				n = word.Retire()
			}
			if n == 0 {
				continue
			}
			word := c.grow(to, nativeBucket{negative, coarser(number, i, from.schema-to.schema)})
			if sum, _ := cell.WholeAt(word).Increase(n); sum == n {
				to.filled.Add(1)
			}
		}
	})
}

func retire(word *atomic.Uint64) uint64 { return cell.WholeAt(word).Retire() }

func load(word *atomic.Uint64) uint64 { return cell.WholeAt(word).Load() }
