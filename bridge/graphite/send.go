package graphite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"polymeter.dev/internal/sending"
)

// serve sends what comes until the context ends.
func (b *Bridge) serve(ctx context.Context) {
	for {
		select {
		case <-b.wake:
			_ = b.drain(ctx) // fails only at the end
		case <-ctx.Done():
			return
		}
	}
}

// drain sends all that waits. The error says why some of it still does.
func (b *Bridge) drain(ctx context.Context) error {
	select {
	case b.sending <- struct{}{}:
		defer func() { <-b.sending }()
	case <-ctx.Done():
		return b.stillWaiting(context.Cause(ctx))
	}
	for {
		b.items = b.queue.take(b.items[:0], b.options.BatchSize)
		if len(b.items) == 0 {
			return nil
		}
		if err := b.sendTaken(ctx); err != nil {
			return b.stillWaiting(err)
		}
	}
}

func (b *Bridge) stillWaiting(err error) error {
	return fmt.Errorf("graphite: %d samples are still waiting: %w", b.waiting(), err)
}

// waiting returns how many samples are not sent yet.
func (b *Bridge) waiting() int { return b.queue.size() + int(b.stats.flying.Load()) }

// sendTaken sends what was taken, or puts it back.
func (b *Bridge) sendTaken(ctx context.Context) error {
	n := int64(len(b.items))
	b.stats.flying.Add(n)
	defer b.stats.flying.Add(-n)
	defer func() { clear(b.items) }()
	err := b.send(ctx)
	if err != nil {
		_ = b.drop(b.queue.restore(b.items)) // which is counted
		return err
	}
	b.stats.written.Add(uint64(n))
	return nil
}

// send sends the batch until the receiver has read all of it. The error says that the
// context ended before.
//
// To send again what the receiver may have had does no harm: it has one value for each
// path and time, and the last one it is told.
func (b *Bridge) send(ctx context.Context) error {
	pause := sending.Backoff{Next: b.options.MinBackoff, Max: b.options.MaxBackoff}
	for {
		start := time.Now()
		err := b.deliver(ctx)
		b.stats.batch(err, time.Since(start))
		if err == nil {
			return nil
		}
		b.stats.repeated.Add(uint64(len(b.items)))
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), err)
		}
		b.log.Warn("graphite: sending failed and will be repeated", "error", err)
		if waiting := sending.Wait(ctx, pause.Step()); waiting != nil {
			return errors.Join(waiting, err)
		}
	}
}
