package remotewrite

import (
	"sync"
	"sync/atomic"
	"time"
)

// loss is why a sample was given up.
type loss uint8

const (
	lostRejected loss = iota
	lostUnconfirmed
	lostExpired
	lostOverflow
	lostDuplicate
	lostUnnameable
	losses // their number
)

var lossNames = [losses]string{
	lostRejected:    "rejected",
	lostUnconfirmed: "unconfirmed",
	lostExpired:     "expired",
	lostOverflow:    "overflow",
	lostDuplicate:   "duplicate",
	lostUnnameable:  "unnameable",
}

// outcome is what became of a request.
type outcome uint8

const (
	outcomeAccepted outcome = iota
	outcomeRejected
	outcomeFailed      // and is to be repeated
	outcomeUnsupported // and is to be repeated in version 1.0
	outcomes           // their number
)

var outcomeNames = [outcomes]string{
	outcomeAccepted:    "accepted",
	outcomeRejected:    "rejected",
	outcomeFailed:      "failed",
	outcomeUnsupported: "unsupported",
}

// stats are what a writer counts.
type stats struct {
	written       [kinds]atomic.Uint64
	lost          [losses]atomic.Uint64
	exemplarsLost atomic.Uint64
	incomplete    atomic.Uint64 // collections
	flying        atomic.Int64  // samples of requests under way

	mu       sync.Mutex
	requests [outcomes]uint64
	seconds  float64
	success  time.Time // of the last accepted request
}

// request counts one that has ended.
func (s *stats) request(o outcome, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[o]++
	s.seconds += took.Seconds()
	if o == outcomeAccepted {
		s.success = time.Now()
	}
}
