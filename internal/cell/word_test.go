package cell_test

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
)

func TestWhole(t *testing.T) {
	t.Parallel()
	if (cell.Whole{}).Valid() {
		t.Error("a cell without a word is valid")
	}
	c := cell.WholeAt(new(atomic.Uint64))
	if !c.Valid() || !c.Add(3) || c.Load() != 3 {
		t.Errorf("value = %d, want 3", c.Load())
	}
	if v, counted := c.Increase(4); v != 7 || !counted {
		t.Errorf("Increase = %d, %t, want 7, true", v, counted)
	}
	if got := c.Retire(); got != 7 {
		t.Errorf("Retire = %d, want 7", got)
	}
	for _, n := range []uint64{1, 1 << 53, 1 << 62, math.MaxUint64} {
		if v, counted := c.Increase(n); c.Add(n) || counted || v != 0 {
			t.Errorf("a retired cell counted %d", n)
		}
	}
	if c.Load() != 0 || c.Retire() != 0 {
		t.Error("a retired cell has a value")
	}
}

func TestWholeFull(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{1, 1 << 53, 1 << 62, cell.MaxWhole, math.MaxUint64} {
		c := cell.WholeAt(new(atomic.Uint64))
		for range 3 {
			c.Add(cell.MaxWhole)
			if !c.Add(n) {
				t.Fatalf("a full cell looks retired after %d", n)
			}
			if got := c.Load(); got != cell.MaxWhole {
				t.Errorf("after %d more: value = %d, want the highest", n, got)
			}
		}
		if got := c.Retire(); got != cell.MaxWhole {
			t.Errorf("Retire = %d, want the highest", got)
		}
	}
}

func TestFloat(t *testing.T) {
	t.Parallel()
	if (cell.Float{}).Valid() {
		t.Error("a cell without a word is valid")
	}
	c := cell.FloatAt(new(atomic.Uint64))
	if !c.Valid() || !c.Set(3) || !c.Add(-0.5) || c.Load() != 2.5 {
		t.Errorf("value = %v, want 2.5", c.Load())
	}
	if c.CompareAndSet(3, 4) || !c.CompareAndSet(2.5, 4) || c.Load() != 4 {
		t.Errorf("value = %v, want 4", c.Load())
	}
	if got := c.Retire(); got != 4 {
		t.Errorf("Retire = %v, want 4", got)
	}
	if c.Set(1) || c.Add(1) || c.Load() != 0 || c.Retire() != 0 {
		t.Error("a retired cell counted or has a value")
	}
}

// TestFloatTakesEveryNumber stores each kind of number, the bits that mark
// retirement among them.
func TestFloatTakesEveryNumber(t *testing.T) {
	t.Parallel()
	word := new(atomic.Uint64)
	cell.FloatAt(word).Retire()
	mark := math.Float64frombits(word.Load())
	if !math.IsNaN(mark) {
		t.Fatalf("the mark is the number %v", mark)
	}
	for _, v := range []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.NaN(), mark} {
		c := cell.FloatAt(new(atomic.Uint64))
		if !c.Set(v) || !c.Add(0) {
			t.Errorf("%v retired the cell", v)
		}
		if got := c.Load(); got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
			t.Errorf("value = %v, want %v", got, v)
		}
	}
}

func TestRetireInto(t *testing.T) {
	t.Parallel()
	from, to := cell.FloatAt(new(atomic.Uint64)), cell.FloatAt(new(atomic.Uint64))
	from.Set(7)
	from.RetireInto(to)
	from.RetireInto(cell.FloatAt(new(atomic.Uint64)))
	if from.Add(1) || to.Load() != 7 {
		t.Errorf("moved %v, want 7", to.Load())
	}
}

// TestRetiringLosesNothing moves a value while others add to it, each again and
// again until it counted in one of the cells.
func TestRetiringLosesNothing(t *testing.T) {
	t.Parallel()
	const adders, rounds = 4, 5000
	for range 20 {
		wholes := [2]cell.Whole{cell.WholeAt(new(atomic.Uint64)), cell.WholeAt(new(atomic.Uint64))}
		floats := [2]cell.Float{cell.FloatAt(new(atomic.Uint64)), cell.FloatAt(new(atomic.Uint64))}
		var moved atomic.Int32
		var wg sync.WaitGroup
		for range adders {
			wg.Go(func() {
				for range rounds {
					if !wholes[0].Add(1) {
						wholes[1].Add(1)
					}
					for !floats[moved.Load()].Add(1) {
					}
				}
			})
		}
		wholes[1].Add(wholes[0].Retire())
		floats[0].RetireInto(floats[1])
		moved.Store(1)
		wg.Wait()
		if w, f := wholes[1].Load(), floats[1].Load(); w != adders*rounds || f != adders*rounds {
			t.Fatalf("%d and %v are left of %d", w, f, adders*rounds)
		}
	}
}

func TestDamagedWords(t *testing.T) {
	t.Parallel()
	for _, v := range []uint64{0, 5, cell.MaxWhole, 1 << 63, 3 << 62, math.MaxUint64} {
		word := new(atomic.Uint64)
		word.Store(v)
		if c := cell.WholeIn(word); !c.Add(1) {
			t.Errorf("a word of %d in a file looks retired", v)
		}
	}
	word := new(atomic.Uint64)
	cell.FloatAt(word).Retire()
	if c := cell.FloatIn(word); !c.Add(1) || !math.IsNaN(c.Load()) {
		t.Error("a word in a file looks retired")
	}
	word.Store(math.Float64bits(2))
	if got := cell.FloatIn(word).Load(); got != 2 {
		t.Errorf("value = %v, want 2", got)
	}
}

func TestRetiredWholeCannotBeCleared(t *testing.T) {
	t.Parallel()
	var word atomic.Uint64
	c := cell.WholeAt(&word)
	c.Add(3)
	if !c.Clear() || c.Load() != 0 {
		t.Errorf("the value is %d after Clear", c.Load())
	}
	c.Retire()
	if c.Clear() || c.Add(1) {
		t.Error("a retired cell took an update")
	}
}
