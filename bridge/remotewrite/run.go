package remotewrite

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run collects at once and then at every interval, and sends what was collected, until
// ctx ends. While the receiver is away it goes on collecting, and sends what has waited
// when the receiver is back.
//
// At the end Run collects once more and ends all series with staleness markers, unless
// Options.KeepAtEnd says otherwise, and returns when that is sent, or after
// Options.StopTimeout. It returns nil when nothing is left to send; that the
// receiver refused samples, or that a collector failed, is logged and counted.
func (w *Writer) Run(ctx context.Context) error {
	if !w.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer w.running.Store(false)
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	var senders sync.WaitGroup
	for _, s := range w.shards {
		senders.Go(func() { s.serve(sending) })
	}
	w.repeat(ctx)
	err := w.finish(context.WithoutCancel(ctx))
	stop()
	senders.Wait()
	if w.ownClient {
		w.client.CloseIdleConnections()
	}
	return err
}

// repeat collects until ctx ends.
func (w *Writer) repeat(ctx context.Context) {
	ticker := time.NewTicker(w.options.Interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		w.collectAndLog(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// finish collects for the last time, and sends what is left.
func (w *Writer) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, w.options.StopTimeout, errStopped)
	defer cancel()
	w.rest(ctx)
	w.collectAndLog(ctx)
	if !w.options.KeepAtEnd {
		w.retire(ctx)
	}
	return w.drain(ctx)
}

// rest waits for a collector that the end of Run has interrupted, for as long as leaves
// time to send: it is not asked again before it has returned.
func (w *Writer) rest(ctx context.Context) {
	if w.foreign == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.options.StopTimeout/2)
	defer cancel()
	w.foreign.Rest(ctx)
}

var errStopped = errors.New("the time to stop was over")

func (w *Writer) collectAndLog(ctx context.Context) {
	err := w.collect(ctx, new(collection))
	if err != nil && ctx.Err() == nil {
		w.log.Warn("remotewrite: a collection is incomplete", "error", err)
	}
}

// retire ends all series.
func (w *Writer) retire(ctx context.Context) {
	if w.enter(ctx) != nil {
		return
	}
	defer w.leave()
	w.intake.retire(new(collection))
	w.alert()
}
