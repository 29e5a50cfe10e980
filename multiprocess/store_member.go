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
	// Leave takes all values out of the store's files, which nobody finds any
	// more, so that a series that members share goes along with the first.
	// Enter, which follows each Leave, puts them into new ones.
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
// the next Renew is on no page until then; of updates that are under way at the
// very moment of moving, a few may be lost. It reports whether that was so. The
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
	left, err := s.abandon()
	for _, m := range left {
		m.Enter()
	}
	s.republish()
	s.news.add(func() {
		s.logger.Warn("multiprocess: the files of this process were removed; it goes on in new ones", "dir", s.dir, "error", err)
	})
	return true
}

// abandon makes all members leave, and lets go of the files. Members that join
// meanwhile leave, too: their values may be in the files already.
func (s *Store) abandon() (left []Member, err error) {
	for {
		s.mu.Lock()
		if len(left) == len(s.members) {
			err = s.format.forget()
			s.mu.Unlock()
			return left, err
		}
		next := s.members[len(left)]
		s.mu.Unlock()
		next.Leave()
		left = append(left, next)
	}
}

func (s *Store) lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closing && s.format.lost()
}
