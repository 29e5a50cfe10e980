package metric

import (
	"math"
	"strconv"
)

// exactWhole is the bound below which a float64 holds every whole number.
const exactWhole = 1 << 53

// Inf returns positive infinity, the upper bound of the last bucket.
func Inf() float64 { return math.Inf(1) }

// MinusInf returns negative infinity.
func MinusInf() float64 { return math.Inf(-1) }

// NaN returns "not a number".
func NaN() float64 { return math.NaN() }

// FormatFloat returns f in the form of [AppendFloat].
func FormatFloat(f float64) string {
	var stack [32]byte
	return string(AppendFloat(stack[:0], f))
}

// AppendFloat appends f as the "le" of a bucket and the "quantile" of a summary
// must show it, so that equal numbers are equal labels (OpenMetrics 1.0, section
// "Canonical Numbers"): the fewest digits that read back as f, in exponent form
// when the exponent is below -4 or above 5, with ".0" added where nothing else
// shows that it is a float. The rest are "+Inf", "-Inf" and "NaN".
func AppendFloat(dst []byte, f float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' || c == 'e' || c == 'N' || c == 'I' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// AppendValue appends f as the value of a sample, where any form that reads back
// as f will do: a whole number below 2^53 as plain digits, which is several
// times faster, others with the fewest digits.
func AppendValue(dst []byte, f float64) []byte {
	whole := int64(f)
	if float64(whole) != f || whole <= -exactWhole || whole >= exactWhole || whole == 0 && math.Signbit(f) {
		return strconv.AppendFloat(dst, f, 'g', -1, 64)
	}
	return strconv.AppendInt(dst, whole, 10)
}
