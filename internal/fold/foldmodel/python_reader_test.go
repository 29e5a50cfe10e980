package foldmodel

// A pythonReader is how far a scrape has come.
type pythonReader struct {
	at      readerPhase
	scrapes uint8 // done
	listing listing
	archive pythonArchive // the one that is open
	todo    set           // names to open
	open    inodeValues   // how often an open inode counts: once
	low     inodeValues   // what had been counted when the scrape began
	last    inodeValues   // the total of the scrape before
}

// read is a scrape, one step at a time. Names are opened in every order. All is
// read at one instant, whenever that is: an inode's bounds depend on no other
// inode, so reading them one by one shows nothing more.
func (m *python) read(s pythonState, do func(step, pythonState)) {
	did := func(what string, object int, change func(*pythonState, *pythonReader)) {
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
			did(listed, int(seen), func(_ *pythonState, r *pythonReader) { m.choose(r, seen) })
		})
	case readerManifest:
		did("opens the archive", -1, func(s *pythonState, r *pythonReader) {
			r.archive = s.archive
			m.skip(r, r.todo)
		})
	case readerOpening:
		for name := range setSize {
			if r.todo.has(name) {
				did("opens name", name, func(s *pythonState, r *pythonReader) { m.openName(s, r, name) })
			}
		}
	case readerChecking:
		if s.archive.generation == r.archive.generation || !m.rules.on(recheckArchive) {
			did("finds the archive unchanged", -1, func(_ *pythonState, r *pythonReader) {
				r.at, r.archive.generation = readerReading, 0
			})
		} else {
			did("begins again", -1, m.look)
		}
	case readerReading:
		did("reads all", -1, m.finish)
	}
}

func (m *python) beginScrape(s *pythonState, r *pythonReader) {
	r.low = s.value
	m.look(s, r)
}

// look opens the archive and begins to list the directory. What changes between
// the two is to the reader like a change during the listing.
func (m *python) look(s *pythonState, r *pythonReader) {
	r.at, r.todo, r.open = readerListing, 0, inodeValues{}
	r.archive = s.archive
	r.listing.begin(s.names)
	if !m.rules.on(archiveBeforeNames) {
		r.archive = pythonArchive{}
	}
}

// choose ends the listing with the names that were seen.
func (m *python) choose(r *pythonReader, seen set) {
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
func (m *python) outdate(r *pythonReader) {
	opened := r.at == readerOpening || r.at == readerListing && m.rules.on(archiveBeforeNames)
	if opened && m.rules.on(recheckArchive) {
		r.at, r.listing, r.todo, r.open = readerChecking, listing{}, 0, inodeValues{}
		r.archive = pythonArchive{generation: outdated}
	}
}

// skip leaves out the names that the archive lists.
func (m *python) skip(r *pythonReader, seen set) {
	if m.rules.on(skipAbsorbed) {
		seen &^= r.archive.absorbed
	}
	r.archive.absorbed = 0
	r.at, r.todo = readerOpening, seen
	r.allOpened()
}

// openName opens a name if it is still there, whatever it stands for by now. The
// inode may be open already, under another name.
func (m *python) openName(s *pythonState, r *pythonReader, name int) {
	r.todo.take(name)
	if s.names.has(name) {
		n := &r.open[s.inode(name)]
		*n++
		if m.rules.on(countInodes) {
			*n = 1
		}
	}
	r.allOpened()
}

func (r *pythonReader) allOpened() {
	if r.todo == 0 {
		r.at = readerChecking
	}
}

// finish reads all that is open, and holds the total against what a scrape
// promises.
func (m *python) finish(s *pythonState, r *pythonReader) {
	total := r.archive.sum
	for i := range total {
		total[i] += r.open[i] * s.value[i]
		switch {
		case total[i] < r.last[i]:
			s.fault = wentDown
		case total[i] < r.low[i]:
			s.fault = tooLow
		case total[i] > s.value[i]:
			s.fault = tooHigh
		}
	}
	done := pythonReader{scrapes: r.scrapes + 1}
	if done.scrapes < m.scrapes {
		done.last = total
	}
	*r = done
}
