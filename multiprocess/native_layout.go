package multiprocess

import (
	"slices"

	"polymeter.dev/metric"
)

// nativeLayout says which records a native file has, and where their values are.
// Files of one program mostly have the same records at the same places, and then
// share the memory: a slice of a layout is never changed, only extended.
type nativeLayout struct {
	entries   []nativeEntry // by offset
	chunks    []nativeChunk
	exemplars []nativeExemplar

	// The offsets of values, by kind, in the order of the records.
	counters    []uint32 // a whole number, and a float behind it
	wholes      []uint32
	floats      []uint32 // counts that are floats
	sums        []uint32
	gauges      []uint32
	recents     []uint32 // a gauge, and its time behind it
	bits        []uint32
	chunkWords  []uint32 // the first of cell.ChunkSize whole numbers
	chunkFloats []uint32 // or floats
}

// nativeEntry is a series record: the number of its series in the table, and the
// offsets of the record and of its first cell.
type nativeEntry struct{ series, offset, cells uint32 }

// nativeChunk is a chunk record: its number in the table, and its entry.
type nativeChunk struct{ number, entry uint32 }

// nativeExemplar is an exemplar record: its entry, the offset of its first cell,
// and how many words there are.
type nativeExemplar struct{ entry, cells, room uint32 }

// extend appends v. As long as s equals the beginning of like, it is that.
func extend[T comparable](s, like []T, v T) []T {
	n := len(s)
	if n < len(like) && like[n] == v && (n == 0 || &s[0] == &like[0]) {
		return like[: n+1 : n+1]
	}
	return append(s, v)
}

// addSeries adds the values of a series, whose values begin at the offset.
func (l *nativeLayout) addSeries(like *nativeLayout, f *nativeFamily, at uint32) {
	switch f.Type {
	case metric.TypeCounter:
		l.counters = extend(l.counters, like.counters, at)
	case metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram:
		for i, id := range f.slots {
			l.addValue(like, id.part, f.FloatCounts, at+8*uint32(i))
		}
	case metric.TypeStateSet:
		l.bits = extend(l.bits, like.bits, at)
	case metric.TypeInfo:
	default:
		if f.Mode.Base() == metric.GaugeMostRecent {
			l.recents = extend(l.recents, like.recents, at)
		} else {
			l.gauges = extend(l.gauges, like.gauges, at)
		}
	}
}

func (l *nativeLayout) addValue(like *nativeLayout, what part, floats bool, at uint32) {
	switch {
	case what == partSum:
		l.sums = extend(l.sums, like.sums, at)
	case floats:
		l.floats = extend(l.floats, like.floats, at)
	default:
		l.wholes = extend(l.wholes, like.wholes, at)
	}
}

func (l *nativeLayout) addChunk(like *nativeLayout, f *nativeFamily, at uint32) {
	if f.FloatCounts {
		l.chunkFloats = extend(l.chunkFloats, like.chunkFloats, at)
	} else {
		l.chunkWords = extend(l.chunkWords, like.chunkWords, at)
	}
}

// entryAt returns the index of the series record at an offset.
func (l *nativeLayout) entryAt(offset int) (int, bool) {
	return slices.BinarySearchFunc(l.entries, offset, func(e nativeEntry, offset int) int { return int(e.offset) - offset })
}

// nativeCells are where a plan adds the values of a layout, each kind in the order
// of the layout.
type nativeCells struct {
	counters, wholes, floats, sums []uint32
	gauges, recents                []uint32
	gaugeModes, recentModes        []metric.GaugeMode
	states                         []stateCell
	bits                           int // how many words of states were passed
	infos                          []uint32
	chunkWords, chunkFloats        []uint32
	addends                        []uint32
	exemplars                      []int // numbers of series among those that have some
	sumsOnly                       bool  // all gauges are in the mode sum
}

// stateCell is where one bit of a state set goes.
type stateCell struct {
	word, bit int
	cell      uint32
}

func (c *nativeCells) clear() {
	*c = nativeCells{
		counters: c.counters[:0], wholes: c.wholes[:0], floats: c.floats[:0], sums: c.sums[:0],
		gauges: c.gauges[:0], recents: c.recents[:0], gaugeModes: c.gaugeModes[:0], recentModes: c.recentModes[:0],
		states: c.states[:0], infos: c.infos[:0], chunkWords: c.chunkWords[:0], chunkFloats: c.chunkFloats[:0],
		addends: c.addends[:0], exemplars: c.exemplars[:0], sumsOnly: true,
	}
}

// addSeries adds the cells of what addSeries of the layout added.
func (c *nativeCells) addSeries(f *nativeFamily, mode metric.GaugeMode, cells func(i int) uint32) {
	switch f.Type {
	case metric.TypeCounter:
		c.counters = append(c.counters, cells(0))
	case metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram:
		for i, id := range f.slots {
			c.addValue(id.part, f.FloatCounts, cells(i))
		}
	case metric.TypeStateSet:
		for i := range f.States {
			c.states = append(c.states, stateCell{c.bits, i, cells(i)})
		}
		c.bits++
	case metric.TypeInfo:
		c.infos = append(c.infos, cells(0))
	default:
		c.addGauge(f, mode, cells(0))
	}
}

func (c *nativeCells) addGauge(f *nativeFamily, mode metric.GaugeMode, to uint32) {
	if f.Mode.Base() == metric.GaugeMostRecent {
		c.recents, c.recentModes = append(c.recents, to), append(c.recentModes, mode)
		return
	}
	c.gauges, c.gaugeModes = append(c.gauges, to), append(c.gaugeModes, mode)
	c.sumsOnly = c.sumsOnly && mode == metric.GaugeSum
}

func (c *nativeCells) addValue(what part, floats bool, to uint32) {
	switch {
	case what == partSum:
		c.sums = append(c.sums, to)
	case floats:
		c.floats = append(c.floats, to)
	default:
		c.wholes = append(c.wholes, to)
	}
}

func (c *nativeCells) addChunk(f *nativeFamily, first uint32) {
	if f.FloatCounts {
		c.chunkFloats = append(c.chunkFloats, first)
	} else {
		c.chunkWords = append(c.chunkWords, first)
	}
}
