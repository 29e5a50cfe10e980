package polymeter

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// Register adds a collector. If it is a [metric.Describer], the names of its
// families are claimed, and a clash with what is registered already is an
// error; so are registering the same collector twice, and a
// [multiprocess.Collector] for the directory of the registry's own store, whose
// values the registry shows anyway.
//
// With a store, the collector is shown on the page of its own process alone; see
// [Registry.Publish] for one that tells about this process.
func (r *Registry) Register(c metric.Collector) error {
	e, err := r.entryOf(c)
	if err != nil {
		return err
	}
	return r.add(e)
}

// entryOf returns an entry that is not registered yet.
func (r *Registry) entryOf(c metric.Collector) (*entry, error) {
	if c == nil || isNilPointer(c) && gather.IsGuarded(c) {
		return nil, errors.New("polymeter: cannot register a nil collector")
	}
	e := &entry{source: gather.NewSource(c)}
	if d, ok := c.(metric.Describer); ok {
		e.descs, e.described = d.Describe(), true
	} else if r.describe {
		e.descs = r.describeByCollecting(e.source)
	}
	return e, nil
}

// MustRegister registers collectors and panics at the first error.
func (r *Registry) MustRegister(collectors ...metric.Collector) {
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

// checkCollector reports why c cannot be registered. The caller holds the lock.
func (r *Registry) checkCollector(c metric.Collector) error {
	if !recognisable(c) {
		return nil
	}
	if c == metric.Collector(r) {
		return errors.New("polymeter: a registry cannot be registered in itself")
	}
	if r.indexOf(c) >= 0 {
		return fmt.Errorf("polymeter: collector %T is already registered", c)
	}
	return r.checkDirectories(c)
}

// isNilPointer reports whether c is a pointer to nothing, on which methods of
// ours would panic where no guard is.
func isNilPointer(c metric.Collector) bool {
	v := reflect.ValueOf(c)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// recognisable reports whether c can be compared, unlike a function.
func recognisable(c metric.Collector) bool { return reflect.ValueOf(c).Comparable() }

// indexOf returns the index of a recognisable collector, or -1.
func (r *Registry) indexOf(c metric.Collector) int {
	return slices.IndexFunc(r.entries, func(e *entry) bool {
		return e.source != nil && recognisable(e.source.Collector()) && e.source.Collector() == c
	})
}

func (r *Registry) describeByCollecting(s *gather.Source) []*metric.Desc {
	ctx, cancel := r.bound(context.Background())
	defer cancel()
	run := s.Start(ctx, gather.Options{Validation: r.validation})
	defer run.Release()
	families, _ := run.Wait(ctx)
	descs := make([]*metric.Desc, 0, len(families))
	for _, f := range families {
		d := *f.Desc()
		descs = append(descs, &d)
	}
	return descs
}

// add claims the names of a collector and appends it.
func (r *Registry) add(e *entry) error {
	for _, d := range e.descs {
		if err := r.checkDesc(d); err != nil {
			return fmt.Errorf("polymeter: cannot register %s: %w", e.source.Name(), err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.checkCollector(e.source.Collector()); err != nil {
		return err
	}
	for _, d := range e.descs {
		if err := r.claims.Add(e, d); err != nil {
			r.claims.Remove(e)
			return fmt.Errorf("polymeter: cannot register %s: %w", e.source.Name(), err)
		}
	}
	r.entries = append(slices.Clip(r.entries), e)
	return nil
}

func (r *Registry) checkDesc(d *metric.Desc) error {
	if d == nil {
		return errors.New("it describes a family that is nil")
	}
	return d.Validate(r.validation)
}
