package fold

import (
	"math"

	"polymeter.dev/internal/exact"
)

// layers returns how many records it takes to write the counts: one, unless they
// are floats that a float64 does not hold exactly.
func (t *tally) layers() int {
	layers := 1
	for i := range t.floats {
		layers = max(layers, len(portions(&t.floats[i])))
	}
	return layers
}

// word returns what a layer has of a count. The layers add up to it.
func (t *tally) word(i, layer int) uint64 {
	if t.floats != nil {
		if p := portions(&t.floats[i]); layer < len(p) {
			return math.Float64bits(p[layer])
		}
		return 0
	}
	if layer == 0 {
		return t.whole[i]
	}
	return 0
}

// portions returns floats whose exact sum is that of a count. None is negative,
// as no count may be, so each is what is left, rounded down.
func portions(sum *exact.Sum) []float64 {
	var portions []float64
	var left exact.Sum
	left.Merge(sum)
	for {
		v := left.Value()
		switch {
		case v == 0:
			return portions
		case math.IsInf(v, 0):
			// Too many to be told, but none is infinite: readers would have it
			// count nothing.
			return append(portions, math.MaxFloat64)
		}
		left.Add(-v)
		if left.Value() < 0 {
			lower := math.Nextafter(v, 0)
			left.Add(v)
			left.Add(-lower)
			v = lower
		}
		portions = append(portions, v)
	}
}
