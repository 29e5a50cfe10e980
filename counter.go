package polymeter

import (
	"context"
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
	// fast is whole, unless somebody asks whether the series is idle: one
	// pointer to load, one instruction to add, and Inc is done.
	fast atomic.Pointer[atomic.Uint64]
	// float takes the place of fast where there is no word for whole numbers.
	float atomic.Pointer[atomic.Uint64]
	// Whole numbers have a word of their own, since adding to an integer is
	// one instruction and adding to a float a loop. A store whose format
	// knows only floats has no such word, and whole is nil.
	whole atomic.Pointer[atomic.Uint64]
	part  atomic.Pointer[atomic.Uint64]

	heap     [2]atomic.Uint64 // the words at first
	exemplar atomic.Pointer[metric.Exemplar]
	annex    atomic.Pointer[cell.Annex] // of the place in a store, if it has one
}

func (c *Counter) init(f *family, _ metric.Labels) {
	c.join(f)
	c.count(&c.heap[0], &c.heap[1])
}

// count leads updates to the given words.
func (c *Counter) count(whole, part *atomic.Uint64) {
	c.part.Store(part)
	c.whole.Store(whole)
	if c.clock != nil {
		return
	}
	if whole == nil {
		c.float.Store(part)
	} else {
		c.float.Store(nil) // before an Inc could find it where fast was
	}
	c.fast.Store(whole)
}

// Inc adds 1.
func (c *Counter) Inc() {
	if word := c.fast.Load(); word != nil {
		if word.Add(1) <= cell.MaxWhole {
			return
		}
	} else if word := c.float.Load(); word != nil && cell.FloatAt(word).Add(1) {
		return
	}
	c.incCarefully()
}

// incCarefully adds 1 where Inc could not, or found a cell that is full or
// retired; what it added to that one does not show.
func (c *Counter) incCarefully() {
	c.touch()
	c.add(1)
}

// Add adds v. A negative v or NaN is not added: the rejection is counted and
// reported to the registry's OnError.
func (c *Counter) Add(v float64) {
	if !(v >= 0) {
		c.reject(v)
		return
	}
	c.touch()
	c.add(v)
}

// add repeats itself when the word it found is retired: the values are moving,
// and the pointers lead to the new words already.
func (c *Counter) add(v float64) {
	n := uint64(v)
	whole := v < 1<<53 && float64(n) == v
	for {
		if word := c.whole.Load(); word != nil && whole {
			if cell.WholeAt(word).Add(n) {
				return
			}
			continue
		}
		if word := c.part.Load(); word == nil || cell.FloatAt(word).Add(v) {
			return
		}
	}
}

func (c *Counter) reject(v float64) {
	c.family.reject(rejectNegative, "counter cannot be increased by %v", v)
}

// AddWithExemplar adds v and remembers the labels, with v and the current time,
// as the counter's exemplar. Labels that break OpenMetrics' limit of 128 code
// points are counted and reported; v is added all the same.
func (c *Counter) AddWithExemplar(v float64, labels metric.Labels) {
	c.Add(v)
	if v >= 0 && c.family.storeExemplar(&c.exemplar, v, labels) {
		shareExemplar(&c.annex, &c.exemplar, 0)
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
	if c.family == nil {
		return
	}
	c.hold() // or a move could bring back what is cleared here
	defer c.letGo()
	for word := c.whole.Load(); word != nil && !cell.WholeAt(word).Clear(); word = c.whole.Load() {
	}
	for !cell.FloatAt(c.part.Load()).Set(0) {
	}
	c.exemplar.Store(nil)
	c.begin()
	if annex := c.annex.Load(); annex != nil {
		_ = (*annex).Reset(c.begun.Load()) // fails where nobody sees the value any more
	}
}

// Value returns the current value as this process counts it.
func (c *Counter) Value() (v float64) {
	c.settled(func() { v = sum(c.whole.Load(), c.part.Load()) })
	return v
}

// sum returns what two words, either of which may be missing, have together.
func sum(whole, part *atomic.Uint64) (v float64) {
	if part != nil {
		v = cell.FloatAt(part).Load()
	}
	if whole != nil {
		v += float64(cell.WholeAt(whole).Load())
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

// enter switches to the new words first and then adds what the old ones held, so
// an update meets one or the other, never neither.
func (c *Counter) enter(_ *family, place *cell.Place) bool {
	whole, part := c.whole.Load(), c.part.Load()
	c.annex.Store(annexOf(place))
	c.shareStart(place)
	to := cell.FloatIn(place.Words[len(place.Words)-1]).Word()
	if place.Whole {
		c.count(cell.WholeIn(place.Words[0]).Word(), to)
	} else {
		c.count(nil, to)
	}
	if n := cell.WholeAt(whole).Retire(); n > 0 {
		c.add(float64(n))
	}
	if v := cell.FloatAt(part).Retire(); v > 0 {
		c.add(v)
	}
	shareExemplar(&c.annex, &c.exemplar, 0)
	return true
}

func (c *Counter) leave(_ *family, takeOut bool) {
	whole, part := c.whole.Load(), c.part.Load()
	c.annex.Store(nil)
	words := new([2]atomic.Uint64)
	c.count(&words[0], &words[1])
	if whole != nil {
		cell.WholeAt(&words[0]).Add(carriedWhole(cell.WholeAt(whole), takeOut))
	}
	cell.FloatAt(&words[1]).Add(carriedFloat(cell.FloatAt(part), takeOut))
}
