package foldmodel

// A pythonProcess is the living process of an identifier. Two at once overwrite
// each other, and nothing is promised for them.
type pythonProcess struct {
	at      opening
	inode   uint8
	counted bool
}

// An opening is how far open(2) for writing has come.
type opening uint8

const (
	unopened opening = iota
	found            // has found or made the inode, which shows nowhere yet
	blocked          // counts among those who have it open, and waits for a lease to go
	opened
)

// write is the life of a process that counts in the public file of its
// identifier.
func (m *python) write(s pythonState, who int, do func(step, pythonState)) {
	p := s.processes[who]
	did := func(what string, change func(*pythonState, *pythonProcess)) {
		next := s
		change(&next, &next.processes[who])
		do(step{"process", who, what, int(next.processes[who].inode)}, next)
	}
	if p.at != unopened {
		did("ends", func(_ *pythonState, p *pythonProcess) { *p = pythonProcess{} })
	}
	switch p.at {
	case unopened:
		m.find(&s, who, did)
	case found:
		did("arrives at its file", func(s *pythonState, p *pythonProcess) {
			p.at = opened
			if s.breakLeases(int(p.inode)) {
				p.at = blocked
			}
		})
	case blocked:
		did("has its file open at last", func(s *pythonState, p *pythonProcess) {
			s.endLeases(int(p.inode))
			p.at = opened
		})
	case opened:
		if !p.counted {
			did("counts in", func(s *pythonState, p *pythonProcess) {
				s.value[p.inode]++
				p.counted = true
			})
		}
	}
}

// find looks the public name up, and makes a file when there is none.
func (m *python) find(s *pythonState, who int, did func(string, func(*pythonState, *pythonProcess))) {
	switch {
	case s.begun[who] == m.processes[who]:
	case s.names.has(firstPublic + who):
		did("begins and finds", func(s *pythonState, p *pythonProcess) {
			s.begun[who]++
			*p = pythonProcess{at: found, inode: s.public[who]}
		})
	case s.made < pythonInodes:
		did("begins and makes", func(s *pythonState, p *pythonProcess) {
			s.begun[who]++
			*p = pythonProcess{at: found, inode: s.made}
			s.public[who], s.owner[s.made] = s.made, uint8(who)
			s.made++
			s.link(firstPublic + who)
		})
	}
}

// written reports whether somebody has the file open for writing, or waits for
// that. If so, the kernel refuses a lease.
func (s *pythonState) written(inode int) bool {
	for _, p := range s.processes {
		if (p.at == blocked || p.at == opened) && int(p.inode) == inode {
			return true
		}
	}
	return false
}

// breakLeases tells the holders of leases that somebody opens the file for
// writing. It reports whether there are any.
func (s *pythonState) breakLeases(inode int) bool {
	broken := false
	for i := range s.compactors {
		if c := &s.compactors[i]; c.leases.has(inode) {
			c.broken.put(inode)
			broken = true
		}
	}
	return broken
}

// endLeases takes the leases away from whoever has not given them back: the
// kernel does not wait for ever.
func (s *pythonState) endLeases(inode int) {
	for i := range s.compactors {
		s.compactors[i].leases.take(inode)
	}
}

// underway reports whether somebody has found one of the inodes and has yet to
// arrive there.
func (s *pythonState) underway(inodes set) bool {
	for _, p := range s.processes {
		if p.at == found && inodes.has(int(p.inode)) {
			return true
		}
	}
	return false
}
