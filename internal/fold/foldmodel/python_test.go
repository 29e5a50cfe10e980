package foldmodel

const (
	pythonInodes      = 3
	pythonIdentifiers = 2
)

// python is the protocol for the files of the Python client, of one prefix.
type python struct {
	rules rules
	pythonBounds
	rested map[pythonState]fault // what wrongAtRest found before
}

// pythonBounds are how far things go.
type pythonBounds struct {
	processes [pythonIdentifiers]uint8 // that live one after another
	scrapes   uint8
	crashes   uint8 // of compactors; processes die as they like
	refusals  uint8 // unlinks that fail
}

// inodeValues has a number for each inode.
type inodeValues [pythonInodes]uint8

type pythonState struct {
	names      set
	public     [pythonIdentifiers]uint8 // the inodes of public names
	made       uint8                    // inodes made so far
	owner      [pythonInodes]uint8      // the identifier that an inode was made for
	value      inodeValues              // what was told to have been counted, which is what the file says
	processes  [pythonIdentifiers]pythonProcess
	begun      [pythonIdentifiers]uint8
	archive    pythonArchive
	compactors [2]pythonCompactor
	reader     pythonReader
	crashes    uint8
	refusals   uint8
	fault      fault
}

// A pythonArchive is the content of the prefix's archive. The generation stands
// for its inode.
type pythonArchive struct {
	generation uint8
	absorbed   set // names
	sum        inodeValues
}

// The names by their numbers. Every process with the identifier uses the public
// name; a sealed one has a random part, and is never used again.
const (
	firstPublic = 0                               // counter_P.db, one for each identifier
	firstSealed = firstPublic + pythonIdentifiers // counter_P.db_RANDOM.db, one for each inode
	firstSecond = firstSealed + pythonInodes      // without sealOnce: another for each inode

	publicNames set = 1<<firstSealed - 1
)

func newPython(r rules, b pythonBounds) *python {
	return &python{rules: r, pythonBounds: b, rested: map[pythonState]fault{}}
}

func (m *python) initial() pythonState { return pythonState{} }

func (m *python) next(s pythonState, do func(step, pythonState)) {
	for i := range s.processes {
		m.write(s, i, do)
	}
	for i := range s.compactors {
		m.crash(s, i, do)
		m.compact(s, i, do)
	}
	m.read(s, do)
}

// inode is what a name stands for.
func (s *pythonState) inode(name int) int {
	switch {
	case name < firstSealed:
		return int(s.public[name-firstPublic])
	case name < firstSecond:
		return name - firstSealed
	}
	return name - firstSecond
}

// links counts the names of an inode.
func (s *pythonState) links(inode int) int {
	n := 0
	for name := range setSize {
		if s.names.has(name) && s.inode(name) == inode {
			n++
		}
	}
	return n
}

func (s *pythonState) link(name int) {
	s.names.put(name)
	s.reader.listing.changed(name)
}

func (s *pythonState) unlink(name int) {
	s.names.take(name)
	s.reader.listing.changed(name)
	if name < firstSealed {
		s.public[name-firstPublic] = 0
	}
}

// wrong holds the invariants against a state.
func (m *python) wrong(s pythonState) fault {
	if s.fault != none {
		return s.fault
	}
	if s.shown() != s.value {
		return notOnce
	}
	return m.wrongAtRest(s)
}

// shown is what the directory would show to somebody who saw all of it at one
// instant.
func (s *pythonState) shown() inodeValues {
	v := s.archive.sum
	var seen set
	for name := range setSize {
		if i := s.inode(name); s.names.has(name) && !s.archive.absorbed.has(name) && !seen.has(i) {
			seen.put(i)
			v[i] += s.value[i]
		}
	}
	return v
}

// wrongAtRest kills everybody and lets passes do their work, one that seals and
// one that folds: then the archive has everything, and the directory nothing
// else.
func (m *python) wrongAtRest(s pythonState) fault {
	s.reader = pythonReader{}
	s.compactors = [2]pythonCompactor{}
	s.processes = [pythonIdentifiers]pythonProcess{}
	s.begun, s.crashes, s.refusals = m.processes, m.crashes, m.refusals
	found, ok := m.rested[s]
	if !ok {
		found = m.passesAtRest(s)
		m.rested[s] = found
	}
	return found
}

func (m *python) passesAtRest(s pythonState) fault {
	end := s
	for range 2 {
		for pass := true; pass; pass = end.compactors[0].at != pythonIdle {
			m.compact(end, 0, func(_ step, next pythonState) { end = next })
		}
	}
	switch {
	case end.shown() != end.value:
		return notFolded
	case end.names != 0:
		return leftBehind
	}
	return none
}
