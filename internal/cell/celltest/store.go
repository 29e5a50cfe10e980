// Package celltest has a store in memory, for tests of instruments that count in
// one.
package celltest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
)

// Format is what a [Store] can keep, and in which way.
type Format struct {
	Whole, Stamped, Nanoseconds bool // as in a [cell.Place]
	Block                       bool // places have one
	// Annex also means native buckets, start times, infos, state sets and
	// summaries with quantiles.
	Annex bool
}

// Native is the format that keeps everything.
func Native() Format {
	return Format{Whole: true, Stamped: true, Nanoseconds: true, Block: true, Annex: true}
}

// Floats is a format of floats and nothing else.
func Floats() Format { return Format{Stamped: true} }

// ErrNoRoom is what a full Store returns.
var ErrNoRoom = errors.New("celltest: no room")

// Store is a [cell.Backend] whose places are in the heap. It may be used
// concurrently.
type Store struct {
	format Format

	mu      sync.Mutex
	series  []*Series // removed ones, too
	limited bool
	room    int
	asked   int
	closed  bool
}

var _ cell.Backend = (*Store)(nil)

// New returns an empty store.
func New(f Format) *Store { return &Store{format: f} }

// Limit makes the store full when it has taken n pieces more: each series, chunk,
// exemplar and text is one.
func (s *Store) Limit(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited, s.room = true, n
}

// Unlimit gives the store as much room as anybody asks for.
func (s *Store) Unlimit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = false
}

// Close makes all further calls fail.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Asked returns how many series somebody tried to open.
func (s *Store) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// All returns all series in the order they were opened, those removed among them.
func (s *Store) All() []*Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.series)
}

// Find returns the series, or nil when there is none.
func (s *Store) Find(name string, values ...string) *Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(name, values)
}

func (s *Store) find(name string, values []string) *Series {
	for _, e := range s.series {
		if !e.removed && e.Spec.Name == name && slices.Equal(e.Values, values) {
			return e
		}
	}
	return nil
}

// Open implements [cell.Backend].
func (s *Store) Open(spec *cell.Spec, values []string) (cell.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if !s.supports(spec) {
		return cell.Place{}, cell.ErrUnsupported
	}
	if e := s.find(spec.Name, values); e != nil {
		return e.Place, nil
	}
	if err := s.take(); err != nil {
		return cell.Place{}, err
	}
	e := &Series{Spec: spec, Values: values, store: s}
	e.Place = s.place(e)
	s.series = append(s.series, e)
	return e.Place, nil
}

func (s *Store) supports(spec *cell.Spec) bool {
	switch {
	case s.format.Annex, spec.Type == metric.TypeCounter, spec.Type == metric.TypeGauge:
		return true
	case spec.Type == metric.TypeHistogram:
		return len(spec.Bounds) > 0
	}
	return spec.Type == metric.TypeSummary && !spec.Quantiles
}

// take takes room for one piece. The caller holds the lock.
func (s *Store) take() error {
	switch {
	case s.closed:
		return cell.ErrClosed
	case s.limited && s.room <= 0:
		return ErrNoRoom
	}
	s.room--
	return nil
}

func (s *Store) place(e *Series) cell.Place {
	p := cell.Place{Whole: s.format.Whole}
	if e.Spec.Type == metric.TypeGauge {
		p.Stamped, p.Nanoseconds = s.format.Stamped, s.format.Nanoseconds
	}
	block := make([]atomic.Uint64, s.words(e.Spec))
	for i := range block {
		p.Words = append(p.Words, &block[i])
	}
	if s.format.Block {
		p.Block = block
	}
	if s.format.Annex {
		p.Annex, p.Start = (*annex)(e), new(atomic.Uint64)
	}
	return p
}

func (s *Store) words(spec *cell.Spec) int {
	switch spec.Type {
	case metric.TypeInfo:
		return 0
	case metric.TypeStateSet:
		return 1
	case metric.TypeHistogram:
		n := len(spec.Bounds) + 1
		if spec.Native && s.format.Annex {
			n += 2
		}
		return n
	case metric.TypeCounter:
		if !s.format.Whole {
			return 1
		}
	case metric.TypeGauge:
		if !s.format.Stamped {
			return 1
		}
	}
	return 2
}

// Remove implements [cell.Backend].
func (s *Store) Remove(spec *cell.Spec, values []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(spec.Name, values); e != nil {
		e.removed = true
	}
}
