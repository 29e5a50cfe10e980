package foldmodel

// A nativeCompactor is how far a pass has come. A pass holds the lock of the
// directory from its first step to its last.
type nativeCompactor struct {
	at         nativePhase
	todo       set   // files that the phase has yet to treat
	refused    set   // listed files that could not be unlinked
	dead       set   // files to fold
	generation uint8 // of the archive that was loaded
	absorbed   set   // what it lists
	sum        values
}

// A nativePhase is a part of a pass.
type nativePhase uint8

const (
	nativeIdle       nativePhase = iota
	nativeFinishing              // unlinks what the last pass left
	nativeCleaning               // asks for the lock of .new- files
	nativeRemoving               // removes the .new- file just asked for
	nativeProbing                // asks for the lock of w- files
	nativeLoading                // reads the w- file just found dead
	nativeChecking               // has written .next
	nativeCommitting             // has found the archive to be the one it loaded
	nativeListing                // without commitOnce: has replaced the sums alone
	nativeUnlinking              // unlinks what it folded
)

// crash ends a compactor at any step: the kernel takes its lock, and another one
// may begin.
func (m *native) crash(s nativeState, who int, do func(step, nativeState)) {
	if s.compactors[who].at != nativeIdle && s.crashes < m.crashes {
		s.compactors[who] = nativeCompactor{}
		s.crashes++
		do(step{"compactor", who, "is killed", -1}, s)
	}
}

// compact is a pass, one step at a time. What is done to .next before the rename
// shows nowhere: the next pass writes it anew.
func (m *native) compact(s nativeState, who int, do func(step, nativeState)) {
	file := s.compactors[who].todo.lowest()
	did := func(what string, change func(*nativeState, *nativeCompactor)) {
		next := s
		change(&next, &next.compactors[who])
		m.advance(&next, &next.compactors[who])
		do(step{"compactor", who, what, file}, next)
	}
	switch s.compactors[who].at {
	case nativeIdle:
		if m.mayBegin(&s, who) {
			did("locks the directory and loads the archive", m.begin)
		}
	case nativeFinishing, nativeUnlinking:
		did("unlinks", m.unlink)
		if s.refusals < m.refusals && s.files[file].name == visible {
			did("fails to unlink", m.failToUnlink)
		}
	case nativeCleaning:
		did("asks for the lock of .new-", m.probeUnborn)
	case nativeRemoving:
		did("removes .new-", m.remove)
	case nativeProbing:
		did("asks for the lock of", m.probe)
	case nativeLoading:
		did("reads", m.load)
	case nativeChecking:
		did("writes .next and looks at the archive again", m.check)
	case nativeCommitting:
		did("renames .next: commit", m.commit)
	case nativeListing:
		did("renames another .next with the list", m.commitList)
	}
}

// mayBegin is the lock of the directory. While both compactors are idle, they
// are the same.
func (m *native) mayBegin(s *nativeState, who int) bool {
	if s.compactors[1-who].at == nativeIdle {
		return who == 0
	}
	return !m.rules.on(oneCompactor)
}

// begin locks the directory and loads the archive, which nobody replaces without
// the lock.
func (m *native) begin(s *nativeState, c *nativeCompactor) {
	c.at = nativeFinishing
	c.generation, c.absorbed, c.sum = s.archive.generation, s.archive.absorbed, s.archive.sum
	if m.rules.on(finishFirst) {
		c.todo = c.absorbed
	}
}

func (m *native) unlink(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	s.rename(file, nameless)
	c.todo.take(file)
}

// failToUnlink leaves a name that the archive lists to the next pass. If this
// pass commits a new list, the name must be in it again.
func (m *native) failToUnlink(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	s.refusals++
	c.todo.take(file)
	if c.at == nativeFinishing && m.rules.on(carryNames) {
		c.refused.put(file)
	}
}

func (m *native) probeUnborn(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	if s.files[file].locked {
		c.todo.take(file)
	} else {
		c.at = nativeRemoving
	}
}

