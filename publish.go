package polymeter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// Publish adds a collector, as Register does, that tells about this process. As
// long as the registry has a store, what the collector emits is shown together
// with what it emits in other processes, on the page of each of them: counters,
// histograms and summaries add up, gauges follow the mode that o says. See
// [multiprocess.Store.Publish] for what can be published, and how often.
//
// Without a store, or with one in the Python client's format, the collector is
// shown as by Register. What is true of all processes alike, such as the size of
// a table in a database, should be registered: published, it would be added up.
//
// One line publishes all that a program declares with client_golang:
//
//	polymeter.Default().Publish(collectors.FromGatherer(prometheus.DefaultGatherer), nil)
func (r *Registry) Publish(c metric.Collector, o *multiprocess.PublishOptions) error {
	e, err := r.entryOf(c)
	if err != nil {
		return err
	}
	if e.published, err = r.newPublished(c, o); err != nil {
		return fmt.Errorf("polymeter: cannot publish %s: %w", e.source.Name(), err)
	}
	if err := r.add(e); err != nil {
		return err
	}
	r.moves.Lock()
	defer r.moves.Unlock()
	if link := r.link.Load(); link != nil {
		e.published.enter(link.store)
	}
	return nil
}

// published is a collector that a store shows, if there is one that can.
type published struct {
	collector metric.Collector
	options   multiprocess.PublishOptions

	mu    sync.Mutex
	store *multiprocess.Store // that shows it now
	stop  func()
	over  bool // it is registered no more
}

func (r *Registry) newPublished(c metric.Collector, o *multiprocess.PublishOptions) (*published, error) {
	p := &published{collector: c}
	if o != nil {
		p.options = *o
	}
	if p.options.Timeout <= 0 {
		p.options.Timeout = r.timeout
	}
	if p.options.Validation == metric.ValidationDefault {
		p.options.Validation = r.validation
	}
	if !p.options.Mode.Valid() {
		return nil, fmt.Errorf("gauge mode %d does not exist", p.options.Mode)
	}
	for name, mode := range p.options.Modes {
		if !mode.Valid() {
			return nil, fmt.Errorf("gauge mode %d of family %q does not exist", mode, name)
		}
	}
	return p, nil
}

// enter has the store show the collector from now on. One that cannot leaves it to
// be collected directly.
func (p *published) enter(store *multiprocess.Store) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.store != nil {
		return
	}
	if stop, err := store.Publish(p.collector, &p.options); err == nil {
		p.store, p.stop = store, stop
	}
}

// leave has the collector collected directly again.
func (p *published) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.store != nil {
		p.stop()
		p.store, p.stop = nil, nil
	}
}

// end is leave for good.
func (p *published) end() {
	p.mu.Lock()
	p.over = true
	p.mu.Unlock()
	p.leave()
}

// in reports whether the store of the link shows the entry.
func (e *entry) in(link *storeLink) bool {
	if e.published == nil || link == nil {
		return false
	}
	e.published.mu.Lock()
	defer e.published.mu.Unlock()
	return e.published.store == link.store
}

// refresh has the store publish anew what is asked for, so that the page has it as
// it is now. That may take half of the time there is: then the page shows what
// was published last.
func (s *scrape) refresh(ctx context.Context) {
	if !slices.Contains(s.merged, true) {
		return
	}
	deadline, _ := ctx.Deadline() // there is one
	ctx, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
	defer cancel()
	for _, err := range parts(s.link.store.Refresh(ctx)) {
		if lost := (*metric.CollectError)(nil); errors.As(err, &lost) {
			s.errs = append(s.errs, err)
		}
	}
}

// parts returns the errors that err joins, or err alone.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
