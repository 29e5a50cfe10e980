package metric

import (
	"errors"
	"fmt"
)

// Snapshot is a family that keeps what it shows: a deep copy of another family,
// for use after that one's emit call has returned. The zero value is an empty
// snapshot ready for Load.
//
// Desc, Each and Len may be called concurrently with each other; Load and
// Validate must not be called concurrently with anything.
type Snapshot struct {
	desc   *Desc
	rows   rows
	series seriesTable
}

// Copy returns a snapshot of f, or the error of f.Each.
func Copy(f Family) (*Snapshot, error) {
	s := new(Snapshot)
	if err := s.Load(f); err != nil {
		return nil, err
	}
	return s, nil
}

// Load replaces the contents by those of f and reuses all memory, so that
// loading a family of the same size again allocates nothing. After an error,
// which is that of f.Each, the snapshot is empty.
func (s *Snapshot) Load(f Family) error {
	s.rows.reset()
	s.desc = nil
	desc, err := describe(f)
	if err != nil {
		return err
	}
	if err := f.Each(s.add); err != nil {
		s.rows.reset()
		return err
	}
	s.desc = desc
	return nil
}

func (s *Snapshot) add(sample *Sample) error {
	if sample == nil {
		return errors.New("metric: a visited sample is nil")
	}
	s.rows.add(sample)
	return nil
}

// describe returns the description of a family, without which it is none.
func describe(f Family) (*Desc, error) {
	if f == nil {
		return nil, errors.New("metric: the family is nil")
	}
	desc := f.Desc()
	if desc == nil {
		return nil, fmt.Errorf("metric: family of type %T has no description", f)
	}
	return desc, nil
}

// Desc returns the description of the family, or nil when nothing was loaded.
func (s *Snapshot) Desc() *Desc { return s.desc }

// Len returns the number of samples.
func (s *Snapshot) Len() int { return s.rows.points.len() }

// Each implements [Family]. It may be called any number of times.
func (s *Snapshot) Each(visit func(*Sample) error) error { return s.rows.each(visit) }
