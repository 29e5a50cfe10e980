package remotewrite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/sending"
	"polymeter.dev/metric"
)

// ErrRunning is returned by [Writer.Run] while it is running already.
var ErrRunning = errors.New("remotewrite: the writer is already running")

var errOverflow = errors.New("remotewrite: the queue is full, and the oldest samples were dropped")

// Writer sends what a collector collects to a receiver. Its methods may be called
// concurrently; collections happen one after the other.
type Writer struct {
	options   Options
	url       string
	client    *http.Client
	ownClient bool
	collector metric.Collector
	foreign   *gather.Source // nil when the collector is guarded

	protocol negotiation
	stats    stats
	log      sending.Log
	shards   []*shard
	turn     chan struct{} // has one while a collection is under way
	intake   *intake
	running  atomic.Bool
}

// New returns a writer that sends what c collects to the receiver at the URL, such as
// "http://prometheus:9090/api/v1/write". A name and password in the URL are used for
// basic authentication. New sends nothing; a nil o means the defaults.
func New(url string, c metric.Collector, o *Options) (*Writer, error) {
	if c == nil {
		return nil, errors.New("remotewrite: there is no collector")
	}
	if err := checkURL(url); err != nil {
		return nil, err
	}
	w := &Writer{options: o.withDefaults(), url: url, collector: c, turn: make(chan struct{}, 1)}
	if err := w.options.check(); err != nil {
		return nil, err
	}
	w.client, w.ownClient = newClient(&w.options)
	w.protocol.fixed = w.options.Protocol
	w.log.Logger = w.options.Logger
	for range w.options.Shards {
		w.shards = append(w.shards, newShard(w, max(1, w.options.QueueSize/w.options.Shards)))
	}
	w.intake = newIntake(&w.options, &w.stats, func(it item) { w.shards[it.series.shard].push(it) })
	if err := sortLabels(w.intake.table.added); err != nil {
		return nil, err
	}
	if !gather.IsGuarded(c) {
		w.foreign = gather.NewSource(c)
	}
	return w, nil
}

// Push collects once, and sends what was collected, and what waits from before. It
// returns when the receiver has taken or refused all of it, or ctx ends; until then it
// goes on trying, so ctx should have a deadline. What could not be sent waits for the
// next Push or Run.
//
// The error says what was lost while collecting, refused, or is still waiting. That the
// receiver refused samples is a [*StatusError]. Series that were in the writer's last
// collection, and are not in this one, end with a staleness marker; the others do not,
// so a value that a job pushes once is shown for as long as the receiver thinks fit.
func (w *Writer) Push(ctx context.Context) error {
	c := new(collection)
	err := w.collect(ctx, c)
	if sending := w.drain(ctx); sending != nil {
		return errors.Join(err, sending)
	}
	return errors.Join(err, c.failure())
}

// collect puts what is collected into the queues. Once ctx has ended, what is
// missing may be missing for that reason alone.
func (w *Writer) collect(ctx context.Context, c *collection) error {
	if err := w.enter(ctx); err != nil {
		return err
	}
	defer w.leave()
	bounded, cancel := context.WithTimeout(ctx, w.options.Interval)
	defer cancel()
	w.intake.begin(c)
	err := w.gather(bounded)
	if err != nil {
		w.stats.incomplete.Add(1)
	}
	if ctx.Err() == nil {
		w.intake.end()
	}
	w.alert()
	return err
}

// enter waits for the turn to collect.
func (w *Writer) enter(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("remotewrite: nothing was collected: %w", context.Cause(ctx))
	}
}

func (w *Writer) leave() { <-w.turn }

// gather takes in what the collector gives. A family that cannot be taken costs no
// other.
func (w *Writer) gather(ctx context.Context) error {
	var errs []error
	take := func(f metric.Family) error {
		name := f.Desc().Name
		if err := w.intake.take(f); err != nil {
			errs = append(errs, fmt.Errorf("remotewrite: family %q: %w", name, err))
		}
		return nil
	}
	if w.foreign == nil {
		err := w.collector.Collect(ctx, take)
		return errors.Join(append(errs, err)...)
	}
	run := w.foreign.Start(ctx, gather.Options{})
	defer run.Release()
	families, failed := run.Wait(ctx)
	for _, f := range families {
		_ = take(f) // which keeps its errors
	}
	return errors.Join(append(errs, failed...)...)
}

// alert says to who sends that there is something to send.
func (w *Writer) alert() {
	for _, s := range w.shards {
		s.alert()
	}
}

// drain sends all that waits. The error says why some of it still does.
func (w *Writer) drain(ctx context.Context) error {
	errs := make([]error, len(w.shards))
	var shards sync.WaitGroup
	for i, s := range w.shards {
		shards.Go(func() { errs[i] = s.drain(ctx) })
	}
	shards.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remotewrite: %d samples are still waiting: %w", w.waiting()+int(w.stats.flying.Load()), err)
	}
	return nil
}

// waiting returns how many samples have not been sent, counted as in a batch.
func (w *Writer) waiting() (n int) {
	for _, s := range w.shards {
		n += s.queue.size()
	}
	return n
}
