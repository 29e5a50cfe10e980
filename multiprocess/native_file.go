package multiprocess

import (
	"errors"

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
	view   *mapped.View
	damage *damage.Error

	// dead says that the process has ended; settled, that all values were read
	// after it had. An archive is settled from the first reading on.
	dead, settled bool

	used    int    // bytes in use when last looked at
	changes uint64 // the word when the records were walked
	end     int    // offset behind the last record walked
	walked  bool
	anew    bool // the next walk begins at the first record
	// restless says that published records are changing again and again.
	restless bool

	families map[int]*nativeFamily // by offset
	layout   nativeLayout
	// deleted and restarted are entries that do not simply count, by index, and
	// when they were deleted.
	deleted   map[int]int64
	restarted map[int]bool
	addends   []addend
	names     *[]string // of the files that an archive has taken in, once they are known

	values nativeValues
	cells  nativeCells
	own    map[uint32]metric.Labels // of gauges that every process shows for itself, by series
	// ownInputs are the first inputs of those gauges, in the order of entries.
	ownInputs []uint32
}

// stateRestart is the state of a series that was reset; higher ones are the time
// of its deletion.
const stateRestart = 1

// check reads what may have changed since the last visit: values, and whether
// there is more to walk. It may run concurrently with check of other files.
func (f *nativeFile) check() {
	if f.settled || f.damaged() && f.dead {
		return
	}
	f.guard(func() {
		f.measure()
		if f.walked && !f.anew {
			f.load()
		}
	})
}

// damaged reports whether nothing can be expected of the file any more.
func (f *nativeFile) damaged() bool {
	return f.damage != nil && f.damage.Reason == pyfile.ReasonVanishing
}

// measure looks how far the file is in use, and whether records changed.
func (f *nativeFile) measure() {
	if len(f.view.Bytes()) < pmfile.FirstRecord {
		f.fail(&damage.Error{Reason: pyfile.ReasonVanishing})
		return
	}
	used, damaged := pmfile.Used(f.view.Word(pmfile.UsedAt))
	if damaged != nil {
		f.fail(damaged)
		return
	}
	if f.used = used; used > len(f.view.Bytes()) {
		_ = f.view.Refresh() // what is not there is damage, which the walk finds
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

// guard runs what touches the bytes. A file that is cut short at that moment is
// damaged; the values that were read before stay.
func (f *nativeFile) guard(read func()) {
	var fault *mapped.FaultError
	if errors.As(f.view.Guard(read), &fault) {
		f.fail(&damage.Error{Offset: fault.Offset, Reason: pyfile.ReasonVanishing})
	}
}

func (f *nativeFile) fail(d *damage.Error) {
	d.Path = f.path
	f.damage = d
}

// walk takes in what is new in the file, after check, and reports whether that
// changes the plan. It tries several times to find the records at rest; the
// file of a process that died while changing them is taken as it is.
func (f *nativeFile) walk(t *nativeTable) bool {
	const attempts = 8
	changed := false
	for range attempts {
		if f.settled || f.damaged() || f.walked && !f.anew && f.used <= f.end {
			break
		}
		f.guard(func() {
			changed = f.walkOnce(t) || changed
			f.load()
		})
	}
	f.restless = f.anew
	if f.walked && f.dead && !f.anew {
		f.settled = true
	}
	return changed
}

func (f *nativeFile) walkOnce(t *nativeTable) bool {
	f.measure()
	changes := f.view.Word(pmfile.ChangesAt)
	if changes%2 != 0 && !f.dead {
		return false
	}
	w := nativeWalk{file: f, table: t, like: &t.last, after: noKey}
	if f.anew || !f.walked {
		f.end, f.damage = pmfile.FirstRecord, nil
		f.families, f.deleted, f.restarted = make(map[int]*nativeFamily), make(map[int]int64), make(map[int]bool)
		f.layout, f.values, f.addends = nativeLayout{}, nativeValues{}, nil
	} else if n := len(f.layout.entries); n > 0 {
		w.after = f.layout.entries[n-1].series
	}
	w.walker = pmfile.NewWalker(f.view.Bytes(), f.used, f.end, changes%2 != 0)
	changed := w.run() || f.anew
	f.end, f.changes, f.walked, f.anew = w.walker.Offset(), changes, true, false
	t.last = f.layout
	if d := w.walker.Damage(); d != nil {
		f.fail(d)
		f.end = max(f.end, f.used) // not again at every visit
	}
	return changed
}

// final says that the values will never change.
func (f *nativeFile) final() bool { return f.settled }

func (f *nativeFile) close() { f.view.Close() }
