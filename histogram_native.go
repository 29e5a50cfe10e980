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
// they are the first in a range of buckets. A halved resolution is a new state; an
// update that meets a retired cell is repeated on the state of then.
type nativeCounts struct {
	shape *nativeShape
	state atomic.Pointer[nativeState]

	// mu serialises growing, halving, moving and reading, so that a reader
	// never sees counts between two states.
	mu     sync.Mutex
	missed []strayChunk  // what the store had no room for
	strays *atomic.Int64 // how many of these the family has
}

// nativeState is where observations of one resolution count.
type nativeState struct {
	nativeHome
	schema   int32
	positive nativeSide
	negative nativeSide
	filled   atomic.Int32 // buckets that are not empty, here or in older states
	// older is the state before, which in a store keeps what it has, and what
	// updates under way add to it; covered are the buckets that this fills.
	older   *nativeState
	covered map[nativeBucket]bool
}

// nativeHome is what the states of a histogram share until it moves: the words
// that do not depend on the resolution, and where chunks come from.
type nativeHome struct {
	zero, nan *atomic.Uint64
	annex     cell.Annex // nil in the heap
}

// nativeBucket names one bucket at a given resolution.
type nativeBucket struct {
	negative bool
	index    int32
}

// nativeSide holds the buckets of one sign in chunks and a directory of chunks,
// which is replaced when it grows. Chunks never move, except out of the heap
// when the store has room for them.
type nativeSide struct {
	directory atomic.Pointer[nativeDirectory]
}

type nativeDirectory struct {
	first  int32 // number of the first chunk
	chunks []*nativeChunk
}

// chunkBits is how many bits of a bucket's index say where in its chunk it is.
const chunkBits = 4

type nativeChunk [cell.ChunkSize]atomic.Uint64

var _ nativeChunk = [1 << chunkBits]atomic.Uint64{}

func newNativeCounts(shape *nativeShape, strays *atomic.Int64) *nativeCounts {
	c := &nativeCounts{shape: shape, strays: strays}
	c.state.Store(newHeapState(shape.schema))
	return c
}

func newHeapState(schema int32) *nativeState {
	words := new([2]atomic.Uint64)
	return &nativeState{nativeHome: nativeHome{zero: &words[0], nan: &words[1]}, schema: schema}
}

// observe counts v n times.
func (c *nativeCounts) observe(v float64, n uint64) {
	if v != v {
		for !cell.WholeAt(c.state.Load().nan).Add(n) {
		}
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
	if counted && count == n && word != s.zero {
		c.fills(s, v)
	}
	return counted
}

// fills notes that the bucket of v is no longer empty.
//
//go:noinline
func (c *nativeCounts) fills(s *nativeState, v float64) {
	if s.covered != nil && s.covered[nativeBucket{v < 0, metric.BucketIndex(s.schema, v)}] {
		return // but was not before either
	}
	if s.filled.Add(1) > c.shape.maxBuckets {
		c.halve(s)
	}
}

// word returns the word that counts v in state s, or nil when it has none and
// the state has been replaced, so that it must not get one any more.
func (c *nativeCounts) word(s *nativeState, v float64) *atomic.Uint64 {
	if math.Abs(v) <= c.shape.threshold {
		return s.zero
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
	return c.grow(s, nativeBucket{v < 0, index})
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
	return &d.chunks[i][index&(cell.ChunkSize-1)]
}
