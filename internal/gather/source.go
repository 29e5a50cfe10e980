package gather

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"polymeter.dev/metric"
)

// ErrStillRunning is reported for a collector that has not returned from a
// scrape that is over, and is therefore not started again.
var ErrStillRunning = errors.New("still running since an earlier scrape")

// ErrTooManyRuns is reported for a collector that is being collected from too
// often at once, most likely by itself: one that looks up a sample of the
// registry that it is registered in is asked for that sample, too.
var ErrTooManyRuns = fmt.Errorf("under way %d times at once; does it collect from its own registry?", maxRuns)

// maxRuns is how many runs of one collector may be under way.
const maxRuns = 64

// errGoexit is reported for a collector that ended its goroutine.
var errGoexit = errors.New("did not return, but ended its goroutine")

// errLate is what a collector gets that emits after the scrape gave it up.
var errLate = errors.New("gather: the scrape is over")

// Source is a collector that is run under guard. Use one Source for the life of
// a collector: it remembers whether runs have not returned in time. Several may
// be under way at once, one for each concurrent scrape.
type Source struct {
	collector metric.Collector
	name      string
	running   atomic.Int32 // runs that have not returned
	hung      atomic.Int32 // those of them that were given up
}

// NewSource returns a guard for c.
func NewSource(c metric.Collector) *Source {
	name := fmt.Sprintf("%T", c)
	if named, ok := c.(fmt.Stringer); ok {
		name = named.String()
	}
	return &Source{collector: c, name: name}
}

// Collector returns the guarded collector.
func (s *Source) Collector() metric.Collector { return s.collector }

// Name returns the name that errors use: what the collector calls itself by a method
// String, or its Go type.
func (s *Source) Name() string { return s.name }

// Options says what a run keeps and how it checks it.
type Options struct {
	// Validation is applied to every family.
	Validation metric.Validation
	// Names restricts the run to families that have one of these exposed
	// names; empty means all.
	Names []string
}

// Start begins to collect in a new goroutine. Every Run must be released.
func (s *Source) Start(ctx context.Context, o Options) *Run {
	r := &Run{source: s, options: o, done: make(chan struct{})}
	if s.hung.Load() > 0 {
		return r.refuse(ErrStillRunning)
	}
	if s.running.Add(1) > maxRuns {
		s.running.Add(-1)
		return r.refuse(ErrTooManyRuns)
	}
	go r.collect(ctx)
	return r
}

// Rest waits until the collector has returned from all runs that were given up, or
// ctx is done.
func (s *Source) Rest(ctx context.Context) {
	const pause = 2 * time.Millisecond
	for s.hung.Load() > 0 && ctx.Err() == nil {
		time.Sleep(pause)
	}
}

// Run is one collection by one Source.
type Run struct {
	source  *Source
	options Options
	done    chan struct{}

	mu       sync.Mutex
	over     bool // nothing more is accepted
	returned bool // the collector has
	hung     bool // the collector had not when the run was over
	families []*metric.Snapshot
	errs     []error
}

// refuse ends a run before it began.
func (r *Run) refuse(err error) *Run {
	r.fail("", err)
	r.returned = true
	close(r.done)
	return r
}

var snapshots = sync.Pool{New: func() any { return new(metric.Snapshot) }}

func (r *Run) collect(ctx context.Context) {
	defer close(r.done)
	defer r.leave()
	finished := false
	defer func() {
		if p := recover(); p != nil {
			r.fail("", panicked(p))
		} else if !finished {
			r.fail("", errGoexit)
		}
	}()
	c := r.source.collector
	if restricter, ok := c.(metric.Restricter); ok && len(r.options.Names) > 0 {
		c = restricter.Restrict(r.options.Names)
	}
	err := c.Collect(ctx, r.emit)
	finished = true
	if err != nil && !errors.Is(err, errLate) {
		r.fail("", err)
	}
}

// leave notes that the collector has returned.
func (r *Run) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.returned = true
	r.source.running.Add(-1)
	if r.hung {
		r.source.hung.Add(-1)
	}
}

// emit copies and checks one family. An invalid one is lost and reported, but
// the collector goes on: its other families are no worse for it.
func (r *Run) emit(f metric.Family) error {
	copied := snapshots.Get().(*metric.Snapshot)
	name, wanted, err := r.load(copied, f)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.over:
		return errLate
	case err != nil:
		r.errs = append(r.errs, &metric.CollectError{Collector: r.source.name, Family: name, Err: err})
	case wanted:
		r.families = append(r.families, copied)
		return nil
	}
	snapshots.Put(copied)
	return nil
}

// load copies and checks a family if it is wanted. A panic of the family
// becomes an error, so that the collector's other families are still asked for.
func (r *Run) load(to *metric.Snapshot, f metric.Family) (name string, wanted bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	if f == nil || f.Desc() == nil {
		return "", false, fmt.Errorf("a family of type %T has no description", f)
	}
	name = f.Desc().Name
	if !r.wants(f.Desc()) {
		return name, false, nil
	}
	if err := to.Load(f); err != nil {
		return name, true, err
	}
	return name, true, to.Validate(r.options.Validation)
}

func panicked(value any) error { return fmt.Errorf("panic: %v\n%s", value, debug.Stack()) }

func (r *Run) wants(d *metric.Desc) bool {
	if len(r.options.Names) == 0 {
		return true
	}
	for _, name := range r.options.Names {
		if d.Matches(name) {
			return true
		}
	}
	return false
}

func (r *Run) fail(family string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.errs = append(r.errs, &metric.CollectError{Collector: r.source.name, Family: family, Err: err})
	}
}

// Wait returns the families that are complete when the collector has returned
// or ctx is done, whichever is first, and what went wrong. A collector that has
// not returned by then is left alone, and its late families are refused.
// The families stay valid until Release.
func (r *Run) Wait(ctx context.Context) ([]*metric.Snapshot, []error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		select {
		case <-r.done: // it did return in time; both channels were ready
		default:
			r.fail("", fmt.Errorf("not done when the scrape had to end: %w", context.Cause(ctx)))
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	return r.families, r.errs
}

// end refuses what comes later, and notes whether the collector hangs. The
// caller holds the lock.
func (r *Run) end() {
	if r.over {
		return
	}
	r.over = true
	if !r.returned {
		r.hung = true
		r.source.hung.Add(1)
	}
}

// Release gives the memory of the families back for later scrapes. A run that
// was not waited for is over, too.
func (r *Run) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
	for _, f := range r.families {
		snapshots.Put(f)
	}
	r.families = nil
}
