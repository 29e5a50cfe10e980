package multiprocess

import (
	"slices"

	"polymeter.dev/internal/pmfile"
)

// A publication is replaced every few seconds, most often by one that has other
// values and nothing else. Then the plan stays, in which the new file takes the
// place of the old one.

// planned returns the file that the plan may have: f, or the one that it has yet
// to succeed.
func (f *nativeFile) planned() *nativeFile {
	if f.before != nil {
		return f.before
	}
	return f
}

// sameSources reports whether sources are those before, or their successors.
func sameSources(before, now []source) bool {
	return slices.EqualFunc(before, now, func(a, b source) bool {
		if a == b {
			return true
		}
		old, known := a.(*nativeFile)
		f, succeeds := b.(*nativeFile)
		return known && succeeds && f.before == old
	})
}

// succeed takes the place of the file before in the plan, and reports false when
// it cannot, as it is not like that one in all that the plan depends on.
func (f *nativeFile) succeed() bool {
	old := f.before
	f.before = nil
	if !f.plain() || !old.plain() || f.since != old.since ||
		f.header.Identifier != old.header.Identifier || !slices.Equal(f.starts, old.starts) || !f.layout.equal(&old.layout) {
		return false
	}
	f.cells, f.own, f.ownInputs = old.cells, old.own, old.ownInputs
	return true
}

// plain reports whether the file is nothing but what its layout says, and that of
// a living process: what the dead have left is added up once and for all.
func (f *nativeFile) plain() bool {
	return !f.dead && f.walked && !f.anew && f.damage == nil &&
		len(f.deleted) == 0 && len(f.restarted) == 0 && len(f.addends) == 0
}

// noteStarts remembers when series were last zero, in a file that will be compared
// with the next one.
func (f *nativeFile) noteStarts() {
	if f.role != pmfile.RolePublication {
		return
	}
	f.starts = f.starts[:0]
	for _, e := range f.layout.entries {
		f.starts = append(f.starts, f.view.Word(int(e.cells)+8))
	}
}

func (l *nativeLayout) equal(other *nativeLayout) bool {
	return slices.Equal(l.entries, other.entries) && slices.Equal(l.chunks, other.chunks) &&
		slices.Equal(l.exemplars, other.exemplars) && slices.Equal(l.counters, other.counters) &&
		slices.Equal(l.wholes, other.wholes) && slices.Equal(l.floats, other.floats) &&
		slices.Equal(l.sums, other.sums) && slices.Equal(l.gauges, other.gauges) &&
		slices.Equal(l.recents, other.recents) && slices.Equal(l.bits, other.bits) &&
		slices.Equal(l.chunkWords, other.chunkWords) && slices.Equal(l.chunkFloats, other.chunkFloats)
}
