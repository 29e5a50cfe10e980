package foldmodel

// A pythonCompactor is how far a pass has come. A pass holds the lock of the
// directory from its first step to its last.
type pythonCompactor struct {
	at             pythonPhase
	todo           set // names that the phase has yet to treat
	refused        set // listed names that could not be unlinked
	sealed         set // inodes whose public name goes in this pass
	folded         set // names that this pass folds
	claimed        set // and their inodes
	leases, broken set // inodes: the leases held, and those asked back
	generation     uint8
	absorbed       set // what the archive lists that was loaded
	sum            inodeValues
}

// A pythonPhase is a part of a pass.
type pythonPhase uint8

const (
	pythonIdle       pythonPhase = iota
	pythonFinishing              // unlinks what the last pass left
	pythonProbing                // asks for leases of public files
	pythonSealing                // gives a sealed name to the public file just found unused
	pythonClaiming               // takes leases of sealed files
	pythonLoading                // reads the file just claimed
	pythonChecking               // has written the next archive
	pythonCommitting             // has found its leases whole, and the archive to be the one it loaded
	pythonUnsealing              // unlinks the public names of sealed files
	pythonUnlinking              // unlinks what it folded
)

// crash ends a compactor at any step: the kernel takes its lock and its leases,
// and another one may begin.
func (m *python) crash(s pythonState, who int, do func(step, pythonState)) {
	if s.compactors[who].at != pythonIdle && s.crashes < m.crashes {
		s.compactors[who] = pythonCompactor{}
		s.crashes++
		do(step{"compactor", who, "is killed", -1}, s)
	}
}

// compact is a pass, one step at a time.
func (m *python) compact(s pythonState, who int, do func(step, pythonState)) {
	c := s.compactors[who]
	did := func(what string, change func(*pythonState, *pythonCompactor)) {
		next := s
		change(&next, &next.compactors[who])
		m.advance(&next, &next.compactors[who])
		do(step{"compactor", who, what, c.todo.lowest()}, next)
	}
	switch c.at {
	case pythonIdle:
		if m.mayBegin(&s, who) {
			did("locks the directory and loads the archive", m.begin)
		}
	case pythonFinishing, pythonUnsealing, pythonUnlinking:
		did("unlinks name", m.unlink)
		if s.refusals < m.refusals && s.names.has(c.todo.lowest()) {
			did("fails to unlink name", m.failToUnlink)
		}
	case pythonProbing:
		did("asks for the lease of public name", m.probe)
	case pythonSealing:
		did("links the inode of public name", m.seal)
	case pythonClaiming:
		did("takes the lease of name", m.claim)
	case pythonLoading:
		did("reads name", m.load)
	case pythonChecking:
		if !s.underway(c.claimed) || !m.rules.on(grace) {
			did("writes the next archive, looks at its leases and the archive again", m.check)
		}
	case pythonCommitting:
		did("renames the archive: commit", m.commit)
	}
}

// mayBegin is the lock of the directory. While both compactors are idle, they
// are the same.
func (m *python) mayBegin(s *pythonState, who int) bool {
	if s.compactors[1-who].at == pythonIdle {
		return who == 0
	}
	return !m.rules.on(oneCompactor)
}

// begin locks the directory and loads the archive.
func (m *python) begin(s *pythonState, c *pythonCompactor) {
	c.at = pythonFinishing
	c.generation, c.absorbed, c.sum = s.archive.generation, s.archive.absorbed, s.archive.sum
	if m.rules.on(finishFirst) {
		c.todo = c.absorbed & s.names
	}
}

// unlink takes a name away. Of public names that is said in one step with the
// comparison of the inode: only the holder of the directory's lock takes public
// names away, so this one cannot come to stand for another inode in between.
func (m *python) unlink(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	c.todo.take(name)
	if c.at != pythonUnsealing || m.isSealed(s, c, name-firstPublic) {
		s.unlink(name)
	}
}

// failToUnlink leaves a name to the next pass. If the archive lists it and this
// pass commits a new list, the name must be in it again.
func (m *python) failToUnlink(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	s.refusals++
	c.todo.take(name)
	if c.at == pythonFinishing && m.rules.on(carryNames) {
		c.refused.put(name)
	}
}

// probe takes the lease of a public file and gives it back at once: nobody has
// the file open for writing, or nobody had a moment ago. A file that has a
// sealed name, from a pass that came no further, does not get another.
func (m *python) probe(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	inode := s.inode(name)
	switch {
	case s.written(inode):
		c.todo.take(name)
	case s.names.has(firstSealed+inode) && m.rules.on(sealOnce):
		c.sealed.put(inode)
		c.todo.take(name)
	default:
		c.at = pythonSealing
	}
}

// seal links the inode that was probed.
func (m *python) seal(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	inode := s.inode(name)
	if s.names.has(firstSealed + inode) {
		s.link(firstSecond + inode)
	} else {
		s.link(firstSealed + inode)
	}
	c.sealed.put(inode)
	c.todo.take(name)
	c.at = pythonProbing
}

// candidates are the names that a pass may fold: sealed ones of inodes that lost
// their public name in an earlier pass.
func (m *python) candidates(s *pythonState, c *pythonCompactor) set {
	if !m.rules.on(sealing) {
		return s.names & publicNames
	}
	names := s.names &^ publicNames
	if m.rules.on(foldOnce) {
		names &^= c.absorbed
	}
	for name := range setSize {
		if s.links(s.inode(name)) > 1 && m.rules.on(onlyLink) {
			names.take(name)
		}
	}
	return names
}

// claim takes the lease of a file that nobody can find any more, and keeps it.
// What the file says is final.
func (m *python) claim(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	inode := s.inode(name)
	free := !s.written(inode) || !m.rules.on(probeLease)
	if free {
		c.folded.put(name)
		c.claimed.put(inode)
	}
	if free && m.rules.on(leaseHeld) {
		c.leases.put(inode)
	}
	if free && m.rules.on(leaseBeforeLoad) {
		c.at = pythonLoading
		return
	}
	if !free {
		c.sum[inode] = s.archive.sum[inode] // where load was first
	}
	c.at = m.firstLook()
	c.todo.take(name)
}

func (m *python) load(s *pythonState, c *pythonCompactor) {
	name := c.todo.lowest()
	inode := s.inode(name)
	c.sum[inode] += s.value[inode]
	c.at = pythonClaiming
	if m.rules.on(leaseBeforeLoad) {
		c.todo.take(name)
	}
}

// firstLook is what a pass does first with a candidate.
func (m *python) firstLook() pythonPhase {
	if m.rules.on(leaseBeforeLoad) {
		return pythonClaiming
	}
	return pythonLoading
}
