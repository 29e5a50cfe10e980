package multiprocess

import (
	"fmt"

	"polymeter.dev/internal/cell"
)

// Member is what a [Store] asks of a registry that keeps values in it. None of
// its methods may close the store.
type Member interface {
	// Closed is called once, before anything else that Close does, while the
	// values can still be read: a registry then takes them back.
	Closed()
	// Leave takes all values back, and Enter puts them into the store again,
	// which has new files meanwhile. Enter follows each Leave.
	Leave()
	Enter()
	// Retry puts values into the store for which it had no room before.
	Retry()
}

// Join makes m a member, until the store is closed. It is an error when Close
// was called already.
func (s *Store) Join(m Member) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return fmt.Errorf("multiprocess: directory %q: %w", s.dir, cell.ErrClosed)
	}
	s.members = append(s.members, m)
	s.keeper.start(s.interval, s.keep)
	return nil
}

// keep is what the store does every now and then.
func (s *Store) keep() {
	s.Renew()
	for _, m := range s.present() {
		m.Retry()
	}
	s.publish()
}

func (s *Store) present() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.members
}

// Renew begins new files if somebody has removed those of the store, and takes
// along what this process has counted. What it counts between the removal and
// the next Renew is on no page until then. It reports whether that was so. The
// store does this by itself every now and then.
func (s *Store) Renew() bool {
	if !s.lost() {
		return false
	}
	s.end.Lock()
	defer s.end.Unlock()
	if !s.lost() { // somebody else was faster
		return false
	}
	members := s.present()
	for _, m := range members {
		m.Leave()
		s.mu.Lock()
		s.format.drain() // a series that members share goes along with the first
		s.mu.Unlock()
	}
	s.mu.Lock()
	err := s.format.forget()
	s.mu.Unlock()
	for _, m := range members {
		m.Enter()
	}
	s.republish()
	s.news.add(func() {
		s.logger.Warn("multiprocess: the files of this process were removed; it has begun new ones", "dir", s.dir, "error", err)
	})
	return true
}

func (s *Store) lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closing && s.format.lost()
}
