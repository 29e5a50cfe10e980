package multiprocess

import "polymeter.dev/metric"

// forgetNative forgets declarations, series and chunks that are in no file any
// more, and gives the others new numbers. Files need not be readable for that.
func (r *reader) forgetNative() {
	m := nativeMove{
		from:    &r.native,
		series:  make(map[uint32]uint32),
		entries: make(map[*nativeEntry][]nativeEntry),
		chunks:  make(map[*nativeChunk][]nativeChunk),
	}
	m.to.families = make(map[string]*nativeFamily)
	for _, f := range r.shared {
		for _, family := range f.families {
			family.kept = true
		}
	}
	m.moveFamilies()
	for _, f := range r.shared {
		m.move(f)
	}
	r.native = m.to
}

// nativeMove moves what files have from one table to another.
type nativeMove struct {
	from   *nativeTable
	to     nativeTable
	series map[uint32]uint32 // new numbers by old ones
	// entries and chunks are those of layouts, with the new numbers, by the
	// address of the first with the old ones: layouts that share their memory
	// still do.
	entries map[*nativeEntry][]nativeEntry
	chunks  map[*nativeChunk][]nativeChunk
}

func (m *nativeMove) moveFamilies() {
	for payload, family := range m.from.families {
		if family.kept {
			family.kept, family.number, family.numbers = false, len(m.to.families), make(map[string]uint32)
			m.to.families[payload] = family
		}
	}
}

func (m *nativeMove) move(f *nativeFile) {
	f.layout.entries = moved(m.entries, f.layout.entries, func(e nativeEntry) nativeEntry {
		e.series = m.moveSeries(e.series)
		return e
	})
	f.layout.chunks = moved(m.chunks, f.layout.chunks, func(c nativeChunk) nativeChunk {
		key := m.from.chunks[c.number]
		key.series = m.moveSeries(key.series)
		c.number = m.to.chunk(key)
		return c
	})
	own := make(map[uint32]metric.Labels, len(f.own))
	for number, labels := range f.own {
		if number, found := m.series[number]; found {
			own[number] = labels
		}
	}
	f.own = own
}

func (m *nativeMove) moveSeries(old uint32) uint32 {
	number, found := m.series[old]
	if !found {
		number = uint32(len(m.to.series))
		m.series[old] = number
		s := m.from.series[old]
		s.next = noKey
		s.family.numbers[s.body] = number
		m.to.series = append(m.to.series, s)
	}
	return number
}

// moved returns what becomes of all of s, which may be the beginning, or more, of
// what became of something else.
func moved[T any](before map[*T][]T, s []T, move func(T) T) []T {
	if len(s) == 0 {
		return nil
	}
	known := before[&s[0]]
	for i := len(known); i < len(s); i++ {
		known = append(known, move(s[i]))
	}
	before[&s[0]] = known
	return known[:len(s):len(s)]
}
