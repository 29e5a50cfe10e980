package multiprocess

import (
	"math"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// nativeValues are the values of a file as they were last read, each kind in the
// order of its layout. What cannot be read any more stays.
type nativeValues struct {
	counters []uint64
	rests    []rest // of counters, where they are not zero
	wholes   []uint64
	floats   []float64
	sums     []float64
	gauges   []float64
	recents  []recent
	bits     []uint64
	// chunks have cell.ChunkSize values each.
	chunkWords  []uint64
	chunkFloats []float64
	exemplars   []shownExemplar
}

// rest is what a counter was increased by in fractions.
type rest struct {
	counter int
	value   float64
}

// recent is a gauge and the time when it was set.
type recent struct {
	value float64
	at    int64
}

// shownExemplar is what an exemplar record held at a sequence number.
type shownExemplar struct {
	sequence uint64
	exemplar metric.Exemplar
}

// addend is a float that belongs to the sum of an entry.
type addend struct {
	entry int
	value float64
}

// room makes a slice at least n long.
func room[T any](s []T, n int) []T {
	if len(s) < n {
		s = append(s, make([]T, n-len(s))...)
	}
	return s
}

// load reads all values.
func (v *nativeValues) load(view *mapped.View, l *nativeLayout, role pmfile.Role) {
	v.loadCounters(view, l.counters, role)
	v.wholes = loadWholes(view, v.wholes, l.wholes)
	v.floats = loadCounts(view, v.floats, l.floats)
	v.sums = room(v.sums, len(l.sums))
	view.Floats(v.sums, l.sums)
	v.gauges = room(v.gauges, len(l.gauges))
	view.Floats(v.gauges, l.gauges)
	v.recents = room(v.recents, len(l.recents))
	for i, at := range l.recents {
		v.recents[i] = loadRecent(view, int(at))
	}
	v.bits = room(v.bits, len(l.bits))
	view.Words(v.bits, l.bits)
	v.loadChunks(view, l)
	v.exemplars = room(v.exemplars, len(l.exemplars))
	for i, x := range l.exemplars {
		v.exemplars[i].load(view, x)
	}
}

// loadCounters reads the two halves of counters, of which the second is mostly
// zero. In an archive it may be rounded up, and an addend below zero puts that
// right; elsewhere only damage can make it negative or NaN.
func (v *nativeValues) loadCounters(view *mapped.View, at []uint32, role pmfile.Role) {
	v.counters, v.rests = room(v.counters, len(at)), v.rests[:0]
	for i, offset := range at {
		v.counters[i] = min(view.Word(int(offset)), cell.MaxWhole)
		if word := view.Word(int(offset) + 8); word != 0 {
			if value := math.Float64frombits(word); value > 0 || role == pmfile.RoleArchive {
				v.rests = append(v.rests, rest{i, value})
			}
		}
	}
}

// loadWholes reads counts. One that is full is about to be put right.
func loadWholes(view *mapped.View, numbers []uint64, at []uint32) []uint64 {
	numbers = room(numbers, len(at))
	view.Words(numbers, at)
	for i, n := range numbers {
		numbers[i] = min(n, cell.MaxWhole)
	}
	return numbers
}

// loadCounts reads counts that are floats.
func loadCounts(view *mapped.View, counts []float64, at []uint32) []float64 {
	counts = room(counts, len(at))
	for i, offset := range at {
		counts[i] = pmfile.Count(view.Word(int(offset)))
	}
	return counts
}

// loadRecent reads a value and its time so that they belong together, as far as
// can be had: the writer takes no lock, so whoever reads twice the same believes
// it.
func loadRecent(view *mapped.View, at int) recent {
	const attempts = 4
	var value, stamp uint64
	for range attempts {
		value, stamp = view.Word(at), view.Word(at+8)
		if view.Word(at) == value && view.Word(at+8) == stamp {
			break
		}
	}
	return recent{math.Float64frombits(value), pmfile.Stamp(stamp)}
}

func (v *nativeValues) loadChunks(view *mapped.View, l *nativeLayout) {
	v.chunkWords = room(v.chunkWords, cell.ChunkSize*len(l.chunkWords))
	for i, at := range l.chunkWords {
		for j := range cell.ChunkSize {
			v.chunkWords[i*cell.ChunkSize+j] = min(view.Word(int(at)+8*j), cell.MaxWhole)
		}
	}
	v.chunkFloats = room(v.chunkFloats, cell.ChunkSize*len(l.chunkFloats))
	for i, at := range l.chunkFloats {
		for j := range cell.ChunkSize {
			v.chunkFloats[i*cell.ChunkSize+j] = pmfile.Count(view.Word(int(at) + 8*j))
		}
	}
}

// load decodes the exemplar only if it is another than last time.
func (x *shownExemplar) load(view *mapped.View, at nativeExemplar) {
	sequence := view.Word(int(at.cells))
	if sequence == x.sequence || sequence%2 != 0 {
		return
	}
	if exemplar, ok := pmfile.ReadExemplar(view.Word, int(at.cells), int(at.room)); ok {
		x.exemplar, x.sequence = exemplar, sequence
	}
}

// add adds the values to totals, at the cells that a plan has for them.
func (v *nativeValues) add(t *totals, c *nativeCells) {
	t.addWholes(c.counters, v.counters)
	for _, r := range v.rests {
		t.floats.Add(c.counters[r.counter], r.value)
	}
	t.addWholes(c.wholes, v.wholes)
	t.floats.AddAll(c.floats, v.floats)
	t.floats.AddAll(c.sums, v.sums)
	if c.sumsOnly {
		t.floats.AddAll(c.gauges, v.gauges)
	} else {
		for i, to := range c.gauges {
			t.addGauge(to, c.gaugeModes[i], v.gauges[i], 0)
		}
	}
	for i, to := range c.recents {
		t.addGauge(to, c.recentModes[i], v.recents[i].value, v.recents[i].at)
	}
	for _, s := range c.states {
		t.values[s.cell] = larger(t.values[s.cell], float64(v.bits[s.word]>>s.bit&1))
	}
	for _, to := range c.infos {
		t.values[to] = 1
	}
	v.addChunks(t, c)
	for i, list := range c.exemplars {
		if x := &v.exemplars[i]; list > 0 && x.sequence > 0 {
			t.exemplars[list] = append(t.exemplars[list], x.exemplar)
		}
	}
}

func (v *nativeValues) addChunks(t *totals, c *nativeCells) {
	for i, first := range c.chunkWords {
		if first == nowhere {
			continue
		}
		for j, n := range v.chunkWords[i*cell.ChunkSize : (i+1)*cell.ChunkSize] {
			if n > 0 {
				t.addWhole(first+uint32(j), n)
			}
		}
	}
	for i, first := range c.chunkFloats {
		if first == nowhere {
			continue
		}
		for j, n := range v.chunkFloats[i*cell.ChunkSize : (i+1)*cell.ChunkSize] {
			t.floats.Add(first+uint32(j), n)
		}
	}
}
