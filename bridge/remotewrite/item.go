package remotewrite

import (
	"math"
	"sync"
	"time"

	"polymeter.dev/metric"
)

// The values of NaN that the protocol tells apart. One means that a series has
// ended; all others are written as the ordinary one, so that none is taken for it.
const (
	staleNaN    = 0x7ff0000000000002
	ordinaryNaN = 0x7ff8000000000001
)

// plain returns v, or the ordinary NaN for any NaN.
func plain(v float64) float64 {
	if math.IsNaN(v) {
		return math.Float64frombits(ordinaryNaN)
	}
	return v
}

// item is one sample that waits to be sent.
type item struct {
	series     *series
	family     *family
	collection *collection
	time       int64 // milliseconds since the Unix epoch
	start      int64 // likewise; 0 when it is not known
	value      float64
	more       *more // what few samples have, or nil
}

// more are the parts of a sample besides its value.
type more struct {
	native    *metric.NativeHistogram // in place of the value
	exemplars []exemplar
}

// exemplar is one with everything as it is sent.
type exemplar struct {
	labels []label
	value  float64
	time   int64
}

// cost is how many samples an item counts as.
func (it *item) cost() int {
	if it.more == nil {
		return 1
	}
	n := 1 + len(it.more.exemplars)
	if h := it.more.native; h != nil {
		n += len(h.PositiveCounts) + len(h.NegativeCounts)
	}
	return n
}

func (it *item) isNative() bool { return it.more != nil && it.more.native != nil }

func (it *item) exemplars() []exemplar {
	if it.more == nil {
		return nil
	}
	return it.more.exemplars
}

// collection is what samples of one collection have in common.
type collection struct {
	at time.Time // its beginning, set before it has samples

	mu  sync.Mutex
	err error // of the first samples that were given up
}

// fail notes that samples were given up.
func (c *collection) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// failure returns the first error, or nil.
func (c *collection) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
