package sending

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is the pause before something is sent again. It begins with Next and grows up
// to Max.
type Backoff struct{ Next, Max time.Duration }

// Step returns a pause of between half and all of what is due, so that senders which
// failed together do not come back together, and doubles what is due.
func (b *Backoff) Step() time.Duration {
	due := b.Next
	b.Next = min(2*due, b.Max)
	return due/2 + rand.N(due/2+1)
}

// Wait pauses until the time is over, or ctx is; the error is then its cause.
func Wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
