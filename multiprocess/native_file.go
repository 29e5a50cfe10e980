package multiprocess

import (
	"errors"
	"runtime"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// nativeFile is what is known about one native file. Its mapping keeps the inode
// from being given to another file. Records are decoded once; as long as the
// file's word `changes` stays, later visits read values alone.
type nativeFile struct {
	path   string
	role   pmfile.Role
	header pmfile.Header
	// since is when the file was made, or, of a publication, that of its process:
	// the next one comes in the same place.
	since  int64
	view   *mapped.View
	damage *damage.Error

	// dead says that the process has ended; settled, that all values were read
	// after it had. An archive is settled from the first reading on.
	dead, settled bool

	used   int // bytes in use when last looked at
	walked bool
	// anew says that the next walk begins at the first record: records have
	// changed since the last one, or what it would have taken in was damaged.
	anew bool
	nativeRecords
	names *[]string // of the files that an archive has taken in, once they are known

	cells nativeCells
	own   map[uint32]metric.Labels // of gauges that every process shows for itself, by series
	// ownInputs are the first inputs of those gauges, in the order of entries.
	ownInputs []uint32

	before *nativeFile // which this one is to succeed, as soon as it is walked
	starts []uint64    // of a publication, by entry
}

// nativeRecords is what a walk has found, and the values as they were last read.
type nativeRecords struct {
	changes uint64 // the word when the records were walked
	end     int    // offset behind the last record walked
	sound   int    // offset behind the last record that could be read

	families map[int]*nativeFamily // by offset
	layout   nativeLayout
	// deleted and restarted are entries that do not simply count, by index, and
	// when they were deleted.
	deleted   map[int]int64
	restarted map[int]bool
	addends   []addend
	values    nativeValues
}

func newNativeRecords() nativeRecords {
	return nativeRecords{
		end: pmfile.FirstRecord, families: make(map[int]*nativeFamily),
		deleted: make(map[int]int64), restarted: make(map[int]bool),
	}
}

// stateRestart is the state of a series that was reset; higher ones are the time
// of its deletion.
const stateRestart = 1

// check reads what may have changed since the last visit: values, and whether
// there is more to walk. It may run concurrently with check of other files.
func (f *nativeFile) check() {
	if f.settled {
		return
	}
	f.guard(func() {
		f.measure()
		if f.walked && !f.anew && !f.cut() {
			f.load()
		}
	})
}

// cut reports whether the file is shorter than it was, so that some of its words
// are gone or zero.
func (f *nativeFile) cut() bool { return f.damage != nil && f.damage.Reason == pyfile.ReasonVanishing }

// unmeasured reports whether it is not known how far the file is in use.
func (f *nativeFile) unmeasured() bool {
	return f.cut() || f.damage != nil && f.damage.Offset == pmfile.UsedAt
}

// measure looks how far the file is in use, and whether records changed.
func (f *nativeFile) measure() {
	_ = f.view.Refresh() // what is not there is damage, which the walk finds
	size := len(f.view.Bytes())
	if now := f.view.Info().Size; now < int64(size) || size < pmfile.FirstRecord {
		f.fail(&damage.Error{Offset: now, Reason: pyfile.ReasonVanishing})
		return
	}
	used, damaged := pmfile.Used(f.view.Word(pmfile.UsedAt))
	if damaged != nil {
		f.fail(damaged)
		return
	}
	if f.unmeasured() { // no longer
		f.damage, f.anew = nil, true
	}
	if f.used = used; f.damage != nil && used <= f.sound && f.walked { // it was the word that was wrong
		f.damage, f.end = nil, f.sound
	}
	if changes := f.view.Word(pmfile.ChangesAt); changes != f.changes || !f.walked {
		f.anew = true
	}
}

// load reads the values. When records change meanwhile, some may belong to
// others by now: then everything is looked at again.
func (f *nativeFile) load() {
	f.values.load(f.view, &f.layout, f.role)
	if f.view.Word(pmfile.ChangesAt) != f.changes {
		f.anew = true
	}
}

// reads reports whether the values of an entry are read.
func (f *nativeFile) reads(t *nativeTable, entry int) bool {
	return f.deleted[entry] == 0 && t.series[f.layout.entries[entry].series].valid
}

// guard runs what touches the bytes, and reports whether it came to an end. A file
// that is cut short at that moment is damaged; the values that were read before
// stay.
func (f *nativeFile) guard(read func()) bool {
	var fault *mapped.FaultError
	if errors.As(f.view.Guard(read), &fault) {
		f.fail(&damage.Error{Offset: fault.Offset, Reason: pyfile.ReasonVanishing})
		return false
	}
	return true
}

func (f *nativeFile) fail(d *damage.Error) {
	d.Path = f.path
	f.damage = d
}

// walk takes in what is new in the file, after check, and reports whether that
// changes the plan. It tries several times to find the records at rest. Those of
// a process that has died while changing them, or seems to be stopped, are taken
// as they are.
func (f *nativeFile) walk(t *nativeTable) bool {
	const attempts = 8
	changed := false
	for i := range attempts {
		if f.settled || f.unmeasured() || f.walked && !f.anew && f.used <= f.end {
			break
		}
		known := f.nativeRecords
		if !f.guard(func() { changed = f.walkOnce(t, f.dead || i == attempts-1) || changed }) {
			f.nativeRecords = known
		}
		if f.anew && f.damage != nil {
			break
		}
	}
	if f.walked && f.dead && (!f.anew || f.damage != nil) {
		f.settled = true
	}
	return changed
}

// walkOnce goes through the records that are new, or all of them, if they are at
// rest or need not be.
func (f *nativeFile) walkOnce(t *nativeTable, moving bool) bool {
	f.measure()
	changes := f.view.Word(pmfile.ChangesAt)
	if f.unmeasured() || changes%2 != 0 && !moving {
		runtime.Gosched()
		return false
	}
	known, whole := f.nativeRecords, f.anew
	w := nativeWalk{file: f, table: t, like: &t.last, after: noKey}
	if whole {
		f.nativeRecords = newNativeRecords()
	} else if n := len(f.layout.entries); n > 0 {
		w.after = f.layout.entries[n-1].series
	}
	w.walker = pmfile.NewWalker(f.view.Bytes(), f.used, f.end, changes%2 != 0)
	changed := w.run() || whole
	f.damage = nil
	f.sound, f.end = w.walker.Offset(), w.walker.Offset()
	if d := w.walker.Damage(); d != nil {
		f.fail(d)
		if f.sound < known.sound {
			f.nativeRecords = known // which is better, and as good as it gets
			return false
		}
		f.end = max(f.end, f.used) // not again at every visit
	}
	f.changes, f.walked, f.anew = changes, true, false
	t.last = f.layout
	f.noteStarts()
	f.load()
	return changed
}

// final says that the values will never change.
func (f *nativeFile) final() bool { return f.settled }

func (f *nativeFile) close() { f.view.Close() }
