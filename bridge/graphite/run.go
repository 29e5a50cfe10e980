package graphite

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run collects at once and then at every interval, and sends what was collected, until
// ctx ends. While the receiver is away it goes on collecting, and sends what has waited
// when the receiver is back. A collection that takes longer than an interval makes the
// next one start late, and not twice.
//
// At the end Run collects once more, and returns when that is sent, or after
// Options.StopTimeout. It returns nil when nothing is left to send; that a collector failed
// is logged and counted.
func (b *Bridge) Run(ctx context.Context) error {
	if !b.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer b.running.Store(false)
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	var sender sync.WaitGroup
	sender.Go(func() { b.serve(sending) })
	b.repeat(ctx)
	err := b.finish(context.WithoutCancel(ctx))
	stop()
	sender.Wait()
	return err
}

// repeat collects until ctx ends.
func (b *Bridge) repeat(ctx context.Context) {
	ticker := time.NewTicker(b.options.Interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		b.collectAndLog(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// finish collects for the last time, and sends what is left.
func (b *Bridge) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, b.options.StopTimeout, errStopped)
	defer cancel()
	b.rest(ctx)
	b.collectAndLog(ctx)
	return b.drain(ctx)
}

// rest waits for a collector that the end of Run has interrupted, for as long as leaves
// time to send: it is not asked again before it has returned.
func (b *Bridge) rest(ctx context.Context) {
	if b.foreign == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, b.options.StopTimeout/2)
	defer cancel()
	b.foreign.Rest(ctx)
}

var errStopped = errors.New("the time to stop was over")

func (b *Bridge) collectAndLog(ctx context.Context) {
	err := b.collect(ctx)
	if err != nil && ctx.Err() == nil {
		b.log.Warn("graphite: a collection is incomplete", "error", err)
	}
}
