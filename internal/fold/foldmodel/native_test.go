package foldmodel

// nativeFiles is the number of process files. Each has one writer, and a counter
// that the others do not have.
const nativeFiles = 2

// native is the protocol for native files.
type native struct {
	rules rules
	nativeBounds
	rested map[nativeState]fault // what wrongAtRest found before
}

// nativeBounds are how far things go.
type nativeBounds struct {
	counts   values // updates of each writer
	scrapes  uint8
	crashes  uint8 // of compactors; writers die as they like
	refusals uint8 // unlinks that fail
}

// values has a number for each file.
type values [nativeFiles]uint8

type nativeState struct {
	files      [nativeFiles]nativeFile
	archive    nativeArchive
	compactors [2]nativeCompactor
	reader     nativeReader
	crashes    uint8
	refusals   uint8
	fault      fault
}

// A nativeFile is an inode and the process that writes it.
type nativeFile struct {
	name   nativeName
	writer nativeWriter
	locked bool  // the writer holds the lock
	mapped bool  // the writer's stores reach the file
	value  uint8 // what the writer was told to have counted, which is what the file says
}

// A nativeName is what a file is called. Its identity is part of both names, so
// none is ever used again.
type nativeName uint8

const (
	nameless nativeName = iota
	unborn              // .new-ID
	visible             // w-ID.pm
)

// A nativeArchive is the content of archive.pm. The generation stands for its
// inode: nobody else gets that number while somebody has the archive open.
type nativeArchive struct {
	generation uint8 // 0: there is no archive
	absorbed   set   // files, by name
	sum        values
}

// outdated is a generation that no archive has.
const outdated = 255

func newNative(r rules, b nativeBounds) *native {
	return &native{rules: r, nativeBounds: b, rested: map[nativeState]fault{}}
}

func (m *native) initial() nativeState { return nativeState{} }

func (m *native) next(s nativeState, do func(step, nativeState)) {
	for i := range s.files {
		m.write(s, i, do)
	}
	for i := range s.compactors {
		m.crash(s, i, do)
		m.compact(s, i, do)
	}
	m.read(s, do)
}

// named are the files with a name of the kind.
func (s *nativeState) named(kind nativeName) set {
	var files set
	for i, f := range s.files {
		if f.name == kind {
			files.put(i)
		}
	}
	return files
}

// rename gives a file another name, or none. Listings leave unborn names out.
func (s *nativeState) rename(file int, to nativeName) {
	if (s.files[file].name == visible) != (to == visible) {
		s.reader.listing.changed(file)
	}
	s.files[file].name = to
}

// counted is what the writers were told to have counted.
func (s *nativeState) counted() values {
	var v values
	for i, f := range s.files {
		v[i] = f.value
	}
	return v
}

// wrong holds the invariants against a state.
func (m *native) wrong(s nativeState) fault {
	if s.fault != none {
		return s.fault
	}
	if s.shown() != s.counted() {
		return notOnce
	}
	return m.wrongAtRest(s)
}

// shown is what the directory would show to somebody who saw all of it at one
// instant.
func (s *nativeState) shown() values {
	v := s.archive.sum
	for i, f := range s.files {
		if f.name == visible && !s.archive.absorbed.has(i) {
			v[i] += f.value
		}
	}
	return v
}

// wrongAtRest kills everybody and lets one more pass do its work: then the
// archive has everything, and the directory nothing else.
func (m *native) wrongAtRest(s nativeState) fault {
	s.reader = nativeReader{}
	s.compactors = [2]nativeCompactor{}
	s.crashes, s.refusals = m.crashes, m.refusals
	for i := range s.files {
		s.files[i].die()
	}
	found, ok := m.rested[s]
	if !ok {
		found = m.passAtRest(s)
		m.rested[s] = found
	}
	return found
}

func (m *native) passAtRest(s nativeState) fault {
	end := s
	for pass := true; pass; pass = end.compactors[0].at != nativeIdle {
		m.compact(end, 0, func(_ step, next nativeState) { end = next })
	}
	switch {
	case end.shown() != end.counted():
		return notFolded
	case end.named(nameless) != 1<<nativeFiles-1:
		return leftBehind
	}
	return none
}
