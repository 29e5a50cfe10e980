package multiprocess

import (
	"math"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// publication is the file of what was collected, while it is made.
type publication struct {
	*pmfile.Builder
	offsets map[string]int64 // of families, by payload

	// family is the declaration of the samples that are being added, but for what
	// may differ from one to the next.
	family pmfile.Family
	at     int64

	payload, key []byte // key is that of the last family
	offset       int64  // and where it is
	names        []string
	values       []string
	cells        []uint64
	buckets      bucketCounts
}

func newPublication(h *pmfile.Header) *publication {
	return &publication{Builder: pmfile.NewBuilder(h), offsets: make(map[string]int64)}
}

// add adds a family that was found to be one that can be written.
func (w *publication) add(k *keptPublication, mode metric.GaugeMode) {
	d := k.family.Desc()
	w.family = pmfile.Family{
		Name: d.Name, Help: d.Help, Unit: d.Unit, Type: d.Type, Mode: mode,
		Bare: d.FullName() == d.Name && d.SampleName() != d.Name,
	}
	w.at = k.at
	if d.Type == metric.TypeStateSet {
		w.addStates(k.family)
		return
	}
	_ = k.family.Each(func(s *metric.Sample) error { // fails for nothing
		w.addSample(s)
		return nil
	})
}

func (w *publication) addSample(s *metric.Sample) {
	w.setLabels(s.Labels)
	switch w.family.Type {
	case metric.TypeCounter:
		w.addCounter(s)
	case metric.TypeSummary:
		w.family.FloatCounts = !isWhole(s.Summary.Count)
		w.series(s, w.count(s.Summary.Count), math.Float64bits(s.Summary.Sum))
	case metric.TypeHistogram, metric.TypeGaugeHistogram:
		w.addHistogram(s)
	case metric.TypeInfo:
		w.series(s)
	default:
		w.series(s, math.Float64bits(s.Value), w.setAt(s))
	}
}

// setAt returns when a gauge was set: as the collector says, or when it was
// asked.
func (w *publication) setAt(s *metric.Sample) uint64 {
	if at := nanosecondsOf(s.Timestamp); at > 0 {
		return uint64(at)
	}
	return uint64(w.at)
}

func (w *publication) addCounter(s *metric.Sample) {
	var offset int64
	if isWhole(s.Value) {
		offset = w.series(s, uint64(s.Value), 0)
	} else {
		offset = w.series(s, 0, math.Float64bits(s.Value))
	}
	if e := s.Exemplar(); e != nil {
		w.Exemplar(offset, 0, e)
	}
}

// setLabels makes the names part of the family's declaration. They are sorted, so
// that series with the same names are of one family.
func (w *publication) setLabels(labels metric.Labels) {
	w.names, w.values = w.names[:0], w.values[:0]
	for name, value := range labels.All() {
		w.names, w.values = append(w.names, name), append(w.values, value)
	}
	w.family.LabelNames = w.names
}

// series adds a series with the present labels and these values, and its family
// before the first one.
func (w *publication) series(s *metric.Sample, values ...uint64) int64 {
	w.cells = append(w.cells[:0], pmfile.StateCounting, startOf(s, w.family.Type))
	w.cells = append(w.cells, values...)
	return w.Series(w.declare(), w.values, nil, w.cells)
}

func startOf(s *metric.Sample, t metric.Type) uint64 {
	if !countsUp(t) {
		return 0
	}
	return uint64(max(nanosecondsOf(s.Start), 0))
}

// declare returns the offset of the family as it is declared now.
func (w *publication) declare() int64 {
	w.payload = pmfile.AppendFamily(w.payload[:0], &w.family)
	if w.offset > 0 && string(w.payload) == string(w.key) {
		return w.offset
	}
	offset, known := w.offsets[string(w.payload)]
	if !known {
		offset = w.Family(&w.family)
		w.offsets[string(w.payload)] = offset
	}
	w.key, w.offset = append(w.key[:0], w.payload...), offset
	return offset
}

// count returns the cell of a count in the present family.
func (w *publication) count(v float64) uint64 {
	if w.family.FloatCounts {
		return math.Float64bits(v)
	}
	return uint64(v)
}

// isWhole reports whether a value can be in a cell with a whole number.
func isWhole(v float64) bool { return v >= 0 && v < cell.MaxWhole && v == math.Trunc(v) }

// nanosecondsOf returns the time in nanoseconds since the Unix epoch; zero when
// it is absent, or not within the range of that.
func nanosecondsOf(t metric.Timestamp) int64 {
	const limit = math.MaxInt64/1_000_000_000 - 1
	if t.IsZero() || t.Seconds() > limit || t.Seconds() < -limit {
		return 0
	}
	return t.Seconds()*1e9 + int64(t.Nanoseconds())
}
