package graphite

import (
	"math"
	"strconv"

	"polymeter.dev/metric"
)

// maxLine is how long a line may be: carbon closes the connection on a longer one.
const maxLine = 16384

// item is one sample that waits to be sent.
type item struct {
	path  string
	value float64
	time  int64 // seconds since the Unix epoch
}

// appendLine appends an item as a line of text.
func appendLine(dst []byte, it *item) []byte {
	dst = append(dst, it.path...)
	dst = append(dst, ' ')
	dst = appendValue(dst, it.value)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, it.time, 10)
	return append(dst, '\n')
}

// appendValue appends a number as Python and C write it, whole ones below 2^53 with all
// their digits.
func appendValue(dst []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	}
	return metric.AppendValue(dst, v)
}
