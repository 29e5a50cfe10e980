package polymeter

import (
	"math/bits"
	"math/rand/v2"
)

// hasher hashes label values. The seed is random and differs from table to
// table, so that nobody who chooses label values can make them share a chain.
//
// It reads up to 16 bytes at a time and folds them in by one multiplication of
// 64 by 64 bits, whose 128-bit product every input bit reaches. That takes a
// third of the time that hash/maphash takes for values as short as labels are.
type hasher struct{ seed, key uint64 }

func newHasher() hasher { return hasher{rand.Uint64(), rand.Uint64()} }

// hash returns the hash of the values; their order matters, and where one ends
// and the next begins.
func (s *hasher) hash(values []string) uint64 {
	h := s.seed
	for _, v := range values {
		h = bits.RotateLeft64(h, len(v)) // tells "ab", "c" from "a", "bc"
		for len(v) > 16 {
			h = fold(load64(v)^h, load64(v[8:])^s.key)
			v = v[16:]
		}
		// The two ends overlap unless exactly 16 bytes are left, but hold
		// every byte. This stands here since a function would not be inlined.
		var low, high uint64
		switch n := len(v); {
		case n >= 8:
			low, high = load64(v), load64(v[n-8:])
		case n >= 4:
			low, high = load32(v), load32(v[n-4:])
		case n > 0:
			low, high = uint64(v[0])<<8|uint64(v[n/2]), uint64(v[n-1])
		}
		h = fold(low^h, high^s.key)
	}
	return h
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// load64 reads the first 8 bytes, which the compiler makes one load of.
func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// load32 reads the first 4 bytes.
func load32(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
