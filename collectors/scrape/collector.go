package scrape

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"polymeter.dev/metric"
)

// Collector is a [metric.Collector] of what other processes show. It may be used
// concurrently.
type Collector struct {
	options Options
	stats   stats
}

// New returns a collector of pages. It asks nobody before it collects.
func New(o *Options) (*Collector, error) {
	options, err := o.complete()
	if err != nil {
		return nil, err
	}
	return &Collector{options: options}, nil
}

// Collect asks all targets and emits what they show, family by family, in the order in
// which the targets have them.
//
// A target counts with its whole page or, when that cannot be read to its end in time,
// not at all. A family that is not valid, or that has another type than at a target
// before, is lost for that target. The error joins a [metric.CollectError] for each
// loss. The pages are in memory until they are emitted.
func (c *Collector) Collect(ctx context.Context, emit func(metric.Family) error) error {
	targets, err := c.targets(ctx)
	if err != nil {
		return err
	}
	pages := c.fetchAll(ctx, targets)
	s := &selection{options: &c.options, byName: make(map[string]*joined)}
	for _, p := range pages {
		s.add(p)
	}
	failed := s.emit(emit)
	c.stats.note(pages)
	if failed != nil {
		return failed
	}
	var errs []error
	for _, p := range pages {
		errs = append(errs, p.errs...)
	}
	return errors.Join(errs...)
}

// targets returns the targets of a collection, complete.
func (c *Collector) targets(ctx context.Context) ([]Target, error) {
	if c.options.Find == nil {
		return c.options.Targets, nil
	}
	found, err := c.options.Find(ctx)
	if err != nil {
		return nil, fmt.Errorf("scrape: the targets cannot be found: %w", err)
	}
	found = slices.Clone(found)
	return found, checkTargets(found, c.options.MaxTargets)
}

// page is what a target has sent.
type page struct {
	target   Target
	up       bool
	took     time.Duration
	families []*metric.Snapshot
	errs     []error
	lost     int // families
}

// lose notes that a family of the page is not shown.
func (p *page) lose(family string, err error) {
	p.lost++
	p.fail(family, err)
}

func (p *page) fail(family string, err error) {
	p.errs = append(p.errs, &metric.CollectError{Collector: fmt.Sprintf("of target %q", p.target.Name), Family: family, Err: err})
}

// fetchAll asks all targets, and returns when the last has answered or failed. That
// leaves time to show what came: who collects may be gone at the deadline.
func (c *Collector) fetchAll(ctx context.Context, targets []Target) []*page {
	if deadline, bounded := ctx.Deadline(); bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)*9/10)
		defer cancel()
	}
	pages := make([]*page, len(targets))
	turns := make(chan struct{}, c.options.Concurrency)
	var asked sync.WaitGroup
	for i, target := range targets {
		p := &page{target: target}
		pages[i] = p
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			p.fail("", fmt.Errorf("its turn did not come: %w", context.Cause(ctx)))
			continue
		}
		asked.Go(func() {
			defer func() { <-turns }()
			c.fetch(ctx, p)
		})
	}
	asked.Wait()
	return pages
}

// fetch asks a target. A panic, which a client of the caller's may have, is its loss.
func (c *Collector) fetch(ctx context.Context, p *page) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	started := time.Now()
	defer func() {
		p.took = time.Since(started)
		if value := recover(); value != nil {
			p.fail("", fmt.Errorf("panic: %v", value))
		}
		if p.up = len(p.errs) == p.lost; !p.up {
			p.families = nil
		}
	}()
	if err := c.get(ctx, p); err != nil {
		p.fail("", c.explain(ctx, err))
	}
}
