// Package exact adds up floats without losing a bit.
//
// A total that is rounded at every step depends on the order of its terms. When
// a merge groups them differently from one time to the next, as folding the
// files of dead processes does, such a total may come out smaller by the last
// bit, and whoever watches a counter takes that for a restart. A sum that is
// kept exactly, and rounded once when it is read, depends on nothing but its
// terms, and grows when they do: rounding is monotone.
//
// The method is that of J. R. Shewchuk, "Adaptive Precision Floating-Point
// Arithmetic and Fast Robust Geometric Predicates" (1997), section 2: a sum is a
// list of floats that do not overlap, and adding two floats gives their rounded
// sum and exactly what rounding took away.
package exact

import (
	"math"
	"slices"
)

// Sum is one exact sum; the zero value is zero. It may not be used concurrently.
//
// Terms that are infinite or NaN make it what adding them gives. Finite terms
// whose sum leaves the range of float64 on the way make it infinite.
type Sum struct {
	// parts do not overlap, in ascending order of magnitude.
	parts []float64
	// special is the sum of what is not finite; zero when there is none.
	special float64
}

// Add adds x.
func (s *Sum) Add(x float64) {
	if !finite(x) {
		s.special += x
		return
	}
	n := 0
	for _, part := range s.parts {
		high, low := twoSum(x, part)
		if !finite(high) {
			s.special += high
			return
		}
		if low != 0 {
			s.parts[n] = low
			n++
		}
		x = high
	}
	s.parts = append(s.parts[:n], x)
}

// Merge adds another sum.
func (s *Sum) Merge(other *Sum) {
	s.special += other.special
	for _, part := range other.parts {
		s.Add(part)
	}
}

// Value returns the float64 nearest to the sum, of two equally near ones the
// even one.
func (s *Sum) Value() float64 {
	if s.special != 0 { // NaN is not zero either
		return s.special
	}
	n := len(s.parts)
	if n == 0 {
		return 0
	}
	n--
	high, low := s.parts[n], 0.0
	for n > 0 && low == 0 {
		n--
		high, low = twoSum(high, s.parts[n])
	}
	// When the rest is exactly half of the last bit, what lies below decides
	// whether rounding to even was right.
	if n > 0 && (low < 0) == (s.parts[n-1] < 0) {
		twice := low * 2
		if up := high + twice; up-high == twice {
			return up
		}
	}
	return high
}

// Parts returns floats whose exact sum is this one, the largest first; none for
// zero. A sum that is not finite is one part.
func (s *Sum) Parts() []float64 {
	if s.special != 0 {
		return []float64{s.special}
	}
	parts := slices.DeleteFunc(slices.Clone(s.parts), func(part float64) bool { return part == 0 })
	slices.Reverse(parts)
	return parts
}

// twoSum returns the rounded sum of two floats and what rounding took away.
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	added := sum - a
	kept := sum - added
	lostB := b - added
	lostA := a - kept
	return sum, lostA + lostB
}

func finite(x float64) bool { return !math.IsInf(x, 0) && x == x }
