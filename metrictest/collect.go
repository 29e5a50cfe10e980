package metrictest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"polymeter.dev/metric"
)

// patience is how long a collector may take, of which it is told by its context.
const patience = 30 * time.Second

// errNil is reported for a collector that is not there, errPanicked for one that
// panics.
var (
	errNil      = errors.New("the collector is nil")
	errPanicked = errors.New("the collector panicked")
)

// collect runs a collector, and makes an error of its panic.
func collect(ctx context.Context, c metric.Collector, emit func(metric.Family) error) (err error) {
	if c == nil {
		return errNil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanicked, p, debug.Stack())
		}
	}()
	return c.Collect(ctx, emit)
}

// restrict narrows a collector down to families that have one of the names, if
// there are any.
func restrict(c metric.Collector, names []string) metric.Collector {
	if c == nil || len(names) == 0 {
		return c
	}
	return metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		inner := c
		if restricter, ok := c.(metric.Restricter); ok {
			inner = restricter.Restrict(names)
		}
		return inner.Collect(ctx, func(f metric.Family) error {
			if f == nil || f.Desc() == nil || matches(f.Desc(), names) {
				return emit(f)
			}
			return nil
		})
	})
}

func matches(d *metric.Desc, names []string) bool {
	return slices.ContainsFunc(names, d.Matches)
}

// family is a family with its samples in composite form.
type family struct {
	desc    *metric.Desc
	samples []*metric.Sample
}

// name returns the name that most formats show.
func (f *family) name() string { return f.desc.FullName() }

// title names the family and its type.
func (f *family) title() string { return fmt.Sprintf("%s (%s)", f.name(), f.desc.Type) }

// gather collects the families that have one of the names, all without names.
func gather(c metric.Collector, names []string) ([]*family, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var families []*family
	err := collect(ctx, restrict(c, names), func(f metric.Family) error {
		kept, err := keep(f)
		if err == nil {
			families = append(families, kept)
		}
		return err
	})
	return families, err
}

// keep copies a family in composite form. One that does not compose stays as it
// is: a raw family may have any samples.
func keep(f metric.Family) (*family, error) {
	if f == nil || f.Desc() == nil {
		return nil, fmt.Errorf("a family of type %T has no description", f)
	}
	snapshot, err := metric.Copy(f)
	if err != nil {
		return nil, fmt.Errorf("family %q: %w", f.Desc().Name, err)
	}
	if kept, err := load(new(metric.Composer).Compose(snapshot, 0)); err == nil {
		return kept, nil
	}
	return load(snapshot)
}

// load copies a family as it is.
func load(f metric.Family) (*family, error) {
	kept := &family{desc: f.Desc()}
	err := f.Each(func(s *metric.Sample) error {
		kept.samples = append(kept.samples, s.Clone())
		return nil
	})
	return kept, err
}

// Desc implements [metric.Family].
func (f *family) Desc() *metric.Desc { return f.desc }

// Each implements [metric.Family].
func (f *family) Each(visit func(*metric.Sample) error) error {
	for _, s := range f.samples {
		if err := visit(s); err != nil {
			return err
		}
	}
	return nil
}

// lines returns the samples as text formats show them, with those of start times.
func (f *family) lines() []metric.Sample {
	// It fails for labels that composed samples cannot have.
	lines, _ := metric.Expand(f, true)
	return lines
}
