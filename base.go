package polymeter

import (
	"runtime"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// base is what every instrument has: its family, when it began, and whether it
// is in use.
type base struct {
	family *family
	begun  atomic.Int64   // Unix time in nanoseconds
	clock  *atomic.Uint32 // the family's generation; nil unless series expire
	seen   atomic.Uint32  // the generation of the last update
	moves  atomic.Uint32  // odd while the values are on their way
}

func (b *base) join(f *family) {
	b.family = f
	b.begin()
	if f.expires() {
		b.clock = &f.clock
		b.seen.Store(f.clock.Load())
	}
}

// begin says that the value was zero now.
func (b *base) begin() { b.begun.Store(time.Now().UnixNano()) }

// start returns when the value was last zero.
func (b *base) start() metric.Timestamp { return metric.NewTimestamp(0, b.begun.Load()) }

// shareStart notes in a place that the value moves to when it was last zero. Where
// an earlier time is there, somebody else counts in the same place already, and
// what both have began then.
func (b *base) shareStart(place *cell.Place) {
	if place.Start == nil {
		return
	}
	for own := b.begun.Load(); ; {
		there := place.Start.Load()
		if there != 0 && int64(there) <= own {
			b.begun.Store(int64(there))
			return
		}
		if place.Start.CompareAndSwap(there, uint64(own)) {
			return
		}
	}
}

// hold waits until nobody else moves the values, and keeps others from moving or
// reading them until letGo. Updates take no notice.
func (b *base) hold() {
	for n := b.moves.Load(); n&1 != 0 || !b.moves.CompareAndSwap(n, n+1); n = b.moves.Load() {
		runtime.Gosched()
	}
}

func (b *base) letGo() { b.moves.Add(1) }

// settled calls access until the values did not move meanwhile: halfway they are
// in neither place.
func (b *base) settled(access func()) {
	for {
		if n := b.moves.Load(); n&1 == 0 {
			if access(); b.moves.Load() == n {
				return
			}
		}
		runtime.Gosched()
	}
}

// strays, settle, divisible and eachStray are those of an instrument that has all
// of its values in one place.
func (b *base) strays() bool    { return false }
func (b *base) settle() bool    { return true }
func (b *base) divisible() bool { return false }
func (b *base) eachStray(*metric.Sample, *workspace, func(*metric.Sample) error) error {
	return nil
}

func (b *base) declaredBy() *family { return b.family }

// carriedWhole returns what a cell in a store has, and takes it out if told to.
func carriedWhole(c cell.Whole, takeOut bool) uint64 {
	if takeOut {
		return c.Take()
	}
	return c.Load()
}

// carriedFloat is carriedWhole for a float.
func carriedFloat(c cell.Float, takeOut bool) float64 {
	if takeOut {
		return c.Take()
	}
	return c.Load()
}

// touch notes an update. It costs one comparison with nil unless series expire,
// and then a load and a comparison unless a sweep has passed since the last
// update.
func (b *base) touch() {
	if b.clock != nil {
		b.markSeen()
	}
}

func (b *base) markSeen() {
	if now := b.clock.Load(); b.seen.Load() != now {
		b.seen.Store(now)
	}
}

// idle reports whether the series was last used before the sweep before this
// one.
func (b *base) idle(generation uint32) bool { return generation-b.seen.Load() > 1 }
