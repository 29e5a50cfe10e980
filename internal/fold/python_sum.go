package fold

import (
	"polymeter.dev/internal/exact"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// pythonTotals are the values of many files of one kind, added up by their keys.
type pythonTotals struct {
	kind    pyfile.Name
	layout  pyfile.Layout
	series  []pythonSeries
	numbers map[string]int // of series, by key
}

// pythonSeries is the value of a key: a sum, or a gauge's value.
type pythonSeries struct {
	key         string
	sum         exact.Sum
	value, time float64
	known       bool
}

// sum adds up the archive and the files that are held, as far as their layout is
// that of the next archive.
func (y *python) sum() *pythonTotals {
	layout, mixed := y.layout()
	t := &pythonTotals{kind: y.kind, layout: layout, numbers: map[string]int{}}
	if y.archive != nil {
		for i := range y.archive.Rows {
			row := &y.archive.Rows[i]
			t.add(&row.Row, &row.Sum)
		}
	}
	for _, h := range y.held {
		if mixed && h.sure && h.layout != layout {
			y.skip(h.name, ErrOtherLayout)
			continue
		}
		for i := range h.rows {
			t.add(&h.rows[i], nil)
		}
		h.absorbed = true
	}
	return t
}

// add adds a row, and the exact value if that is known.
func (t *pythonTotals) add(row *pyfile.Row, sum *exact.Sum) {
	number, found := t.numbers[row.Key]
	if !found {
		number = len(t.series)
		t.numbers[row.Key] = number
		t.series = append(t.series, pythonSeries{key: row.Key})
	}
	s := &t.series[number]
	switch {
	case !t.adds():
		s.addGauge(t.kind.Mode, row)
	case !(row.Value >= 0) && t.kind.Counts(row.Parsed.Sample): // damage
	case sum == nil:
		s.sum.Add(row.Value)
	default:
		s.sum.Merge(sum)
	}
	if t.kind.Type == metric.TypeGauge && t.kind.Mode != metric.GaugeMostRecent {
		s.time = max(s.time, pyfile.PossibleTime(row.Time))
	}
	s.known = true
}

// adds reports whether values add up.
func (t *pythonTotals) adds() bool {
	return t.kind.Type != metric.TypeGauge || t.kind.Mode == metric.GaugeSum
}

// addGauge adds a gauge by its mode. NaN gives way to numbers.
func (s *pythonSeries) addGauge(mode metric.GaugeMode, row *pyfile.Row) {
	v, at := row.Value, pyfile.PossibleTime(row.Time)
	switch {
	case !s.known:
		s.value = v
		if mode == metric.GaugeMostRecent {
			s.time = at
		}
	case mode == metric.GaugeMin:
		if v < s.value || s.value != s.value {
			s.value = v
		}
	case mode == metric.GaugeMax:
		if v > s.value || s.value != s.value {
			s.value = v
		}
	case mode == metric.GaugeMostRecent:
		if at > s.time {
			s.value, s.time = v, at
		}
	}
}

// entries returns what the next archive has.
func (t *pythonTotals) entries() []pyfile.ArchiveEntry {
	entries := make([]pyfile.ArchiveEntry, len(t.series))
	for i := range t.series {
		s := &t.series[i]
		e := pyfile.ArchiveEntry{Key: s.key, Value: s.value, Time: s.time}
		if t.adds() {
			var rest []float64
			if e.Value, rest = split(&s.sum); len(rest) > 0 {
				e.Parts = append([]float64{e.Value}, rest...)
			}
		}
		entries[i] = e
	}
	return entries
}
