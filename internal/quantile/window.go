// Package quantile estimates quantiles of recent observations.
//
// Observations are counted in exponential buckets whose bounds grow by
// 2^(1/32), so that an estimate is within 1.1 % of an observation that has the
// rank asked for, whatever the distribution, and counting one costs no sorting.
package quantile

import (
	"math"
	"sync"
	"time"

	"polymeter.dev/metric"
)

const (
	// schema gives buckets of a width of 2.2 %.
	schema = 5
	// slices is how many parts of the window there are; the oldest is let go
	// when a new one begins.
	slices = 5
	// smallest is the magnitude below which an observation counts as zero.
	smallest = 0x1p-128
)

// Window counts observations and forgets them when they are older than its
// length. It may be used concurrently.
type Window struct {
	slice time.Duration

	mu     sync.Mutex
	parts  [slices]part
	newest int
	until  time.Time // when the newest part ends
}

// part counts the observations of one stretch of time.
type part struct {
	zero               uint64
	positive, negative side
}

// side counts observations of one sign, by bucket index from first on.
type side struct {
	first  int32
	counts []uint64
}

// NewWindow returns a window that looks back by maxAge.
func NewWindow(maxAge time.Duration) *Window {
	return &Window{slice: max(maxAge/slices, 1)}
}

// Observe counts v at the given time. NaN is not counted.
func (w *Window) Observe(v float64, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turn(now)
	p := &w.parts[w.newest]
	switch {
	case v > smallest:
		p.positive.add(metric.BucketIndex(schema, v))
	case v < -smallest:
		p.negative.add(metric.BucketIndex(schema, v))
	case v == v:
		p.zero++
	}
}

// turn begins new parts as time passes.
func (w *Window) turn(now time.Time) {
	if w.until.IsZero() {
		w.until = now.Add(w.slice)
	}
	for turned := 0; !now.Before(w.until); turned++ {
		if turned == slices { // all is forgotten; skip the time between
			w.until = now.Add(w.slice)
			return
		}
		w.newest = (w.newest + 1) % slices
		w.parts[w.newest].clear()
		w.until = w.until.Add(w.slice)
	}
}

func (p *part) clear() {
	p.zero = 0
	clear(p.positive.counts)
	clear(p.negative.counts)
}

func (s *side) add(index int32) {
	s.cover(index)
	s.counts[index-s.first]++
}

// cover makes room for index. Memory is bounded by the range of float64: some
// 67,000 buckets, of which a real metric needs a few hundred.
func (s *side) cover(index int32) {
	if len(s.counts) == 0 {
		s.first, s.counts = index, append(s.counts, 0)
		return
	}
	if missing := int(s.first) - int(index); missing > 0 {
		grown := make([]uint64, missing+len(s.counts))
		copy(grown[missing:], s.counts)
		s.first, s.counts = index, grown
	}
	for int(index-s.first) >= len(s.counts) {
		s.counts = append(s.counts, 0)
	}
}

// AppendQuantiles appends the estimates of the given quantiles, which ascend,
// over the window that ends now. Without observations they are NaN.
func (w *Window) AppendQuantiles(dst []metric.Quantile, quantiles []float64, now time.Time) []metric.Quantile {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turn(now)
	total := w.total()
	for _, q := range quantiles {
		value := math.NaN()
		if total > 0 {
			value = w.value(max(uint64(math.Ceil(q*float64(total))), 1))
		}
		dst = append(dst, metric.Quantile{Quantile: q, Value: value})
	}
	return dst
}

func (w *Window) total() uint64 {
	var n uint64
	for i := range w.parts {
		p := &w.parts[i]
		n += p.zero
		for _, c := range p.positive.counts {
			n += c
		}
		for _, c := range p.negative.counts {
			n += c
		}
	}
	return n
}

// value returns the estimate of the rank-th smallest observation, counted from
// 1.
func (w *Window) value(rank uint64) float64 {
	low, high := w.span(func(p *part) *side { return &p.negative })
	for i := high; i >= low; i-- { // the largest magnitude is the smallest value
		n := w.at(func(p *part) *side { return &p.negative }, i)
		if n >= rank {
			return -middle(i)
		}
		rank -= n
	}
	for i := range w.parts {
		zero := w.parts[i].zero
		if zero >= rank {
			return 0
		}
		rank -= zero
	}
	low, high = w.span(func(p *part) *side { return &p.positive })
	for i := low; i < high; i++ {
		n := w.at(func(p *part) *side { return &p.positive }, i)
		if n >= rank {
			return middle(i)
		}
		rank -= n
	}
	return middle(high)
}

// span returns the lowest and highest index of a sign over all parts.
func (w *Window) span(of func(*part) *side) (low, high int32) {
	low, high = math.MaxInt32, math.MinInt32
	for i := range w.parts {
		if s := of(&w.parts[i]); len(s.counts) > 0 {
			low = min(low, s.first)
			high = max(high, s.first+int32(len(s.counts))-1)
		}
	}
	return low, high
}

func (w *Window) at(of func(*part) *side, index int32) uint64 {
	var n uint64
	for i := range w.parts {
		s := of(&w.parts[i])
		if j := int64(index) - int64(s.first); j >= 0 && j < int64(len(s.counts)) {
			n += s.counts[j]
		}
	}
	return n
}

// middle returns the value that is off by the same factor from both bounds of
// the bucket.
func middle(index int32) float64 {
	lower, upper := metric.BucketBound(schema, index-1), metric.BucketBound(schema, index)
	if math.IsInf(upper, 1) {
		return upper
	}
	return math.Sqrt(lower) * math.Sqrt(upper)
}
