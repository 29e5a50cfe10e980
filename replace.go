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
	desc    metric.Desc
	current atomic.Pointer[metric.Snapshot]
}

// NewSnapshot declares a family, by its name, help, unit, type and label names,
// that has no samples until Replace is called.
func (r *Registry) NewSnapshot(d metric.Desc) (*Snapshot, error) {
	d.Name = metric.StripSuffix(d.Type, d.Name)
	s := &Snapshot{desc: d}
	if err := r.Register(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Replace shows the samples of f, usually one of the builders of package
// metric, from now on. It fails, and keeps the old samples, when f has another
// name or type than declared, or an error.
func (s *Snapshot) Replace(f metric.Family) error {
	if d := f.Desc(); d.Name != s.desc.Name || d.Type != s.desc.Type {
		return fmt.Errorf("polymeter: cannot replace %s %q by %s %q", s.desc.Type, s.desc.Name, d.Type, d.Name)
	}
	next, err := metric.Copy(f)
	if err != nil {
		return fmt.Errorf("polymeter: cannot replace %s %q: %w", s.desc.Type, s.desc.Name, err)
	}
	s.current.Store(next)
	return nil
}

// Describe returns the one family.
func (s *Snapshot) Describe() []*metric.Desc { return []*metric.Desc{&s.desc} }

// Collect emits the current samples.
func (s *Snapshot) Collect(_ context.Context, emit func(metric.Family) error) error {
	if current := s.current.Load(); current != nil {
		return emit(current)
	}
	return nil
}
