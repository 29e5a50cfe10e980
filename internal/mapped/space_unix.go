//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package mapped

import (
	"math"
	"math/bits"
)

// blocks returns the size of so many blocks, or the largest number there is.
func blocks(number, size uint64) int64 {
	if high, low := bits.Mul64(number, size); high == 0 && low <= math.MaxInt64 {
		return int64(low)
	}
	return math.MaxInt64
}
