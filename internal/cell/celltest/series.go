package celltest

import (
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// Series is what a [Store] keeps of one series.
type Series struct {
	Spec   *cell.Spec
	Values []string
	Place  cell.Place

	store     *Store // its lock guards what follows
	removed   bool
	chunks    []*chunk
	exemplars map[int]metric.Exemplar
	text      *metric.Labels
	resets    int
}

type chunk struct {
	schema, number int32
	negative       bool
	words          [cell.ChunkSize]atomic.Uint64
}

// Removed reports whether the series was removed.
func (e *Series) Removed() bool {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	return e.removed
}

// Float returns the word with this number as a float64.
func (e *Series) Float(i int) float64 { return math.Float64frombits(e.Place.Words[i].Load()) }

// Count returns the word with this number as a count.
func (e *Series) Count(i int) float64 {
	if e.Place.Whole {
		return float64(e.Place.Words[i].Load())
	}
	return e.Float(i)
}

// Exemplars returns the exemplars by their slots.
func (e *Series) Exemplars() map[int]metric.Exemplar {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	return maps.Clone(e.exemplars)
}

// Text returns the further labels of an info; false means that nobody has said
// what they are.
func (e *Series) Text() (metric.Labels, bool) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if e.text == nil {
		return metric.Labels{}, false
	}
	return *e.text, true
}

// Resets returns how often the series was reset.
func (e *Series) Resets() int {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	return e.resets
}

// Schemas returns the schema of each chunk of native buckets.
func (e *Series) Schemas() []int32 {
	var all []int32
	for _, c := range e.allChunks() {
		all = append(all, c.schema)
	}
	return all
}

// Native adds up the native buckets of all schemas, at the coarsest, like a merge
// does.
func (e *Series) Native() *metric.NativeHistogram {
	n := len(e.Spec.Bounds)
	h := &metric.NativeHistogram{Schema: metric.MaxSchema, ZeroThreshold: e.Spec.ZeroThreshold, ZeroCount: e.Count(n + 1)}
	h.Count = h.ZeroCount + e.Count(n+2)
	chunks := e.allChunks()
	for _, c := range chunks {
		h.Schema = min(h.Schema, c.schema)
	}
	positive, negative := make(map[int32]float64), make(map[int32]float64)
	for _, c := range chunks {
		side := positive
		if c.negative {
			side = negative
		}
		for i := range c.words {
			count := float64(c.words[i].Load())
			index := (c.number*cell.ChunkSize+int32(i)-1)>>(c.schema-h.Schema) + 1
			side[index] += count
			h.Count += count
		}
	}
	h.PositiveSpans, h.PositiveCounts = ascending(positive)
	h.NegativeSpans, h.NegativeCounts = ascending(negative)
	return h
}

func ascending(counts map[int32]float64) ([]metric.BucketSpan, []float64) {
	var b metric.NativeBuckets
	for _, index := range slices.Sorted(maps.Keys(counts)) {
		b.Append(index, counts[index])
	}
	return b.Spans, b.Counts
}

// Retired reports whether a word of a histogram has the mark of a retired cell,
// which must not be in a file.
func (e *Series) Retired() bool {
	var mark atomic.Uint64
	cell.FloatAt(&mark).Retire()
	for i, word := range e.Place.Words {
		whole := e.Place.Whole && i != len(e.Spec.Bounds) // all but the sum
		if v := word.Load(); whole && v > cell.MaxWhole || !whole && v == mark.Load() {
			return true
		}
	}
	return slices.ContainsFunc(e.allChunks(), func(c *chunk) bool {
		for i := range c.words {
			if c.words[i].Load() > cell.MaxWhole {
				return true
			}
		}
		return false
	})
}

func (e *Series) allChunks() []*chunk {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	return slices.Clone(e.chunks)
}

// annex is a series as its instrument sees it.
type annex Series

// Chunk implements [cell.Annex].
func (e *annex) Chunk(schema, number int32, negative bool) ([]atomic.Uint64, error) {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	for _, c := range e.chunks {
		if c.schema == schema && c.number == number && c.negative == negative {
			return c.words[:], nil
		}
	}
	if err := e.take(); err != nil {
		return nil, err
	}
	c := &chunk{schema: schema, number: number, negative: negative}
	e.chunks = append(e.chunks, c)
	return c.words[:], nil
}

// Exemplar implements [cell.Annex].
func (e *annex) Exemplar(slot int, x *metric.Exemplar) error {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if err := e.take(); err != nil {
		return err
	}
	if e.exemplars == nil {
		e.exemplars = make(map[int]metric.Exemplar)
	}
	e.exemplars[slot] = *x
	return nil
}

// Text implements [cell.Annex].
func (e *annex) Text(text metric.Labels) error {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if err := e.take(); err != nil {
		return err
	}
	e.text = &text
	return nil
}

// Reset implements [cell.Annex].
func (e *annex) Reset(start int64) error {
	e.store.mu.Lock()
	defer e.store.mu.Unlock()
	if e.removed || e.store.closed {
		return cell.ErrClosed
	}
	e.Place.Start.Store(uint64(start))
	e.exemplars = nil
	e.resets++
	return nil
}

// take takes room for one piece. The caller holds the lock.
func (e *annex) take() error {
	if e.removed {
		return cell.ErrClosed
	}
	return e.store.take()
}
