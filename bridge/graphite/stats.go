package graphite

import (
	"sync"
	"sync/atomic"
	"time"
)

// loss is why a sample was given up.
type loss uint8

const (
	lostOverflow loss = iota
	lostNaN
	lostDuplicate
	lostUnnameable
	lostTooLong
	lostOutOfTime
	losses // their number
)

var lossNames = [losses]string{
	lostOverflow:   "overflow",
	lostNaN:        "nan",
	lostDuplicate:  "duplicate",
	lostUnnameable: "unnameable",
	lostTooLong:    "too_long",
	lostOutOfTime:  "out_of_time",
}

// stats are what a bridge counts.
type stats struct {
	written    atomic.Uint64
	repeated   atomic.Uint64
	lost       [losses]atomic.Uint64
	incomplete atomic.Uint64 // collections
	flying     atomic.Int64  // samples of the batch under way

	mu        sync.Mutex
	succeeded uint64
	failed    uint64
	seconds   float64
	success   time.Time // of the last batch that succeeded
}

// batch counts one that was sent.
func (s *stats) batch(err error, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seconds += took.Seconds()
	if err != nil {
		s.failed++
		return
	}
	s.succeeded++
	s.success = time.Now()
}
