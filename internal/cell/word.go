package cell

import (
	"math"
	"sync/atomic"
)

// Whole is a cell with a whole number. It counts to MaxWhole and then stays
// there; the numbers above say that the cell is full or retired.
type Whole struct{ word *atomic.Uint64 }

// Float is a cell with a float64.
type Float struct{ word *atomic.Uint64 }

const (
	// MaxWhole is the highest value of a Whole cell.
	MaxWhole = 1<<63 - 1

	retiredWhole = 3 << 62
	// maxStep is the most that is added blindly. It leaves room for hundreds
	// of updates at once between a full cell and a retired one, and above.
	maxStep = 1 << 53
)

// retiredFloat is a NaN that no arithmetic produces; a float64 with these bits
// is stored as the ordinary NaN instead.
const retiredFloat = 0x7FF8_5245_5449_5245

// WholeAt returns the whole-number cell in the given word.
func WholeAt(word *atomic.Uint64) Whole { return Whole{word} }

// FloatAt returns the float cell in the given word.
func FloatAt(word *atomic.Uint64) Float { return Float{word} }

// WholeIn returns the whole-number cell in a word of a file. Cells in files do
// not retire; should the word say so all the same, which only damage can bring
// about, it becomes a full cell, so that updates do not wait for another.
func WholeIn(word *atomic.Uint64) Whole {
	if v := word.Load(); v >= retiredWhole {
		word.CompareAndSwap(v, MaxWhole)
	}
	return Whole{word}
}

// FloatIn is [WholeIn] for a float cell, which becomes NaN.
func FloatIn(word *atomic.Uint64) Float {
	word.CompareAndSwap(retiredFloat, bits(math.NaN()))
	return Float{word}
}

// Word returns the word that the cell is in.
func (c Whole) Word() *atomic.Uint64 { return c.word }

// Word returns the word that the cell is in.
func (c Float) Word() *atomic.Uint64 { return c.word }

// Valid reports whether the cell has a word.
func (c Whole) Valid() bool { return c.word != nil }

// Add adds n and reports whether it counted: false means that the cell is
// retired.
func (c Whole) Add(n uint64) bool {
	return n <= maxStep && c.word.Add(n) <= MaxWhole || c.addCarefully(n)
}

// addCarefully stands apart so that Add is small enough to be inlined.
//
//go:noinline
func (c Whole) addCarefully(n uint64) bool {
	_, counted := c.increaseCarefully(n)
	return counted
}

// Increase is Add, and also returns the new value.
func (c Whole) Increase(n uint64) (v uint64, counted bool) {
	if n <= maxStep {
		if v = c.word.Add(n); v <= MaxWhole {
			return v, true
		}
	}
	return c.increaseCarefully(n)
}

// increaseCarefully adds a large number, or to a cell that is full, which an
// update may have brought above MaxWhole, or retired.
func (c Whole) increaseCarefully(n uint64) (uint64, bool) {
	for {
		old := c.word.Load()
		if old >= retiredWhole {
			return 0, false
		}
		v := min(min(old, MaxWhole)+min(n, MaxWhole), MaxWhole)
		if c.word.CompareAndSwap(old, v) {
			return v, true
		}
	}
}

// Clear makes the value zero and reports whether it did: false means that the
// cell is retired.
func (c Whole) Clear() bool {
	for {
		old := c.word.Load()
		if old >= retiredWhole {
			return false
		}
		if c.word.CompareAndSwap(old, 0) {
			return true
		}
	}
}

// Load returns the value; of a retired cell, zero.
func (c Whole) Load() uint64 { return whole(c.word.Load()) }

// Take takes the value out of the cell, which goes on from zero. It is not for
// cells that retire.
func (c Whole) Take() uint64 { return whole(c.word.Swap(0)) }

// Retire takes the value out of the cell for good.
func (c Whole) Retire() uint64 { return whole(c.word.Swap(retiredWhole)) }

func whole(v uint64) uint64 {
	if v >= retiredWhole {
		return 0
	}
	return min(v, MaxWhole)
}

// Valid reports whether the cell has a word.
func (c Float) Valid() bool { return c.word != nil }

// Add adds v and reports whether it counted: false means that the cell is
// retired.
func (c Float) Add(v float64) bool {
	for {
		old := c.word.Load()
		if old == retiredFloat {
			return false
		}
		if c.word.CompareAndSwap(old, bits(math.Float64frombits(old)+v)) {
			return true
		}
	}
}

// Set stores v and reports whether it did: false means that the cell is
// retired.
func (c Float) Set(v float64) bool {
	for {
		old := c.word.Load()
		if old == retiredFloat {
			return false
		}
		if c.word.CompareAndSwap(old, bits(v)) {
			return true
		}
	}
}

// CompareAndSet stores v if the value is old, bit by bit, and reports whether
// it did.
func (c Float) CompareAndSet(old, v float64) bool {
	return c.word.CompareAndSwap(bits(old), bits(v))
}

// Load returns the value; of a retired cell, zero.
func (c Float) Load() float64 {
	if v := c.word.Load(); v != retiredFloat {
		return math.Float64frombits(v)
	}
	return 0
}

// Take takes the value out of the cell, which goes on from zero. It is not for
// cells that retire.
func (c Float) Take() float64 { return math.Float64frombits(c.word.Swap(0)) }

// Retire takes the value out of the cell for good.
func (c Float) Retire() float64 {
	if v := c.word.Swap(retiredFloat); v != retiredFloat {
		return math.Float64frombits(v)
	}
	return 0
}

// RetireInto moves the value to another cell, so that no moment exists at which
// an update could be overwritten: it stores the value in the new cell first
// and retires this one only if it has not changed meanwhile.
func (c Float) RetireInto(to Float) {
	for {
		old := c.word.Load()
		if old == retiredFloat {
			return
		}
		to.word.Store(old)
		if c.word.CompareAndSwap(old, retiredFloat) {
			return
		}
	}
}

func bits(v float64) uint64 {
	if b := math.Float64bits(v); b != retiredFloat {
		return b
	}
	return math.Float64bits(math.NaN())
}
