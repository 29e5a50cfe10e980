package foldmodel

// check gives up when somebody has come to one of the files after all, or when
// the archive is not the one that was loaded. What was sealed stays, and is
// found by the next pass.
func (m *python) check(s *pythonState, c *pythonCompactor) {
	broken := c.broken != 0 && m.rules.on(leaseRechecked)
	if broken || s.archive.generation != c.generation {
		*c = pythonCompactor{}
		return
	}
	switch {
	case !m.rules.on(commitBeforeUnlink):
		c.at, c.todo = pythonUnlinking, m.toUnlink(s, c)
	case !m.rules.on(commitBeforeUnseal), c.folded == 0 && !m.rules.on(commitSeals):
		c.at, c.todo = pythonUnsealing, m.toUnseal(s, c)
	default:
		c.at = pythonCommitting
	}
}

// commit replaces the archive, sums and list at once. A pass that only seals has
// the same sums, but readers see that it is another archive: a listing may have
// missed the new name and an open the old one.
func (m *python) commit(s *pythonState, c *pythonCompactor) {
	s.archive = pythonArchive{generation: s.archive.generation + 1, absorbed: c.refused, sum: c.sum}
	if m.rules.on(listFolded) {
		s.archive.absorbed |= c.folded
	}
	if !m.rules.on(listSealed) {
		s.archive.absorbed |= m.toUnseal(s, c)
	}
	m.outdate(&s.reader)
	if m.rules.on(commitBeforeUnseal) {
		c.at, c.todo = pythonUnsealing, m.toUnseal(s, c)
	} else {
		c.at, c.todo = pythonUnlinking, m.toUnlink(s, c)
	}
}

// toUnlink are the names that a pass unlinks in the end, besides public ones.
func (m *python) toUnlink(s *pythonState, c *pythonCompactor) set {
	if m.rules.on(finishFirst) {
		return c.folded
	}
	return c.folded | c.absorbed&s.names
}

// toUnseal are the public names of inodes that were sealed.
func (m *python) toUnseal(s *pythonState, c *pythonCompactor) set {
	var names set
	for who := range pythonIdentifiers {
		if s.names.has(firstPublic+who) && m.isSealed(s, c, who) {
			names.put(firstPublic + who)
		}
	}
	return names
}

// isSealed tells whether an identifier's public name is one of an inode that was
// sealed; without sameInode, whether there is a sealed name of the identifier.
func (m *python) isSealed(s *pythonState, c *pythonCompactor, who int) bool {
	if m.rules.on(sameInode) {
		return c.sealed.has(int(s.public[who]))
	}
	for i, owner := range s.owner {
		if int(owner) == who && s.names.has(firstSealed+i) {
			return true
		}
	}
	return false
}

// advance goes on to the next phase when one has nothing left to treat.
func (m *python) advance(s *pythonState, c *pythonCompactor) {
	if c.todo == 0 && c.at == pythonFinishing {
		c.at = pythonProbing
		if m.rules.on(sealing) {
			c.todo = s.names & publicNames
		}
	}
	if c.todo == 0 && c.at == pythonProbing {
		c.at, c.todo = m.firstLook(), m.candidates(s, c)
	}
	if c.todo == 0 && c.at == m.firstLook() {
		c.at = pythonChecking
		if c.folded == 0 && c.sealed == 0 { // nothing to commit
			c.at, c.todo = pythonUnlinking, m.toUnlink(s, c)
		}
	}
	if c.todo == 0 && c.at == pythonUnsealing {
		m.afterUnsealing(s, c)
	}
	if c.todo == 0 && c.at == pythonUnlinking {
		m.afterUnlinking(c)
	}
}

func (m *python) afterUnsealing(s *pythonState, c *pythonCompactor) {
	switch {
	case !m.rules.on(commitBeforeUnseal):
		c.at = pythonCommitting
	case !m.rules.on(commitBeforeUnlink):
		*c = pythonCompactor{}
	default:
		c.at, c.todo = pythonUnlinking, m.toUnlink(s, c)
	}
}

// afterUnlinking ends the pass, which drops its leases and the lock.
func (m *python) afterUnlinking(c *pythonCompactor) {
	if !m.rules.on(commitBeforeUnlink) && c.folded|c.sealed != 0 {
		c.at = pythonCommitting
	} else {
		*c = pythonCompactor{}
	}
}
