package multiprocess

import (
	"context"
	"errors"
	"slices"

	"polymeter.dev/internal/gather"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/metric"
)

// collection is one collection from a publisher.
type collection struct {
	run      *gather.Run
	ctx      context.Context
	cancel   context.CancelFunc
	families []*metric.Snapshot
	errs     []error
}

// start begins to collect. Every collection must be released.
func (p *publisher) start(ctx context.Context) *collection {
	c := &collection{}
	c.ctx, c.cancel = context.WithTimeout(ctx, p.timeout)
	c.run = p.source.Start(c.ctx, gather.Options{Validation: p.validation})
	return c
}

func (c *collection) wait() { c.families, c.errs = c.run.Wait(c.ctx) }

// saysAnything reports whether the collector has said anything, be it that it has
// nothing.
func (c *collection) saysAnything() bool { return len(c.families) > 0 || len(c.errs) == 0 }

func (c *collection) release() {
	c.run.Release()
	c.cancel()
}

// keptPublication is a family as it was collected last: in composite form, and
// such that it can be written.
type keptPublication struct {
	family *metric.Snapshot
	at     int64 // when it was collected, in nanoseconds since the Unix epoch
}

func (k *keptPublication) name() string { return k.family.Desc().Name }

// take keeps what was collected, in place of what was before; families that could
// not be had stay as they were. It returns what was lost.
func (p *publisher) take(c *collection, at int64) []error {
	errs := slices.Clone(c.errs)
	missing := p.missing(errs)
	next := make([]*keptPublication, 0, len(c.families))
	for _, f := range c.families {
		name := f.Desc().Name
		if has(next, name) {
			errs = append(errs, p.lost(name, errors.New("the collector has emitted it twice")))
			continue
		}
		kept, err := p.keep(f, at)
		if err != nil {
			errs = append(errs, p.lost(name, err))
			missing = append(missing, name)
			continue
		}
		next = append(next, kept)
	}
	for _, before := range p.kept {
		if !has(next, before.name()) && (slices.Contains(missing, before.name()) || slices.Contains(missing, "")) {
			next = append(next, before)
		}
	}
	p.kept = next
	return errs
}

func has(all []*keptPublication, name string) bool {
	return slices.ContainsFunc(all, func(k *keptPublication) bool { return k.name() == name })
}

// missing returns the names of families that errors are about; an empty one
// stands for all that the collector did not come to.
func (p *publisher) missing(errs []error) []string {
	var names []string
	for _, err := range errs {
		name := ""
		if failed := (*metric.CollectError)(nil); errors.As(err, &failed) {
			name = failed.Family
		}
		names = append(names, name)
	}
	return names
}

func (p *publisher) lost(family string, err error) error {
	return &metric.CollectError{Collector: p.source.Name(), Family: family, Err: err}
}

// keep copies a family into what was kept under its name, or leaves that as it is
// and returns why the family cannot be written.
func (p *publisher) keep(f *metric.Snapshot, at int64) (*keptPublication, error) {
	if p.spare == nil {
		p.spare = new(metric.Snapshot)
	}
	if err := p.spare.Load(publishable{p.composer.Compose(newLastPoints(f), 0)}); err != nil {
		return nil, err
	}
	if err := checkStates(p.spare); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.kept, func(k *keptPublication) bool { return k.name() == f.Desc().Name })
	if i < 0 {
		kept := &keptPublication{p.spare, at}
		p.spare = nil
		return kept, nil
	}
	kept := p.kept[i]
	kept.family, kept.at, p.spare = p.spare, at, kept.family
	return kept, nil
}

// publishesInto reports whether a collection is for being published in the
// directory.
func publishesInto(ctx context.Context, dirs ...string) bool {
	into, ok := ctx.Value(publishedIn{}).(string)
	return ok && slices.ContainsFunc(dirs, func(dir string) bool { return mapped.Resolve(dir) == into })
}
