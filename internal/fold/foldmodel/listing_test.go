package foldmodel

import "math/bits"

// A set of files, names or inodes, by number.
type set uint8

// setSize is how many numbers there are for a set.
const setSize = 8

func only(i int) set         { return 1 << i }
func (s set) has(i int) bool { return s&only(i) != 0 }
func (s *set) put(i int)     { *s |= only(i) }
func (s *set) take(i int)    { *s &^= only(i) }

// lowest returns the lowest number, or -1.
func (s set) lowest() int {
	if s == 0 {
		return -1
	}
	return bits.TrailingZeros8(uint8(s))
}

// A listing is one getdents over a directory that changes meanwhile. A name that
// is there from its beginning to its end is seen, once. One that appears or
// vanishes may be seen or not.
type listing struct {
	running   bool
	must, may set
}

func (l *listing) begin(names set) { *l = listing{running: true, must: names} }

// changed notes that a name has appeared or vanished.
func (l *listing) changed(name int) {
	if l.running {
		l.must.take(name)
		l.may.put(name)
	}
}

// end calls do with every set of names that may have been seen.
func (l listing) end(do func(seen set)) {
	for part := l.may; ; part = (part - 1) & l.may {
		do(l.must | part)
		if part == 0 {
			return
		}
	}
}

// A readerPhase is a part of a scrape, in both protocols.
type readerPhase uint8

const (
	readerIdle     readerPhase = iota
	readerListing              // has opened the archive, and lists the directory
	readerManifest             // without archiveBeforeNames: has listed, and has yet to open the archive
	readerOpening              // opens the names that it saw
	readerChecking             // has opened all; is the archive still the same?
	readerReading              // reads the values
	readerProbing              // without finalAfterUnlock: has read, and then asks for the lock
)
