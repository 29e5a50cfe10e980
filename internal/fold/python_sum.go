package fold

import (
	"strings"

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
	case t.signed(row) || row.Value >= 0: // else damage, which would spoil it for ever
		if sum == nil {
			s.sum.Add(row.Value)
		} else {
			s.sum.Merge(sum)
		}
	}
	if t.kind.Type == metric.TypeGauge && t.kind.Mode != metric.GaugeMostRecent {
		s.time = max(s.time, row.Time)
	}
	s.known = true
}

// adds reports whether values add up.
func (t *pythonTotals) adds() bool {
	return t.kind.Type != metric.TypeGauge || t.kind.Mode == metric.GaugeSum
}

// signed reports whether a value may be negative or NaN, as the sum of
// observations and a gauge may, and a count may not.
func (t *pythonTotals) signed(row *pyfile.Row) bool {
	switch t.kind.Type {
	case metric.TypeCounter:
		return false
	case metric.TypeGauge:
		return true
	}
	return strings.HasSuffix(row.Parsed.Sample, "_sum")
}

// addGauge adds a gauge by its mode. NaN gives way to numbers.
func (s *pythonSeries) addGauge(mode metric.GaugeMode, row *pyfile.Row) {
	v := row.Value
	switch {
	case !s.known:
		s.value = v
		if mode == metric.GaugeMostRecent {
			s.time = row.Time
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
		if row.Time > s.time {
			s.value, s.time = v, row.Time
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
