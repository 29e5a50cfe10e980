package polymeter

import (
	"context"
	"fmt"
	"sync/atomic"

	"polymeter.dev/metric"
)

// Snapshot is a family that is replaced as a whole, for values that come in one
// piece from elsewhere: scrapes see either all of the old or all of the new
// samples. Its methods may be called concurrently.
type Snapshot struct {
	desc       metric.Desc
	validation metric.Validation
	current    atomic.Pointer[metric.Snapshot]
}

// NewSnapshot declares a family, by its name, help, unit, type and label names,
// that has no samples until Replace is called.
func (r *Registry) NewSnapshot(d metric.Desc) (*Snapshot, error) {
	d.Name = metric.StripSuffix(d.Type, d.Name)
	s := &Snapshot{desc: d, validation: r.validation}
	if err := r.Register(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Replace shows the samples of f, usually one of the builders of package
// metric, from now on, under the description that was declared. It fails, and
// keeps the old samples, when f has another name or type than declared, samples
// that cannot stand on one page, or an error.
func (s *Snapshot) Replace(f metric.Family) error {
	next, err := metric.Copy(f)
	if err == nil {
		err = s.check(next)
	}
	if err != nil {
		return fmt.Errorf("polymeter: cannot replace %s %q: %w", s.desc.Type, s.desc.Name, err)
	}
	s.current.Store(next)
	return nil
}

func (s *Snapshot) check(next *metric.Snapshot) error {
	if d := next.Desc(); d.Name != s.desc.Name || d.Type != s.desc.Type {
		return fmt.Errorf("the samples are those of %s %q", d.Type, d.Name)
	}
	return next.Validate(s.validation)
}

// Describe returns the one family.
func (s *Snapshot) Describe() []*metric.Desc { return []*metric.Desc{&s.desc} }

// Collect emits the current samples.
func (s *Snapshot) Collect(_ context.Context, emit func(metric.Family) error) error {
	if current := s.current.Load(); current != nil {
		return emit(describedAs{current, &s.desc})
	}
	return nil
}

// describedAs is a family under another description.
type describedAs struct {
	metric.Family
	desc *metric.Desc
}

// Desc returns the other description.
func (d describedAs) Desc() *metric.Desc { return d.desc }
