package foldmodel

// A nativeReader is how far a scrape has come, and what the reader keeps from
// one to the next.
type nativeReader struct {
	at      readerPhase
	scrapes uint8 // done
	listing listing
	archive nativeArchive // the one that is open
	todo    set           // names to open, then files to read
	open    set           // files opened
	kept    set           // files that need not be opened, since their final value is known
	low     values        // what had been counted when the scrape began
	total   values
	probed  uint8 // the file of readerProbing

	final    [nativeFiles]uint8 // 1 + the value of a file that nobody writes any more
	last     values             // the total of the scrape before
	snapshot nativeSnapshot     // and what it was made of
}

// A nativeSnapshot is what a scrape was made of. It can be read again: an archive
// and files that are open outlast their names.
type nativeSnapshot struct {
	sum         values
	files, kept set
}

// read is a scrape, one step at a time. Names are opened, and files read, in
// every order.
func (m *native) read(s nativeState, do func(step, nativeState)) {
	did := func(what string, object int, change func(*nativeState, *nativeReader)) {
		next := s
		change(&next, &next.reader)
		do(step{"reader", -1, what, object}, next)
	}
	r := s.reader
	switch r.at {
	case readerIdle:
		if r.scrapes < m.scrapes {
			did("opens the archive and begins to list", -1, m.beginScrape)
		}
	case readerListing:
		r.listing.end(func(seen set) {
			did(listed, int(seen), func(_ *nativeState, r *nativeReader) { m.choose(r, seen) })
		})
	case readerManifest:
		did("opens the archive", -1, func(s *nativeState, r *nativeReader) {
			r.archive = s.archive
			m.skip(r, r.todo)
		})
	case readerOpening:
		for i := range s.files {
			if r.todo.has(i) {
				did("opens", i, func(s *nativeState, r *nativeReader) { r.openFile(s, i) })
			}
		}
	case readerChecking:
		m.recheck(&s, did)
	case readerReading:
		for i := range s.files {
			if r.todo.has(i) {
				did("asks for the lock of and reads", i, func(s *nativeState, r *nativeReader) { m.readFile(s, r, i) })
			}
		}
	case readerProbing:
		did("asks for the lock of", int(r.probed), m.probeRead)
	}
}

func (m *native) beginScrape(s *nativeState, r *nativeReader) {
	r.low = s.counted()
	m.look(s, r)
}

// look opens the archive and begins to list the directory. What changes between
// the two is to the reader like a change during the listing.
func (m *native) look(s *nativeState, r *nativeReader) {
	r.at, r.todo, r.open, r.kept = readerListing, 0, 0, 0
	r.archive = s.archive
	r.listing.begin(s.named(visible))
	if !m.rules.on(archiveBeforeNames) {
		r.archive = nativeArchive{}
	}
}

// choose ends the listing with the names that were seen.
func (m *native) choose(r *nativeReader, seen set) {
	r.listing = listing{}
	if m.rules.on(archiveBeforeNames) {
		m.skip(r, seen)
	} else {
		r.at, r.todo = readerManifest, seen
	}
}

// outdate tells a reader that the archive it has opened was replaced. All that
// can come of this look at the directory is that it begins again: the model need
// not follow what it opens until it finds out.
func (m *native) outdate(r *nativeReader) {
	opened := r.at == readerOpening || r.at == readerListing && m.rules.on(archiveBeforeNames)
	if opened && m.rules.on(recheckArchive) {
		r.at, r.listing, r.todo, r.open, r.kept = readerChecking, listing{}, 0, 0, 0
		r.archive = nativeArchive{generation: outdated}
	}
}

// skip leaves out the files that are in the archive, and does not open those
// whose final value is known.
func (m *native) skip(r *nativeReader, seen set) {
	for i := range nativeFiles {
		switch {
		case r.archive.absorbed.has(i) && m.rules.on(skipAbsorbed):
			seen.take(i)
		case r.final[i] != 0 && (seen.has(i) || !m.rules.on(finalsByName)):
			seen.take(i)
			r.kept.put(i)
		}
	}
	r.at, r.todo = readerOpening, seen
	r.allOpened()
}

// openFile opens a file if it still has its name.
func (r *nativeReader) openFile(s *nativeState, file int) {
	r.todo.take(file)
	if s.files[file].name == visible {
		r.open.put(file)
	}
	r.allOpened()
}

func (r *nativeReader) allOpened() {
	if r.todo == 0 {
		r.at = readerChecking
	}
}

// recheck compares the archive that has the name now with the one that was
// opened. If it is another, files may have vanished that are in neither the
// archive nor the listing, and the reader begins again. When it has no time for
// that, it reads the snapshot of its last scrape once more.
func (m *native) recheck(s *nativeState, did func(string, int, func(*nativeState, *nativeReader))) {
	if s.archive.generation == s.reader.archive.generation || !m.rules.on(recheckArchive) {
		did("finds the archive unchanged", -1, func(s *nativeState, r *nativeReader) {
			m.addUp(s, r, nativeSnapshot{r.archive.sum, r.open, r.kept})
		})
		return
	}
	did("begins again", -1, m.look)
	if s.reader.scrapes == 0 {
		return
	}
	did("falls back to its last snapshot", -1, func(s *nativeState, r *nativeReader) {
		if m.rules.on(promiseLess) {
			r.low = r.last
		}
		if !m.rules.on(wholeSnapshot) {
			r.snapshot.sum = s.archive.sum
		}
		m.addUp(s, r, r.snapshot)
	})
}

// another reports whether there will be another scrape, for which this one may
// keep something.
func (m *native) another(r *nativeReader) bool { return r.scrapes+1 < m.scrapes }

// addUp begins to read a snapshot.
func (m *native) addUp(s *nativeState, r *nativeReader, shot nativeSnapshot) {
	r.at, r.archive, r.snapshot = readerReading, nativeArchive{}, nativeSnapshot{}
	r.total, r.todo = shot.sum, shot.files
	if m.another(r) {
		r.snapshot = shot
	}
	for i, v := range r.final {
		if shot.kept.has(i) {
			r.total[i] += v - 1
		}
	}
	m.finish(s, r)
}

// readFile asks for the lock of a file and then reads it. If nobody has it
// locked, the value is final.
func (m *native) readFile(s *nativeState, r *nativeReader, file int) {
	f := s.files[file]
	r.total[file] += f.value
	if m.another(r) && (!f.locked || !m.rules.on(finalAfterUnlock)) {
		r.final[file] = f.value + 1
	}
	r.todo.take(file)
	if m.rules.on(finalAfterUnlock) {
		m.finish(s, r)
	} else {
		r.at, r.probed = readerProbing, uint8(file)
	}
}

// probeRead asks for the lock of a file that was read before.
func (m *native) probeRead(s *nativeState, r *nativeReader) {
	if s.files[r.probed].locked {
		r.final[r.probed] = 0
	}
	r.at, r.probed = readerReading, 0
	m.finish(s, r)
}

// finish ends a scrape that has read everything, and holds its total against
// what a scrape promises.
func (m *native) finish(s *nativeState, r *nativeReader) {
	if r.todo != 0 {
		return
	}
	counted := s.counted()
	for i, total := range r.total {
		switch {
		case total < r.last[i]:
			s.fault = wentDown
		case total < r.low[i]:
			s.fault = tooLow
		case total > counted[i]:
			s.fault = tooHigh
		}
	}
	done := nativeReader{scrapes: r.scrapes + 1}
	if m.another(r) {
		done.final, done.last, done.snapshot = r.final, r.total, r.snapshot
	}
	*r = done
}
