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
	// ZeroThreshold is the half-width of the zero bucket of native buckets.
	ZeroThreshold float64
	// Quantiles says that the summary shows quantiles.
	Quantiles bool
	// States are the states of a state set.
	States []string
}

// Place is where the values of one series live, word by word:
//
//	counter    the total
//	gauge      the value; and when Stamped, the Unix time it was set
//	histogram  one word per bucket, not cumulative; then the sum
//	summary    the count, the sum
//	info       none
//	state set  one word, of which bit i says whether state i holds
//
// When Whole, counts are whole numbers and a counter has a second word: the
// part of its total that was added in fractions. Otherwise every word is a
// float64.
//
// A histogram with native buckets then has two more words, for the count of its
// zero bucket and that of its NaN observations; the other native buckets come
// from the Annex as they are needed.
type Place struct {
	Words []*atomic.Uint64
	// Block has the same words as Words, in a format that keeps those of a
	// series side by side; else nil.
	Block []atomic.Uint64
	Whole bool
	// Stamped says that a gauge has a second word for the time of its value,
	// zero meaning never: in nanoseconds since the Unix epoch if Nanoseconds,
	// else in seconds as a float64.
	Stamped     bool
	Nanoseconds bool
	// Start is the word with the time when the series was last zero, in
	// nanoseconds since the Unix epoch; nil where the format has none.
	Start *atomic.Uint64
	// Annex is nil where the format has no more than words.
	Annex Annex
}

// ChunkSize is how many native buckets come together.
const ChunkSize = 16

// Annex makes room for what a series needs only now and then. Its methods may
// be called concurrently. After the series was removed or the store closed they
// return ErrClosed. On any other error nothing has changed, and the same may be
// tried again later.
type Annex interface {
	// Chunk returns the words that count the native buckets with the indexes
	// number*ChunkSize to number*ChunkSize+ChunkSize-1, as whole numbers; the
	// same words each time.
	Chunk(schema, number int32, negative bool) ([]atomic.Uint64, error)
	// Exemplar keeps e in place of an earlier one in the same slot.
	Exemplar(slot int, e *metric.Exemplar) error
	// Text makes text the further labels of an info, in place of earlier ones.
	Text(text metric.Labels) error
	// Reset says that the series, whose words are zero now, starts anew at
	// this time, in nanoseconds since the Unix epoch.
	Reset(start int64) error
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
