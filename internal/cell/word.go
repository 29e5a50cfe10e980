package cell

import (
	"math"
	"sync/atomic"
)

// Whole is a cell with a whole number. The top bit says that the cell is
// retired, so it counts to 2^63 - 1.
type Whole struct{ word *atomic.Uint64 }

// Float is a cell with a float64.
type Float struct{ word *atomic.Uint64 }

const retiredWhole = 1 << 63

// retiredFloat is a NaN that no arithmetic produces; a float64 with these bits
// is stored as the ordinary NaN instead.
const retiredFloat = 0x7FF8_5245_5449_5245

// WholeAt returns the whole-number cell in the given word.
func WholeAt(word *atomic.Uint64) Whole { return Whole{word} }

// FloatAt returns the float cell in the given word.
func FloatAt(word *atomic.Uint64) Float { return Float{word} }

// Valid reports whether the cell has a word.
func (c Whole) Valid() bool { return c.word != nil }

// Add adds n and reports whether it counted: false means that the cell is
// retired.
func (c Whole) Add(n uint64) bool { return c.word.Add(n) < retiredWhole }

// Load returns the value; of a retired cell, zero.
func (c Whole) Load() uint64 {
	if v := c.word.Load(); v < retiredWhole {
		return v
	}
	return 0
}

// Retire takes the value out of the cell for good.
func (c Whole) Retire() uint64 {
	if v := c.word.Swap(retiredWhole); v < retiredWhole {
		return v
	}
	return 0
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

// Retired reports whether v, as returned by adding to the word of a [Whole]
// cell, shows that the cell is retired.
func Retired(v uint64) bool { return v >= retiredWhole }
