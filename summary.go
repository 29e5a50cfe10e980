package polymeter

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/quantile"
	"polymeter.dev/metric"
)

// SummaryOpts declares a summary or a vector of summaries.
type SummaryOpts struct {
	Name string
	// Help is a sentence for humans.
	Help string
	// Unit is the base unit; when set, it is appended to the name unless the
	// name already ends in it.
	Unit string
	// Labels are the label names of a vector.
	Labels []string
	// Quantiles, each between 0 and 1, are shown as this process sees them
	// over a sliding window; none by default. They cannot be merged, so pages
	// of several processes are without them; where a store's format cannot
	// keep such a summary, its own process shows it. Their values are within
	// 1.1 % of the exact ones.
	Quantiles []float64
	// MaxAge is the length of the window; 0 means 10 minutes.
	MaxAge time.Duration
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

const defaultMaxAge = 10 * time.Minute

// summaryShape is what the series of one summary family share.
type summaryShape struct {
	quantiles []float64 // ascending
	maxAge    time.Duration
}

func (o *SummaryOpts) shape() (*summaryShape, error) {
	s := &summaryShape{quantiles: slices.Sorted(slices.Values(o.Quantiles)), maxAge: o.MaxAge}
	if s.maxAge == 0 {
		s.maxAge = defaultMaxAge
	}
	if s.maxAge < 0 {
		return nil, fmt.Errorf("maximum age %v of quantiles is negative", o.MaxAge)
	}
	for i, q := range s.quantiles {
		if !(q >= 0 && q <= 1) {
			return nil, fmt.Errorf("quantile %v is not between 0 and 1", q)
		}
		if i > 0 && q == s.quantiles[i-1] {
			return nil, fmt.Errorf("quantile %v occurs twice", q)
		}
	}
	return s, nil
}

func (o *SummaryOpts) spec() cell.Spec {
	s := specOf(metric.TypeSummary, o.Name, o.Help, o.Unit, o.Labels)
	s.Quantiles = len(o.Quantiles) > 0
	return s
}

// Summary counts and sums observations, and can show quantiles of the recent
// ones. Its methods may be called concurrently; they do not panic, and block or
// allocate only where quantiles are asked for.
type Summary struct {
	base
	cell   atomic.Pointer[summaryCell]
	window *quantile.Window // nil without quantiles
}

type summaryCell struct {
	whole cell.Whole // the count as a whole number, or
	count cell.Float // as a float
	sum   cell.Float
}

type heapSummary struct {
	summaryCell
	words [2]atomic.Uint64
}

func (s *Summary) init(f *family, _ metric.Labels) {
	s.join(f)
	if len(f.summary.quantiles) > 0 {
		s.window = quantile.NewWindow(f.summary.maxAge)
	}
	s.cell.Store(newHeapSummary())
}

func newHeapSummary() *summaryCell {
	h := new(heapSummary)
	h.whole, h.sum = cell.WholeAt(&h.words[0]), cell.FloatAt(&h.words[1])
	return &h.summaryCell
}

// Observe counts v and adds it to the sum.
func (s *Summary) Observe(v float64) {
	if s.family == nil {
		return
	}
	s.touch()
	if s.window != nil {
		s.window.Observe(v, time.Now())
	}
	for !s.cell.Load().add(1) {
	}
	for !s.cell.Load().sum.Add(v) {
	}
}

func (k *summaryCell) add(n uint64) bool {
	if k.whole.Valid() {
		return k.whole.Add(n)
	}
	return k.count.Add(float64(n))
}

func (k *summaryCell) load() float64 {
	if k.whole.Valid() {
		return float64(k.whole.Load())
	}
	return k.count.Load()
}

func (s *Summary) each(sample *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	s.settled(func() {
		k := s.cell.Load()
		w.summary.Count, w.summary.Sum = k.load(), k.sum.Load()
	})
	w.summary.Quantiles = w.summary.Quantiles[:0]
	if s.window != nil {
		w.summary.Quantiles = s.window.AppendQuantiles(w.summary.Quantiles, s.family.summary.quantiles, time.Now())
	}
	sample.Summary, sample.Start = &w.summary, s.start()
	return visit(sample)
}

// enter switches to the new cells first and then adds what the old ones held, so
// an update meets one or the other, never neither.
func (s *Summary) enter(_ *family, place *cell.Place) bool {
	old := s.cell.Load()
	s.shareStart(place)
	next := &summaryCell{sum: cell.FloatIn(place.Words[1])}
	if place.Whole {
		next.whole = cell.WholeIn(place.Words[0])
	} else {
		next.count = cell.FloatIn(place.Words[0])
	}
	s.cell.Store(next)
	if n := old.whole.Retire(); n > 0 {
		next.add(n)
	}
	if sum := old.sum.Retire(); sum != 0 {
		next.sum.Add(sum)
	}
	return true
}

func (s *Summary) leave(_ *family, takeOut bool) {
	old, kept := s.cell.Load(), newHeapSummary()
	s.cell.Store(kept)
	if old.whole.Valid() {
		kept.add(carriedWhole(old.whole, takeOut))
	} else {
		kept.add(uint64(carriedFloat(old.count, takeOut)))
	}
	kept.sum.Add(carriedFloat(old.sum, takeOut))
}
