package pyfile

import (
	"strings"

	"polymeter.dev/metric"
)

// Counts reports whether a sample in files of this kind counts something. Then
// only damage can make its value negative or NaN, which has to be left out: it
// would spoil the total of all processes. The sum of observations and a gauge may
// be anything.
func (n Name) Counts(sample string) bool {
	switch n.Type {
	case metric.TypeCounter:
		return true
	case metric.TypeGauge:
		return false
	}
	return !strings.HasSuffix(sample, "_sum")
}

// PossibleTime returns the Unix time at which a gauge was set, or zero, which is
// never, where it can only be damage.
func PossibleTime(seconds float64) float64 {
	const end = 9e9 // nanoseconds go little further
	if seconds > 0 && seconds < end {
		return seconds
	}
	return 0
}
