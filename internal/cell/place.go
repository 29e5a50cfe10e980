package cell

import (
	"errors"
	"sync/atomic"

	"polymeter.dev/metric"
)

// Spec describes a family to a [Backend]: all that another process needs to
// know to show it.
type Spec struct {
	metric.Desc
	// Mode is how a gauge's values from many processes become one.
	Mode metric.GaugeMode
	// Bounds are the upper bounds of a histogram's classic buckets,
	// ascending, the last one +Inf; empty when it has none.
	Bounds []float64
	// Native says that the histogram has native buckets.
	Native bool
	// Quantiles says that the summary shows quantiles.
	Quantiles bool
}

// Place is where the values of one series live, word by word:
//
//	counter    the total
//	gauge      the value; and when Stamped, the Unix time it was set
//	histogram  one word per bucket, not cumulative; then the sum
//	summary    the count, the sum
//	info       none
//	state set  the index of the state, or one word per state
//
// When Whole, counts are whole numbers and a counter has a second word: the
// part of its total that was added in fractions. Otherwise every word is a
// float64.
type Place struct {
	Words []*atomic.Uint64
	Whole bool
	// Stamped says that a gauge has a second word for the time of its value,
	// in seconds since the Unix epoch, zero meaning never.
	Stamped bool
}

// ErrUnsupported is returned by a [Backend] that has no way to keep a family of
// this kind. Its series stay in the heap for good.
var ErrUnsupported = errors.New("the store's format cannot keep this kind of metric")

// ErrClosed is returned by a [Backend] after Close.
var ErrClosed = errors.New("the store is closed")

// Backend keeps the values of series where other processes can read them.
// It may be used concurrently.
type Backend interface {
	// Open returns the place of the series with these label values, in the
	// order of spec.LabelNames, and makes it if need be; a new place is all
	// zero. Opening the same series again gives the same place. On any error
	// but ErrUnsupported the series lives in the heap for now, and Open may
	// be tried again later.
	Open(spec *Spec, values []string) (Place, error)
	// Remove forgets the series as far as the format can: from then on its
	// place shows nothing that this process counted before.
	Remove(spec *Spec, values []string)
}
