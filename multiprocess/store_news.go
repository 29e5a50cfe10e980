package multiprocess

import "sync"

// news is what the log has yet to be told. A goroutine does that: whoever opens
// a series holds locks, and a logger may itself count and want one of them.
type news struct {
	mu      sync.Mutex
	lines   []func()
	telling bool
}

// add arranges for a line to be written after those before it.
func (n *news) add(line func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
	if !n.telling {
		n.telling = true
		go n.tell()
	}
}

func (n *news) tell() {
	for line := n.next(); line != nil; line = n.next() {
		line()
	}
}

// next takes the first line out, or returns nil after the last one.
func (n *news) next() func() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.lines) == 0 {
		n.telling = false
		return nil
	}
	line := n.lines[0]
	n.lines = n.lines[1:]
	return line
}

// report logs what happened, and failures only when they begin and end.
func (s *Store) report(conflicts []conflict, changed bool, err error) {
	if len(conflicts) == 0 && !changed {
		return
	}
	s.news.add(func() {
		for _, c := range conflicts {
			s.logger.Info("multiprocess: file not usable, taking another identifier", "file", c.file, "reason", c.err)
		}
		switch {
		case !changed:
		case err != nil:
			s.logger.Error("multiprocess: series stay in the memory of this process", "dir", s.dir, "error", err)
		default:
			s.logger.Info("multiprocess: series go into files again", "dir", s.dir)
		}
	})
}
