package fold

import (
	"maps"
	"math"
	"slices"

	"polymeter.dev/internal/exact"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// encode returns the bytes of an archive. The list of what it has absorbed comes
// first: it is what must not be lost when the file is damaged.
func (t *totals) encode(header *pmfile.Header, absorbed []string) ([]byte, error) {
	b := pmfile.NewBuilder(header)
	if len(absorbed) > 0 {
		b.Absorbed(absorbed)
	}
	for _, f := range t.families {
		w := familyWriter{Builder: b, family: f}
		for _, s := range f.series {
			w.write(s)
		}
	}
	return b.Bytes(), b.Err()
}

// familyWriter writes the series of one family, and the family before the first
// of them: one without series is left out.
type familyWriter struct {
	*pmfile.Builder
	family  *family
	offset  int64
	written bool
	labels  pmfile.Series
}

func (w *familyWriter) write(s *series) {
	w.labels.Parse(s.payload, len(w.family.LabelNames))
	if s.gauge != nil {
		w.writeGauge(s)
		return
	}
	if s.counting {
		w.writeCounts(s)
	}
	if s.tombstone() {
		w.series([]uint64{uint64(s.floor), 0}, nil)
	}
}

// tombstone reports whether a record of its own has to say that no start is
// before the floor: the series that counts begins after it, or there is none.
func (s *series) tombstone() bool {
	return s.floor > stateReset && !s.floored()
}

// floored reports whether the series starts at its floor. That is what a reset
// series says of itself.
func (s *series) floored() bool {
	return s.counting && s.start != 0 && s.start <= s.floor
}

// series adds a record with the present labels. The state and the start come
// first, values that are not given are zero.
func (w *familyWriter) series(begin, values []uint64) int64 {
	if !w.written {
		w.offset, w.written = w.Family(w.family.Family), true
	}
	cells := make([]uint64, pmfile.SeriesCellsBefore+w.family.Values())
	copy(cells, begin)
	copy(cells[pmfile.SeriesCellsBefore:], values)
	return w.Series(w.offset, w.labels.Values, w.labels.More, cells)
}

func (w *familyWriter) writeGauge(s *series) {
	value, rest := s.gauge.value, []float64(nil)
	if w.family.FloatValue() == 0 {
		value, rest = split(&s.sum)
	}
	offset := w.series(nil, []uint64{math.Float64bits(value), uint64(s.gauge.stamp)})
	if len(rest) > 0 {
		w.Addends(offset, rest)
	}
}

// split returns the sum, rounded, and what makes it exact.
func split(sum *exact.Sum) (rounded float64, rest []float64) {
	rounded = sum.Value()
	if math.IsInf(rounded, 0) || rounded != rounded {
		return rounded, nil
	}
	var remainder exact.Sum
	remainder.Merge(sum)
	remainder.Add(-rounded)
	return rounded, remainder.Parts()
}

// writeCounts adds a series that counts. Counts that are floats, and that no
// float64 holds exactly, are spread over several records with the same labels.
func (w *familyWriter) writeCounts(s *series) {
	state, start := uint64(stateCounts), s.start
	if s.floored() {
		state, start = stateReset, s.floor
	}
	places := s.places()
	layers := s.counts.layers()
	for _, p := range places {
		layers = max(layers, s.chunks[p].layers())
	}
	for layer := range layers {
		values := make([]uint64, w.family.Values())
		for i, cell := range w.family.counts {
			values[cell] = s.counts.word(i, layer)
		}
		var rest []float64
		if layer == 0 {
			var rounded float64
			rounded, rest = split(w.sum(s))
			values[w.family.FloatValue()] = math.Float64bits(rounded)
		}
		offset := w.series([]uint64{state, uint64(start)}, values)
		if len(rest) > 0 {
			w.Addends(offset, rest)
		}
		w.writeChunks(offset, s, places, layer)
		if layer == 0 {
			w.writeExemplars(offset, s.exemplars)
		}
	}
}

// sum returns the sum of a series. A counter below zero can only come from addends
// of a damaged archive, and readers would leave it out.
func (w *familyWriter) sum(s *series) *exact.Sum {
	if w.family.Type == metric.TypeCounter && !(s.sum.Value() >= 0) {
		return new(exact.Sum)
	}
	return &s.sum
}

// writeChunks adds the chunks of one layer that count anything.
func (w *familyWriter) writeChunks(offset int64, s *series, places []place, layer int) {
	for _, p := range places {
		var words [pmfile.ChunkCells]uint64
		for i := range words {
			words[i] = s.chunks[p].word(i, layer)
		}
		if words != [pmfile.ChunkCells]uint64{} {
			w.Chunk(offset, p.schema, p.number, p.negative, &words)
		}
	}
}

func (w *familyWriter) writeExemplars(offset int64, exemplars map[uint32]metric.Exemplar) {
	for _, slot := range slices.Sorted(maps.Keys(exemplars)) {
		e := exemplars[slot]
		w.Exemplar(offset, slot, &e)
	}
}
