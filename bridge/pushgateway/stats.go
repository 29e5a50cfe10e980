package pushgateway

import (
	"sync"
	"sync/atomic"
	"time"
)

// outcome is what became of a request.
type outcome uint8

const (
	outcomeAccepted outcome = iota
	outcomeRejected
	outcomeFailed // and is to be repeated
	outcomes      // their number
)

var outcomeNames = [outcomes]string{
	outcomeAccepted: "accepted",
	outcomeRejected: "rejected",
	outcomeFailed:   "failed",
}

// ending is what became of a push or deletion.
type ending uint8

const (
	pushAccepted ending = iota
	pushRejected
	pushGivenUp
	pushUnsent
	endings // their number
)

var endingNames = [endings]string{
	pushAccepted: "accepted",
	pushRejected: "rejected",
	pushGivenUp:  "given_up",
	pushUnsent:   "unsent",
}

// stats are what a pusher counts.
type stats struct {
	pushes     [endings]atomic.Uint64
	incomplete atomic.Uint64 // collections

	mu       sync.Mutex
	requests [outcomes]uint64
	seconds  float64
	success  time.Time // of the last accepted request
}

// ended counts a push or deletion.
func (s *stats) ended(e ending) { s.pushes[e].Add(1) }

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
