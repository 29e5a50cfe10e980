package polymeter

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// NativeOpts describes the native buckets of a histogram.
type NativeOpts struct {
	// Factor is the most by which one bucket bound exceeds the one before;
	// it must be above 1. The coarsest schema that is fine enough is used.
	// 0 means 1.1.
	Factor float64
	// ZeroThreshold is the half-width of the zero bucket; 0 means 2^-128.
	ZeroThreshold float64
	// MaxBuckets is how many buckets one series may fill; beyond it, its
	// resolution is halved, which keeps every count. 0 means 160.
	MaxBuckets int
}

const (
	defaultNativeFactor     = 1.1
	defaultNativeMaxBuckets = 160
	defaultZeroThreshold    = 0x1p-128
)

// nativeShape is what the series of one family with native buckets share.
type nativeShape struct {
	schema     int32
	threshold  float64
	maxBuckets int32
}

func (o *NativeOpts) shape() (*nativeShape, error) {
	s := &nativeShape{threshold: o.ZeroThreshold, maxBuckets: defaultNativeMaxBuckets}
	factor := o.Factor
	if factor == 0 {
		factor = defaultNativeFactor
	}
	if !(factor > 1) || math.IsInf(factor, 1) {
		return nil, fmt.Errorf("native bucket factor %v is not a finite number above 1", o.Factor)
	}
	if s.threshold == 0 {
		s.threshold = defaultZeroThreshold
	}
	if !(s.threshold > 0) || math.IsInf(s.threshold, 1) {
		return nil, fmt.Errorf("native zero threshold %v is not a positive finite number", o.ZeroThreshold)
	}
	if o.MaxBuckets < 0 || o.MaxBuckets > metric.MaxBuckets {
		return nil, fmt.Errorf("native bucket limit %d is not between 0 and %d", o.MaxBuckets, metric.MaxBuckets)
	}
	if o.MaxBuckets > 0 {
		s.maxBuckets = int32(o.MaxBuckets)
	}
	s.schema = schemaFor(factor)
	return s, nil
}

// schemaFor returns the coarsest schema n whose growth 2^(2^-n) is at most
// factor.
func schemaFor(factor float64) int32 {
	for schema := int32(metric.MinSchema); schema < metric.MaxSchema; schema++ {
		if math.Exp2(math.Exp2(-float64(schema))) <= factor {
			return schema
		}
	}
	return metric.MaxSchema
}

// nativeCounts is the native half of one histogram. Updates take no lock unless
// they are the first in a range of buckets. A halved resolution is a new state
// into which the old one is emptied; an update that meets a retired cell is
// repeated on the new state.
type nativeCounts struct {
	shape *nativeShape
	state atomic.Pointer[nativeState]
	nan   atomic.Uint64

	// mu serialises growing, halving and reading, so that a reader never sees
	// counts between two states.
	mu sync.Mutex
}

type nativeState struct {
	schema   int32
	zero     atomic.Uint64
	positive nativeSide
	negative nativeSide
	filled   atomic.Int32 // buckets that are not empty
}

// nativeSide holds the buckets of one sign in chunks, which never move once
// they exist, and a directory of chunks, which is replaced when it grows.
type nativeSide struct {
	directory atomic.Pointer[nativeDirectory]
}

type nativeDirectory struct {
	first  int32 // number of the first chunk
	chunks []*nativeChunk
}

const chunkBits = 4

type nativeChunk [1 << chunkBits]atomic.Uint64

func newNativeCounts(shape *nativeShape) *nativeCounts {
	n := &nativeCounts{shape: shape}
	n.state.Store(&nativeState{schema: shape.schema})
	return n
}

// observe counts v n times.
func (c *nativeCounts) observe(v float64, n uint64) {
	if v != v {
		cell.WholeAt(&c.nan).Add(n)
		return
	}
	for !c.count(c.state.Load(), v, n) {
	}
}

// count reports false when the state has been replaced meanwhile.
func (c *nativeCounts) count(s *nativeState, v float64, n uint64) bool {
	word := c.word(s, v)
	if word == nil {
		return false
	}
	count, counted := cell.WholeAt(word).Increase(n)
	if counted && count == n && word != &s.zero && s.filled.Add(1) > c.shape.maxBuckets {
		c.halve(s)
	}
	return counted
}

