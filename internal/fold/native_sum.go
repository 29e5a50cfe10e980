package fold

import (
	"slices"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// totals are the values of many native files, added up by family and labels.
type totals struct {
	now       int64 // nanoseconds since the Unix epoch
	retention int64
	families  []*family
	byPayload map[string]*family
	// expired says that something was left out which an archive had, because
	// its time is over.
	expired bool
}

func newTotals(now time.Time, retention time.Duration) *totals {
	return &totals{now: now.UnixNano(), retention: int64(retention), byPayload: map[string]*family{}}
}

// family is a declaration, byte by byte the same in all files that share it, and
// its series.
type family struct {
	*pmfile.Family
	// counts are the value cells that are counts.
	counts []int
	series []*series
	byBody map[string]*series
}

// source is what matters of a file besides its content.
type source struct {
	archive bool
	// identifier is that of the process.
	identifier string
}

// add adds what a file says, which must be whole, or an archive's.
func (t *totals) add(c *content, from source) {
	families := make([]*family, len(c.families))
	for i := range c.series {
		s := &c.series[i]
		declared := &c.families[s.family]
		if forLiving(declared.Family) {
			continue
		}
		if families[s.family] == nil {
			families[s.family] = t.family(declared)
		}
		f := families[s.family]
		if additive(f.Type) {
			f.addCounts(c, s)
		} else {
			t.addGauge(f, c, s, from)
		}
	}
}

// prune leaves out the times of deletions that are over, and notes if there were
// any.
func (t *totals) prune() {
	for _, f := range t.families {
		f.series = slices.DeleteFunc(f.series, func(s *series) bool {
			if s.tombstone() && t.over(s.floor) {
				s.floor, t.expired = 0, true
			}
			return s.gauge == nil && !s.counting && s.floor == 0
		})
	}
}

// forLiving reports whether a family says something about living processes only:
// what they are, what state they are in, and what gauges of live modes show.
func forLiving(f *pmfile.Family) bool {
	switch f.Type {
	case metric.TypeInfo, metric.TypeStateSet:
		return true
	case metric.TypeGauge, metric.TypeUnknown:
		return f.Mode.Live()
	}
	return false
}

// additive reports whether values of the type from several processes add up.
func additive(typ metric.Type) bool { return typ == metric.TypeCounter || typ.Composite() }

func (t *totals) family(d *declared) *family {
	f := t.byPayload[string(d.payload)]
	if f == nil {
		f = &family{Family: d.Family, counts: countCells(d.Family), byBody: map[string]*series{}}
		t.byPayload[string(d.payload)] = f
		t.families = append(t.families, f)
	}
	return f
}

// countCells returns which value cells of a family are counts.
func countCells(f *pmfile.Family) []int {
	var cells []int
	switch {
	case f.Type == metric.TypeCounter || f.Type == metric.TypeSummary:
		return []int{0}
	case f.Type.Composite():
		for i := range f.Values() {
			if i != f.FloatValue() {
				cells = append(cells, i)
			}
		}
	}
	return cells
}

// of returns the series whose payload has these labels.
func (f *family) of(payload []byte) *series {
	body := pmfile.SeriesBody(payload)
	s := f.byBody[string(body)]
	if s == nil {
		s = &series{payload: append([]byte(nil), payload...)}
		f.byBody[string(body)] = s
		f.series = append(f.series, s)
	}
	return s
}

// addCounts adds a series of an additive type.
func (f *family) addCounts(c *content, from *counted) {
	to := f.of(from.payload)
	state, start := c.word(from.cells), int64(c.word(from.cells+wordSize))
	if state > stateReset {
		to.floor = max(to.floor, int64(state))
		return
	}
	if state == stateReset {
		to.floor = max(to.floor, start)
	}
	if start > 0 && (to.start == 0 || start < to.start) {
		to.start = start
	}
	to.counting = true
	to.counts.reserve(len(f.counts), f.floatCounts())
	for i, cell := range f.counts {
		to.counts.add(i, c.word(valueAt(from, cell)))
	}
	f.addFloat(to, c, from)
	for _, chunk := range from.chunks {
		to.chunk(chunk.place, f.floatCounts()).addAll(c, chunk.cells)
	}
	for _, e := range from.exemplars {
		to.keepExemplar(c, e, f.maxExemplars())
	}
}

// floatCounts reports whether counts are floats; the whole part of a counter
// never is.
func (f *family) floatCounts() bool { return f.FloatCounts && f.Type != metric.TypeCounter }

// addFloat adds the float of a series with its addends.
func (f *family) addFloat(to *series, c *content, from *counted) {
	v := c.float(valueAt(from, f.FloatValue()))
	if f.Type == metric.TypeCounter && !(v >= 0) {
		return // one damaged value would spoil it for ever
	}
	to.sum.Add(v)
	for _, addends := range from.addends {
		for i := range addends.count {
			to.sum.Add(c.float(addends.offset + i*wordSize))
		}
	}
}

// valueAt returns the offset of a value cell.
func valueAt(s *counted, value int) int { return s.cells + (pmfile.SeriesCellsBefore+value)*wordSize }

// whole reads a count. A word beyond the limit is one that reached it, or
// damaged.
func whole(word uint64) uint64 { return min(word, cell.MaxWhole) }
