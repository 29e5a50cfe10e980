package multiprocess

import (
	"cmp"
	"errors"
	"math"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// settleTime is how long ago a file must have changed for its change time to
// move when it changes again: file systems count it in steps of some
// milliseconds.
const settleTime = time.Second

// file is what is known about one file. Its mapping keeps the inode from being
// given to another file, so that what was known stays true of it: writers only
// append, and a write of any other kind moves the change time, whereupon the
// keys are compared once more.
type file struct {
	path string
	name pyfile.Name
	view *mapped.View
	info mapped.Info
	used int // bytes in use
	// header is what is wrong with the header, damage with the file.
	header, damage *pyfile.DamageError

	layout pyfile.Layout
	record record
	end    int // offset behind the last entry of record
	intact int // how many entries were in place when last looked at
	// planned tells record from what it was at the last scrape.
	planned identity
	// compared is the change time when all keys were compared; settled says
	// that another change would have moved it.
	compared int64
	settled  bool

	// values and times, of gauges only, are by entry. Where a file is damaged
	// they keep what was there before.
	values, times []float64

	// own are the labels of gauges that every process shows for itself, by
	// entry; firstOwn is the input of the first one's value.
	own      []metric.Labels
	firstOwn uint32

	// cells are where a plan adds the values, by entry, and modes how, if they
	// are gauges.
	cells []uint32
	modes []metric.GaugeMode
	// appendix is that of an archive; else nil. addends are what it adds to the
	// entries, to be exact.
	appendix *pyfile.Appendix
	addends  []entryAddend
}

// entryAddend is a float that belongs to an entry.
type entryAddend struct {
	entry int
	value float64
}

// data returns the bytes that are there.
func (f *file) data() []byte {
	data := f.view.Bytes()
	return data[:min(int64(len(data)), f.info.Size)]
}

// covers reports whether the mapping reaches the end of the file, or of what the
// format can address.
func (f *file) covers(info mapped.Info) bool {
	return int64(len(f.view.Bytes())) >= min(info.Size, math.MaxInt32)
}

// measure reads the number of bytes in use.
func (f *file) measure() {
	f.used, f.header = 0, nil
	switch n := len(f.data()); {
	case n == 0:
	case n < pyfile.FirstEntry:
		f.header = pyfile.TooShort()
	default:
		f.guard(func() { f.used, f.header = pyfile.Used(f.view.Word(0), f.info.Size) })
	}
}

// check looks whether the known entries are still in place, and reads their
// values. It may run concurrently with check of other files.
func (f *file) check(keys *keyTable) {
	f.guard(func() {
		if f.record.len() == 0 {
			f.imitate(keys)
		} else if f.suspect() {
			f.intact, _ = f.compare(keys.keys, &f.record)
		}
		f.load(keys, 0, f.intact)
	})
}

// imitate takes over the record of the file read last, if a new file lists
// exactly the same keys or the first of them.
func (f *file) imitate(keys *keyTable) {
	last := &keys.types[f.name.Type].last
	f.layout = keys.types[f.name.Type].layout
	if n, end := f.compare(keys.keys, last); n > 0 && end == f.used {
		f.record.keys, f.record.values = last.keys[:n:n], last.values[:n:n]
		f.intact, f.end = n, end
	}
}

// suspect reports whether anything but a store to a value, or an append, may
// have happened since the keys were compared.
func (f *file) suspect() bool {
	return !f.settled || f.info.Changed != f.compared || f.info.Size < int64(f.end)
}

// compare returns how many entries of a record are in place, and where they end.
func (f *file) compare(keys []key, r *record) (n, end int) {
	data, end := f.data(), pyfile.FirstEntry
	for i, number := range r.keys {
		value, ok := pyfile.Holds(data, end, keys[number].raw, f.layout)
		if !ok || value != int(r.values[i]) {
			return i, end
		}
		end = f.layout.End(value)
	}
	return r.len(), end
}

// load reads the values of some entries.
func (f *file) load(keys *keyTable, from, to int) {
	f.values = lengthen(f.values, f.record.len())
	if !f.stamped() {
		f.view.Floats(f.values[from:to], f.record.values[from:to])
		f.leaveOutNegative(keys, from, to)
		return
	}
	f.times = lengthen(f.times, f.record.len())
	for i := from; i < to; i++ {
		value, stamp := f.pair(int(f.record.values[i]))
		f.values[i], f.times[i] = math.Float64frombits(value), math.Float64frombits(stamp)
	}
}

// leaveOutNegative drops what no count can be, so that one damaged value does not
// spoil the total of all processes.
func (f *file) leaveOutNegative(keys *keyTable, from, to int) {
	for i, v := range f.values[from:to] {
		if !(v >= 0) && keys.keys[f.record.keys[from+i]].counts {
			f.values[from+i] = 0
		}
	}
}

func lengthen(s []float64, n int) []float64 {
	if len(s) >= n {
		return s
	}
	return append(s, make([]float64, n-len(s))...)
}

// stamped reports whether the times of the values matter.
func (f *file) stamped() bool {
	return f.name.Type == metric.TypeGauge && f.layout == pyfile.Newer
}

// pair reads a value and its time so that they belong together, as far as can
// be had: the writer takes no lock, so whoever reads twice the same believes it.
func (f *file) pair(offset int) (value, stamp uint64) {
	const attempts = 4
	for range attempts {
		value, stamp = f.view.Word(offset), f.view.Word(offset+8)
		if f.view.Word(offset) == value && f.view.Word(offset+8) == stamp {
			break
		}
	}
	return value, stamp
}

// guard runs what touches the bytes. A file that is cut short at that moment is
// damaged.
func (f *file) guard(read func()) {
	var fault *mapped.FaultError
	if errors.As(f.view.Guard(read), &fault) {
		f.damage = &pyfile.DamageError{Path: f.path, Offset: fault.Offset, Reason: pyfile.ReasonVanishing}
		f.settled = false
	}
}

// walk takes in what is new in the file, after check. It reports whether the
// record changed.
func (f *file) walk(keys *keyTable, now time.Time) bool {
	before := f.planned
	known := f.record.len()
	f.guard(func() {
		switch {
		case known == 0 || f.intact < known || f.damage != nil || f.header != nil:
			f.readAgain(keys)
		case f.used > f.end:
			f.readOn(keys)
			f.load(keys, known, f.intact)
		}
	})
	if f.damage == nil {
		f.compared, f.settled = f.info.Changed, now.Sub(time.Unix(0, f.info.Changed)) > settleTime
	} else {
		f.damage.Path, f.settled = f.path, false
	}
	f.planned = f.record.identity()
	return f.planned != before
}

// readOn reads the entries behind the known ones.
func (f *file) readOn(keys *keyTable) {
	w := f.read(keys, f.layout, walked{record: f.record, end: f.end})
	f.record, f.end, f.damage = w.record, w.end, w.damage
	f.intact = f.record.len()
	keys.remember(f)
}

// readAgain reads the whole file. A file that is whole is taken as it stands; of
// a damaged one, or one that has become empty, the values that were known and
// cannot be read any more stay.
func (f *file) readAgain(keys *keyTable) {
	w := f.readLayouts(keys)
	w.damage = cmp.Or(f.header, w.damage)
	n, known := w.record.len(), f.record.len()
	whole := w.damage == nil && n > 0
	if !whole && (n < known || f.intact < known) {
		f.damage = cmp.Or(w.damage, &pyfile.DamageError{Offset: int64(w.end), Reason: pyfile.ReasonShrunk})
		return
	}
	if f.record.identity() != w.record.identity() {
		f.own = nil
	}
	f.record, f.layout, f.end, f.damage = w.record, w.layout, w.end, w.damage
	f.intact = n
	f.values, f.times = f.values[:min(n, len(f.values))], f.times[:min(n, len(f.times))]
	f.load(keys, 0, n)
	keys.remember(f)
}

// walked is what a walk found.
type walked struct {
	layout pyfile.Layout
	record record
	end    int
	damage *pyfile.DamageError
}

// readLayouts reads the whole file in the layout that fits.
func (f *file) readLayouts(keys *keyTable) walked {
	first := f.read(keys, f.layout, walked{end: pyfile.FirstEntry})
	if first.damage == nil {
		return first
	}
	second := f.read(keys, f.layout.Other(), walked{end: pyfile.FirstEntry})
	newer, older := first, second
	if f.layout == pyfile.Older {
		newer, older = second, first
	}
	if pyfile.Better(older.record.len(), older.damage, newer.record.len(), newer.damage) {
		return older
	}
	return newer
}

// read continues a walk to the end of the file or to the first damage.
func (f *file) read(keys *keyTable, layout pyfile.Layout, w walked) walked {
	w.layout = layout
	like := &keys.of(f.name.Type).last
	w.record.share(like)
	walker := pyfile.NewWalker(f.data(), f.used, layout, w.end)
	after := uint32(noKey)
	if n := w.record.len(); n > 0 {
		after = w.record.keys[n-1]
	}
	for {
		place, ok := walker.Next()
		if !ok {
			break
		}
		number, ok := keys.find(f.name.Type, after, place.Key)
		if !ok {
			walker.Reject(place)
			break
		}
		w.record.add(number, uint32(place.Value), like)
		after = number
	}
	w.end, w.damage = walker.Offset(), walker.Damage()
	return w
}