// word returns the word that counts v in state s, or nil when it has none and
// the state has been replaced, so that it must not get one any more.
func (c *nativeCounts) word(s *nativeState, v float64) *atomic.Uint64 {
	if math.Abs(v) <= c.shape.threshold {
		return &s.zero
	}
	side := &s.positive
	if v < 0 {
		side = &s.negative
	}
	index := metric.BucketIndex(s.schema, v)
	if word := side.find(index); word != nil {
		return word
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != c.state.Load() {
		return nil
	}
	return side.grow(index)
}

func (s *nativeSide) find(index int32) *atomic.Uint64 {
	d := s.directory.Load()
	if d == nil {
		return nil
	}
	i := index>>chunkBits - d.first
	if i < 0 || int(i) >= len(d.chunks) || d.chunks[i] == nil {
		return nil
	}
	return &d.chunks[i][index&(1<<chunkBits-1)]
}

// grow returns the word for index, in a new chunk if need be. The caller holds
// the lock.
func (s *nativeSide) grow(index int32) *atomic.Uint64 {
	if word := s.find(index); word != nil {
		return word
	}
	number := index >> chunkBits
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
	if next.chunks[number-next.first] == nil {
		next.chunks[number-next.first] = new(nativeChunk)
	}
	s.directory.Store(next)
	return s.find(index)
}

// halve replaces state old by one of a coarser schema, and again if that still
// has too many buckets. At the coarsest schema buckets may exceed the limit.
func (c *nativeCounts) halve(old *nativeState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old == c.state.Load() && old.schema > metric.MinSchema && old.filled.Load() > c.shape.maxBuckets {
		next := &nativeState{schema: old.schema - 1}
		c.state.Store(next)
		cell.WholeAt(&next.zero).Add(retire(&old.zero))
		next.take(&next.positive, &old.positive)
		next.take(&next.negative, &old.negative)
		old = next
	}
}

// take empties one side of a state of the next finer schema into to.
func (s *nativeState) take(to, from *nativeSide) {
	d := from.directory.Load()
	if d == nil {
		return
	}
	for i, chunk := range d.chunks {
		if chunk == nil {
			continue
		}
		for j := range chunk {
			n := retire(&chunk[j])
			if n == 0 {
				continue
			}
			index := (d.first+int32(i))<<chunkBits + int32(j)
			if sum, _ := cell.WholeAt(to.grow((index-1)>>1 + 1)).Increase(n); sum == n {
				s.filled.Add(1)
			}
		}
	}
}

func retire(word *atomic.Uint64) uint64 { return cell.WholeAt(word).Retire() }

// fill completes the workspace's histogram with the native buckets, and makes
// the classic ones, if any, agree with their count: observations that have
// reached the native buckets but not yet a classic one count as above all
// bounds for now. Only a store that went on from values of an earlier process
// can leave more in the classic buckets; then they are shown alone.
func (c *nativeCounts) fill(w *workspace) {
	c.mu.Lock()
	s := c.state.Load()
	h := &w.native
	h.Schema, h.ZeroThreshold = s.schema, c.shape.threshold
	h.ZeroCount = float64(cell.WholeAt(&s.zero).Load())
	h.Count = h.ZeroCount + float64(cell.WholeAt(&c.nan).Load())
	h.PositiveSpans, h.PositiveCounts = s.positive.appendTo(h.PositiveSpans, h.PositiveCounts, &h.Count)
	h.NegativeSpans, h.NegativeCounts = s.negative.appendTo(h.NegativeSpans, h.NegativeCounts, &h.Count)
	c.mu.Unlock()
	if h.Count < w.histogram.Count {
		return
	}
	h.Sum = w.histogram.Sum
	w.histogram.Native, w.histogram.Count = h, h.Count
	if n := len(w.histogram.Buckets); n > 0 {
		w.histogram.Buckets[n-1].Count = h.Count
	}
}

func (s *nativeSide) appendTo(spans []metric.BucketSpan, counts []float64, total *float64) ([]metric.BucketSpan, []float64) {
	b := metric.NativeBuckets{Spans: spans[:0], Counts: counts[:0]}
	d := s.directory.Load()
	if d == nil {
		return b.Spans, b.Counts
	}
	for i, chunk := range d.chunks {
		if chunk == nil {
			continue
		}
		for j := range chunk {
			if n := cell.WholeAt(&chunk[j]).Load(); n > 0 {
				b.Append((d.first+int32(i))<<chunkBits+int32(j), float64(n))
				*total += float64(n)
			}
		}
	}
	return b.Spans, b.Counts
}
