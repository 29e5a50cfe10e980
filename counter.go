package polymeter

import (
	"context"
	"math"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// CounterOpts declares a counter or a vector of counters.
type CounterOpts struct {
	// Name, with or without the suffix _total.
	Name string
	// Help is a sentence for humans.
	Help string
	// Unit is the base unit; when set, it is appended to the name unless the
	// name already ends in it.
	Unit string
	// Labels are the label names of a vector.
	Labels []string
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

func (o *CounterOpts) spec() cell.Spec {
	return specOf(metric.TypeCounter, o.Name, o.Help, o.Unit, o.Labels)
}

// Counter is a value that only goes up. Its methods may be called concurrently;
// they neither block, allocate nor panic.
type Counter struct {
	base
	cell     atomic.Pointer[counterCell]
	exemplar atomic.Pointer[metric.Exemplar]
}

// counterCell is where a counter counts. Whole numbers have a cell of their own,
// since adding to an integer is one instruction and adding to a float a loop;
// a store whose format knows only floats leaves it out.
type counterCell struct {
	whole cell.Whole
	part  cell.Float
}

type heapCounter struct {
	counterCell
	words [2]atomic.Uint64
}

func (c *Counter) init(f *family, _ metric.Labels) {
	c.join(f)
	c.cell.Store(newHeapCounter())
}

func newHeapCounter() *counterCell {
	h := new(heapCounter)
	h.whole, h.part = cell.WholeAt(&h.words[0]), cell.FloatAt(&h.words[1])
	return &h.counterCell
}

// Inc adds 1.
func (c *Counter) Inc() {
	c.touch()
	for {
		k := c.cell.Load()
		if k == nil {
			return
		}
		if k.whole.Valid() {
			if k.whole.Add(1) {
				return
			}
		} else if k.part.Add(1) {
			return
		}
	}
}

// Add adds v. A negative v or NaN is not added: the rejection is counted and
// reported to the registry's OnError.
func (c *Counter) Add(v float64) {
	if !(v >= 0) {
		c.reject(v)
		return
	}
	c.touch()
	for {
		k := c.cell.Load()
		if k == nil || k.add(v) {
			return
		}
	}
}

// add reports false when the cell has been retired meanwhile.
func (k *counterCell) add(v float64) bool {
	if n := uint64(v); v < 1<<53 && float64(n) == v && k.whole.Valid() {
		return k.whole.Add(n)
	}
	return k.part.Add(v)
}

func (c *Counter) reject(v float64) {
	c.family.reject(rejectNegative, "counter cannot be increased by %v", v)
}

// AddWithExemplar adds v and remembers the labels, with v and the current time,
// as the counter's exemplar. Labels that break OpenMetrics' limit of 128 code
// points are counted and reported; v is added all the same.
func (c *Counter) AddWithExemplar(v float64, labels metric.Labels) {
	c.Add(v)
	if v >= 0 {
		c.family.storeExemplar(&c.exemplar, v, labels)
	}
}

// AddContext is Add with the exemplar that the registry's ExemplarFromContext
// finds in ctx, if any.
func (c *Counter) AddContext(ctx context.Context, v float64) {
	if labels, found := c.family.exemplarFrom(ctx); found {
		c.AddWithExemplar(v, labels)
		return
	}
	c.Add(v)
}

// Reset makes the value zero, from where it starts anew. In a store, the merged
// total falls by what this process has counted. A scraper takes this for a
// restart, as it takes any counter that falls.
func (c *Counter) Reset() {
	for {
		k := c.cell.Load()
		if k == nil {
			return
		}
		if (!k.whole.Valid() || k.whole.Clear()) && k.part.Set(0) {
			break
		}
	}
	c.exemplar.Store(nil)
	c.begin()
}

// Value returns the current value as this process counts it.
func (c *Counter) Value() float64 {
	k := c.cell.Load()
	if k == nil {
		return 0
	}
	v := k.part.Load()
	if k.whole.Valid() {
		v += float64(k.whole.Load())
	}
	return v
}

func (c *Counter) each(s *metric.Sample, w *workspace, visit func(*metric.Sample) error) error {
	s.Value, s.Start = c.Value(), c.start()
	if e := c.exemplar.Load(); e != nil {
		w.exemplars = append(w.exemplars[:0], *e)
		s.Exemplars = w.exemplars
	}
	return visit(s)
}

// move switches to the new cell first and then adds what the old one held, so
// an update meets one or the other, never neither.
func (c *Counter) move(_ *family, place cell.Place) {
	old := c.cell.Load()
	if len(place.Words) == 0 {
		kept := newHeapCounter()
		kept.part.Set(c.Value())
		c.cell.Store(kept)
		return
	}
	next := new(counterCell)
	if place.Whole {
		next.whole, next.part = cell.WholeIn(place.Words[0]), cell.FloatIn(place.Words[1])
	} else {
		next.part = cell.FloatIn(place.Words[0])
	}
	c.cell.Store(next)
	if n := float64(old.whole.Retire()); n > 0 {
		next.add(n)
	}
	if v := old.part.Retire(); v > 0 && !math.IsNaN(v) {
		next.add(v)
	}
}
