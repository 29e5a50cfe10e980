package foldmodel

// A nativeWriter is how far a process has come with its file.
type nativeWriter uint8

const (
	absent   nativeWriter = iota
	created               // has made .new-ID
	prepared              // holds the lock, has reserved and mapped the file, and written its header
	exposed               // without lockBeforeName: has renamed, and has yet to lock
	counting
	closing // is between the two steps of closing
	gone    // has closed, or was killed
)

// nativeDid makes one step of a writer.
type nativeDid func(what string, change func(*nativeState, *nativeFile))

// write is the life of the process that writes a file. It may be killed at any
// time, which looks to everybody else like closing.
func (m *native) write(s nativeState, file int, do func(step, nativeState)) {
	did := func(what string, change func(*nativeState, *nativeFile)) {
		next := s
		change(&next, &next.files[file])
		do(step{"writer", file, what, -1}, next)
	}
	f := s.files[file]
	if f.writer != absent && f.writer != gone {
		did("is killed", func(_ *nativeState, f *nativeFile) { f.die() })
	}
	switch f.writer {
	case absent:
		did("creates .new-", func(s *nativeState, f *nativeFile) {
			s.rename(file, unborn)
			f.writer = created
		})
	case created:
		if m.rules.on(lockBeforeName) {
			did("locks and prepares", func(_ *nativeState, f *nativeFile) { f.lock(prepared) })
		} else {
			did("prepares", func(_ *nativeState, f *nativeFile) { f.writer = prepared })
		}
	case prepared:
		m.giveName(f, file, did)
	case exposed:
		did("locks at last", func(_ *nativeState, f *nativeFile) { f.lock(counting) })
	case counting:
		m.count(f, file, did)
		m.close(did)
	case closing:
		if f.mapped { // else a late update lands in anonymous memory
			m.count(f, file, did)
		}
		did("has closed", func(_ *nativeState, f *nativeFile) { f.die() })
	case gone:
		if !m.rules.on(openedOnce) && f.name == visible {
			did("is another process, and opens the file again", func(_ *nativeState, f *nativeFile) { f.lock(counting) })
		}
	}
}

// giveName renames without replacing. That a pass took the unborn name away, in
// the instant before it was locked, means to begin again.
func (m *native) giveName(f nativeFile, file int, did nativeDid) {
	if f.name == nameless {
		did("finds .new- taken away", func(_ *nativeState, f *nativeFile) {
			f.writer = counting
			if m.rules.on(startOver) {
				*f = nativeFile{writer: absent}
			}
		})
		return
	}
	did("renames to w-", func(s *nativeState, f *nativeFile) {
		s.rename(file, visible)
		f.writer = counting
		if !f.locked {
			f.writer = exposed
		}
	})
}

// count is an update. It begins, lands and returns in one step: an update that
// takes longer only widens the bounds that a scrape must keep.
func (m *native) count(f nativeFile, file int, did nativeDid) {
	if f.value < m.counts[file] {
		did("counts", func(_ *nativeState, f *nativeFile) { f.value++ })
	}
}

// close puts anonymous memory over the mapping, and only then closes the
// descriptor, with which the lock goes.
func (m *native) close(did nativeDid) {
	if m.rules.on(unmapBeforeUnlock) {
		did("unmaps", func(_ *nativeState, f *nativeFile) { f.mapped, f.writer = false, closing })
	} else {
		did("unlocks", func(_ *nativeState, f *nativeFile) { f.locked, f.writer = false, closing })
	}
}

func (f *nativeFile) lock(then nativeWriter) {
	f.locked, f.mapped, f.writer = true, true, then
}

// die ends the process: the kernel takes its mapping away, and then the lock.
func (f *nativeFile) die() {
	f.locked, f.mapped, f.writer = false, false, gone
}
