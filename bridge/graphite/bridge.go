package graphite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/sending"
	"polymeter.dev/metric"
)

// ErrRunning is returned by [Bridge.Run] while it is running already.
var ErrRunning = errors.New("graphite: the bridge is already running")

var errOverflow = errors.New("graphite: the queue is full, and the oldest samples were dropped")

// Bridge sends what a collector collects to Graphite. Its methods may be called
// concurrently; collections happen one after the other, and so do connections.
type Bridge struct {
	options   Options
	address   string
	collector metric.Collector
	foreign   *gather.Source // nil when the collector is guarded

	stats   stats
	log     sending.Log
	queue   queue
	wake    chan struct{} // has one when there is something to send
	turn    chan struct{} // has one while a collection is under way
	intake  *intake
	running atomic.Bool

	sending chan struct{} // has one while somebody sends
	items   []item        // of the batch; belongs to who sends
	encoded []byte        // likewise
}

// New returns a bridge that sends what c collects to the address, such as
// "graphite.example.com:2003". New sends nothing; a nil o means the defaults.
func New(address string, c metric.Collector, o *Options) (*Bridge, error) {
	if c == nil {
		return nil, errors.New("graphite: there is no collector")
	}
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	b := &Bridge{
		options: o.withDefaults(), address: address, collector: c,
		wake: make(chan struct{}, 1), turn: make(chan struct{}, 1), sending: make(chan struct{}, 1),
	}
	if err := b.options.check(); err != nil {
		return nil, err
	}
	b.log.Logger = b.options.Logger
	b.queue.limit = b.options.QueueSize
	b.intake = newIntake(&b.options, &b.stats, b.put)
	if !gather.IsGuarded(c) {
		b.foreign = gather.NewSource(c)
	}
	return b, nil
}

// Push collects once, and sends what was collected, and what waits from before. It
// returns when the receiver has read all of it, or ctx ends; until then it goes on
// trying, so ctx should have a deadline. What could not be sent waits for the next Push or
// Run.
//
// The error says what was lost while collecting, and what is still waiting. Samples that
// Graphite cannot have, such as those without a number, are no error; they are counted.
func (b *Bridge) Push(ctx context.Context) error {
	return errors.Join(b.collect(ctx), b.drain(ctx))
}

// collect puts what is collected into the queue. Once ctx has ended, what is missing
// may be missing for that reason alone.
func (b *Bridge) collect(ctx context.Context) error {
	if err := b.enter(ctx); err != nil {
		return err
	}
	defer b.leave()
	bounded, cancel := context.WithTimeout(ctx, b.options.Interval)
	defer cancel()
	b.intake.begin()
	err := b.gather(bounded)
	if err != nil {
		b.stats.incomplete.Add(1)
	}
	if ctx.Err() == nil {
		b.intake.end()
	}
	b.alert()
	return errors.Join(err, b.intake.failure)
}

// enter waits for the turn to collect.
func (b *Bridge) enter(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("graphite: nothing was collected: %w", context.Cause(ctx))
	}
}

func (b *Bridge) leave() { <-b.turn }

// gather takes in what the collector gives. A family that cannot be taken costs no
// other.
func (b *Bridge) gather(ctx context.Context) error {
	var errs []error
	take := func(f metric.Family) error {
		name := f.Desc().Name
		if err := b.intake.take(f); err != nil {
			errs = append(errs, fmt.Errorf("graphite: family %q: %w", name, err))
		}
		return nil
	}
	if b.foreign == nil {
		err := b.collector.Collect(ctx, take)
		return errors.Join(append(errs, err)...)
	}
	run := b.foreign.Start(ctx, gather.Options{})
	defer run.Release()
	families, failed := run.Wait(ctx)
	for _, f := range families {
		_ = take(f) // which keeps its errors
	}
	return errors.Join(append(errs, failed...)...)
}

// put puts an item into the queue, and wakes who sends when a batch is full. It fails
// when there was no room for it, or for others before it.
func (b *Bridge) put(it item) error {
	dropped, size := b.queue.push(it)
	if size >= b.options.BatchSize {
		b.alert()
	}
	return b.drop(dropped)
}

// drop counts items that there was no room for.
func (b *Bridge) drop(n int) error {
	if n == 0 {
		return nil
	}
	b.stats.lost[lostOverflow].Add(uint64(n))
	b.log.Warn("graphite: samples were dropped", "error", errOverflow)
	return errOverflow
}

// alert says that there is something to send.
func (b *Bridge) alert() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
