package polymeter

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// StateSetOpts declares a state set or a vector of them.
type StateSetOpts struct {
	Name string
	// Help is a sentence for humans.
	Help string
	// States are the names of the states, at least one and at most MaxStates.
	States []string
	// Labels are the label names of a vector.
	Labels []string
	// Series bounds and prepares the series of a vector.
	Series SeriesOpts
}

// MaxStates is how many states a state set may have.
const MaxStates = 64

func (o *StateSetOpts) check() error {
	if len(o.States) == 0 || len(o.States) > MaxStates {
		return fmt.Errorf("state set has %d states, not between 1 and %d", len(o.States), MaxStates)
	}
	for i, state := range o.States {
		if slices.Contains(o.States[:i], state) {
			return fmt.Errorf("state %q occurs twice", state)
		}
		if !utf8.ValidString(state) {
			return fmt.Errorf("state %q is not valid UTF-8", state)
		}
	}
	return nil
}

func (o *StateSetOpts) spec() cell.Spec {
	s := specOf(metric.TypeStateSet, o.Name, o.Help, "", o.Labels)
	s.States = slices.Clone(o.States)
	return s
}

// StateSet shows which of some states hold: as an enumeration exactly one, set
// by Set; or any number of them, set by SetState. At first it is the
// enumeration's first state. Its methods may be called concurrently and never
// panic.
type StateSet struct {
	base
	word atomic.Pointer[atomic.Uint64] // bit i says whether state i holds
	// samples are the labels that each state's sample has.
	samples []metric.Labels
}

func (s *StateSet) init(f *family, labels metric.Labels) {
	s.join(f)
	s.word.Store(new(atomic.Uint64))
	s.word.Load().Store(1)
	for _, state := range f.spec.States {
		// Declaring has checked that name and states make valid labels.
		with, _ := labels.With(f.spec.Name, state)
		s.samples = append(s.samples, with)
	}
}

// Set makes state the only one that holds. An unknown state changes nothing;
// the rejection is counted and reported to the registry's OnError.
func (s *StateSet) Set(state string) {
	s.touch()
	if bit, found := s.bit(state); found {
		s.settled(func() { s.word.Load().Store(bit) })
	}
}

// SetState says whether one state holds, and leaves the others alone. An
// unknown state changes nothing; the rejection is counted and reported to the
// registry's OnError.
func (s *StateSet) SetState(state string, holds bool) {
	s.touch()
	bit, found := s.bit(state)
	switch {
	case !found:
	case holds:
		s.settled(func() { s.word.Load().Or(bit) })
	default:
		s.settled(func() { s.word.Load().And(^bit) })
	}
}

// Holds reports whether the state holds. An unknown state is rejected as by
// SetState.
func (s *StateSet) Holds(state string) bool {
	bit, found := s.bit(state)
	return found && s.load()&bit != 0
}

func (s *StateSet) load() (bits uint64) {
	s.settled(func() { bits = s.word.Load().Load() })
	return bits
}

func (s *StateSet) bit(state string) (uint64, bool) {
	if s.family == nil {
		return 0, false
	}
	i := slices.Index(s.family.spec.States, state)
	if i < 0 {
		s.family.reject(rejectState, "no state %q among %q", state, s.family.spec.States)
		return 0, false
	}
	return 1 << i, true
}

func (s *StateSet) each(sample *metric.Sample, _ *workspace, visit func(*metric.Sample) error) error {
	bits := s.load()
	for i, labels := range s.samples {
		sample.Labels, sample.Value = labels, float64(bits>>i&1)
		if err := visit(sample); err != nil {
			return err
		}
	}
	return nil
}

// move copies the word. Unlike updates of other kinds, those of states wait for it,
// and repeat themselves when it came in between.
func (s *StateSet) enter(_ *family, place *cell.Place) bool {
	s.moveTo(place.Words[0])
	return true
}

func (s *StateSet) leave(*family, bool) { s.moveTo(new(atomic.Uint64)) }

func (s *StateSet) moveTo(word *atomic.Uint64) {
	word.Store(s.word.Load().Load())
	s.word.Store(word)
}
