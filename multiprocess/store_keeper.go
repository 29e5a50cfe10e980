package multiprocess

import (
	"sync"
	"time"
)

// keeper does something every now and then.
type keeper struct {
	mu      sync.Mutex
	quit    chan struct{}
	done    chan struct{}
	stopped bool
}

// start begins, unless it has begun or was stopped.
func (k *keeper) start(interval time.Duration, work func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.quit != nil || k.stopped {
		return
	}
	k.quit, k.done = make(chan struct{}), make(chan struct{})
	go k.run(interval, work)
}

func (k *keeper) run(interval time.Duration, work func()) {
	defer close(k.done)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			work()
		case <-k.quit:
			return
		}
	}
}

// stop ends it, and waits for work that is under way.
func (k *keeper) stop() {
	k.mu.Lock()
	quit, done, first := k.quit, k.done, !k.stopped
	k.stopped = true
	k.mu.Unlock()
	if quit == nil {
		return
	}
	if first {
		close(quit)
	}
	<-done
}
