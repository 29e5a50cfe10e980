package metrichttp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// source collects from one collector, for as long as the handler lives.
type source struct {
	collector metric.Collector
	foreign   *gather.Source // nil when the collector is guarded
}

func newSource(c metric.Collector) *source {
	if gather.IsGuarded(c) {
		return &source{collector: c}
	}
	return &source{collector: c, foreign: gather.NewSource(c)}
}

// collect passes to emit the families that have one of the names; no names mean
// all. It returns soon after ctx is done. The error says what is missing and
// may be several joined ones; it is emit's if emit returned one.
func (s *source) collect(ctx context.Context, o gather.Options, emit func(metric.Family) error) error {
	if s.foreign != nil {
		return collectForeign(ctx, s.foreign, o, emit)
	}
	return collectGuarded(ctx, s.collector, o.Names, emit)
}

func collectForeign(ctx context.Context, from *gather.Source, o gather.Options, emit func(metric.Family) error) error {
	run := from.Start(ctx, o)
	defer run.Release()
	families, errs := run.Wait(ctx)
	for _, f := range families {
		if err := emit(f); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// collectGuarded streams families from the collector to emit. A panic can only
// be a mistake of this module, and yet must not end the program.
func collectGuarded(ctx context.Context, c metric.Collector, names []string, emit func(metric.Family) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &metric.CollectError{Collector: fmt.Sprintf("%T", c), Err: panicError(p)}
		}
	}()
	if restricter, ok := c.(metric.Restricter); ok && len(names) > 0 {
		c = restricter.Restrict(names)
	}
	return c.Collect(ctx, func(f metric.Family) error {
		if len(names) > 0 && !wanted(f.Desc(), names) {
			return nil
		}
		return emit(f)
	})
}

// wanted reports whether the family has one of the names; no names mean all.
func wanted(d *metric.Desc, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, d.Matches)
}

func panicError(p any) error {
	return fmt.Errorf("panic: %v\n%s", p, debug.Stack())
}

// eachError calls visit for err, or for each of the errors that it joins.
func eachError(err error, visit func(error)) {
	if err == nil {
		return
	}
	//nolint:errorlint // only what errors.Join made, not what wraps it
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			eachError(e, visit)
		}
		return
	}
	visit(err)
}
