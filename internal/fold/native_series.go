package fold

import (
	"maps"
	"slices"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/exact"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// The states of a series; a higher one is the time of its deletion.
const (
	stateCounts = 0
	stateReset  = 1
)

// series is the sum of series with the same labels.
type series struct {
	payload []byte
	// start is the earliest of the starts that are known, floor the latest
	// moment before which no start may be; zero when there is none.
	start, floor int64
	// counting is false when all that is known is the floor, or the gauge.
	counting bool
	counts   tally
	sum      exact.Sum
	chunks   map[place]*tally
	// exemplars are the newest, by slot.
	exemplars map[uint32]metric.Exemplar
	gauge     *gauge
}

// tally is some counts, of which either all are whole or all are floats.
type tally struct {
	whole  []uint64
	floats []exact.Sum
}

func (t *tally) len() int { return max(len(t.whole), len(t.floats)) }

// reserve makes it n counts, if it has none yet.
func (t *tally) reserve(n int, floats bool) {
	switch {
	case t.len() > 0:
	case floats:
		t.floats = make([]exact.Sum, n)
	default:
		t.whole = make([]uint64, n)
	}
}

// add adds the word of a count. Whole ones stop at the highest, as cells do; a
// float that cannot be a count is left out.
func (t *tally) add(i int, word uint64) {
	if t.whole != nil {
		t.whole[i] = min(t.whole[i]+whole(word), cell.MaxWhole)
		return
	}
	if v := pmfile.Count(word); v > 0 {
		t.floats[i].Add(v)
	}
}

// addAll adds the cells of a chunk.
func (t *tally) addAll(c *content, cells int) {
	for i := range pmfile.ChunkCells {
		t.add(i, c.word(cells+i*wordSize))
	}
}

// chunk returns the counts of some native buckets.
func (s *series) chunk(p place, floats bool) *tally {
	t := s.chunks[p]
	if t == nil {
		if s.chunks == nil {
			s.chunks = map[place]*tally{}
		}
		t = new(tally)
		t.reserve(pmfile.ChunkCells, floats)
		s.chunks[p] = t
	}
	return t
}

// places returns the places of all chunks, in the same order each time.
func (s *series) places() []place {
	return slices.SortedFunc(maps.Keys(s.chunks), func(a, b place) int {
		switch {
		case a.schema != b.schema:
			return int(a.schema) - int(b.schema)
		case a.negative != b.negative:
			if b.negative {
				return -1
			}
			return 1
		case a.number < b.number:
			return -1
		case a.number > b.number:
			return 1
		}
		return 0
	})
}

// maxExemplars bounds what damaged or odd files can make of a series: there is
// no sense in more than one exemplar a bucket, and some for native ones.
func (f *family) maxExemplars() int { return len(f.Bounds) + pmfile.ChunkCells }

// keepExemplar keeps an exemplar if it is the newest in its slot.
func (s *series) keepExemplar(c *content, from exemplar, limit int) {
	e, ok := pmfile.ReadExemplar(c.word, from.offset, from.count)
	if !ok {
		return
	}
	before, taken := s.exemplars[from.slot]
	if taken && !e.Timestamp.After(before.Timestamp) || !taken && len(s.exemplars) >= limit {
		return
	}
	if s.exemplars == nil {
		s.exemplars = map[uint32]metric.Exemplar{}
	}
	s.exemplars[from.slot] = e
}