// remove unlinks an unborn name, unless its writer was faster.
func (m *native) remove(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	if s.files[file].name == unborn {
		s.rename(file, nameless)
	}
	c.at = nativeCleaning
	c.todo.take(file)
}

// probe asks whether anybody has a file locked. If nobody has, nobody ever will,
// and what it says is final.
func (m *native) probe(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	dead := !s.files[file].locked || !m.rules.on(probeLock)
	if dead {
		c.dead.put(file)
	}
	if dead && m.rules.on(probeBeforeLoad) {
		c.at = nativeLoading
		return
	}
	if !dead {
		c.sum[file] = s.archive.sum[file] // where load was first
	}
	c.at = m.firstLook()
	c.todo.take(file)
}

func (m *native) load(s *nativeState, c *nativeCompactor) {
	file := c.todo.lowest()
	c.sum[file] += s.files[file].value
	c.at = nativeProbing
	if m.rules.on(probeBeforeLoad) {
		c.todo.take(file)
	}
}

// firstLook is what a pass does first with a file.
func (m *native) firstLook() nativePhase {
	if m.rules.on(probeBeforeLoad) {
		return nativeProbing
	}
	return nativeLoading
}

// check gives up when the archive is not the one that was loaded. That is for
// wipes, which are no part of the model. It does not make up for the lock, since
// it is not one step with the rename.
func (m *native) check(s *nativeState, c *nativeCompactor) {
	if s.archive.generation != c.generation {
		*c = nativeCompactor{}
		return
	}
	c.at = nativeCommitting
	if !m.rules.on(commitBeforeUnlink) {
		c.at, c.todo = nativeUnlinking, m.toUnlink(c)
	}
}

// commit replaces the archive, sums and list at once.
func (m *native) commit(s *nativeState, c *nativeCompactor) {
	m.replace(s)
	s.archive.sum = c.sum
	c.at = nativeListing
	if m.rules.on(commitOnce) {
		m.list(s, c)
	}
}

func (m *native) commitList(s *nativeState, c *nativeCompactor) {
	m.replace(s)
	m.list(s, c)
}

// replace gives the name of the archive to another inode.
func (m *native) replace(s *nativeState) {
	s.archive.generation++
	m.outdate(&s.reader)
}

// list sets the names that the archive has absorbed: what this pass folds, and
// what an earlier one did and could not be unlinked.
func (m *native) list(s *nativeState, c *nativeCompactor) {
	s.archive.absorbed = c.refused
	if m.rules.on(listFolded) {
		s.archive.absorbed |= c.dead
	}
	c.at, c.todo = nativeUnlinking, m.toUnlink(c)
	if !m.rules.on(commitBeforeUnlink) {
		*c = nativeCompactor{}
	}
}

// toUnlink are the files that a pass unlinks in the end.
func (m *native) toUnlink(c *nativeCompactor) set {
	if m.rules.on(finishFirst) {
		return c.dead
	}
	return c.dead | c.absorbed
}

// candidates are the files that may turn out to be dead.
func (m *native) candidates(s *nativeState, c *nativeCompactor) set {
	files := s.named(visible)
	if m.rules.on(foldOnce) {
		files &^= c.absorbed
	}
	return files
}

// advance goes on to the next phase when one has nothing left to treat.
func (m *native) advance(s *nativeState, c *nativeCompactor) {
	if c.todo == 0 && c.at == nativeFinishing {
		c.at, c.todo = nativeCleaning, s.named(unborn)
	}
	if c.todo == 0 && c.at == nativeCleaning {
		c.at, c.todo = m.firstLook(), m.candidates(s, c)
	}
	if c.todo == 0 && c.at == m.firstLook() {
		c.at = nativeChecking
		if c.dead == 0 { // nothing to commit
			c.at, c.todo = nativeUnlinking, m.toUnlink(c)
		}
	}
	if c.todo == 0 && c.at == nativeUnlinking {
		done := m.rules.on(commitBeforeUnlink) || c.dead == 0
		c.at = nativeCommitting
		if done {
			*c = nativeCompactor{}
		}
	}
}
