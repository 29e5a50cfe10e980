package multiprocess

import (
	"fmt"
	"math"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// Open returns the place of a series, under the contract of [cell.Backend]: the
// error is cell.ErrUnsupported for kinds of metrics that the files cannot
// hold, cell.ErrClosed after Close, and else wraps that of the system, such as
// syscall.ENOSPC. Values that an earlier process with the same identifier left
// behind are there to be continued.
func (s *Store) Open(spec *cell.Spec, values []string) (cell.Place, error) {
	if len(values) != len(spec.LabelNames) {
		return cell.Place{}, fmt.Errorf("multiprocess: metric %q has %d label names, but got %d values",
			spec.Name, len(spec.LabelNames), len(values))
	}
	if !s.supports(spec) {
		return cell.Place{}, cell.ErrUnsupported
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return cell.Place{}, cell.ErrClosed
	}
	place, conflicts, err := s.place(spec, values)
	file := fileName(spec).Prefix()
	changed := s.failing[file] != (err != nil)
	s.failing[file] = err != nil
	if err != nil {
		s.failures++
		err = fmt.Errorf("multiprocess: open series of %q: %w", spec.Name, err)
	}
	s.mu.Unlock()
	s.report(conflicts, changed, err)
	return place, err
}

// supports reports whether the files can hold the family.
func (s *Store) supports(spec *cell.Spec) bool {
	switch spec.Type {
	case metric.TypeCounter:
		return true
	case metric.TypeGauge:
		return spec.Mode.Valid() && (s.layout == pyfile.Newer || spec.Mode.Base() != metric.GaugeMostRecent)
	case metric.TypeHistogram:
		return len(spec.Bounds) > 0
	case metric.TypeSummary:
		return !spec.Quantiles
	}
	return false
}

func (s *Store) place(spec *cell.Spec, values []string) (cell.Place, []conflict, error) {
	file, conflicts, err := s.file(fileName(spec))
	if err != nil {
		return cell.Place{}, conflicts, err
	}
	k := keysOf(spec, values)
	var scratch [512]byte
	first := k.append(scratch[:0], 0)
	if known := file.find(first, spec.Bounds); known != nil {
		known.revive()
		return known.place, conflicts, nil
	}
	keys := k.all()
	entries, err := file.writer.Add(keys)
	if err != nil {
		return cell.Place{}, conflicts, err
	}
	opened := &series{place: placeOf(spec, entries), bounds: spec.Bounds}
	file.add(keys[0], opened)
	return opened.place, conflicts, nil
}

func fileName(spec *cell.Spec) pyfile.Name {
	name := pyfile.Name{Type: spec.Type}
	if spec.Type == metric.TypeGauge {
		name.Mode = spec.Mode
	}
	return name
}

// placeOf puts entries in the order of words that a place has.
func placeOf(spec *cell.Spec, entries []pyfile.Entry) cell.Place {
	words := make([]*atomic.Uint64, 0, len(entries)+1)
	for _, e := range entries {
		words = append(words, e.Value)
	}
	switch spec.Type {
	case metric.TypeHistogram: // the sum, which the Python client writes first, goes last
		words = append(words[1:], words[0])
	case metric.TypeGauge:
		if stamp := entries[0].Time; stamp != nil {
			return cell.Place{Words: append(words, stamp), Stamped: true}
		}
	}
	return cell.Place{Words: words}
}

// Remove forgets a series as far as the format can. Entries cannot be taken out
// of a file, and a total must not go down, so counters, histograms and
// summaries keep what was counted, and go on from there when they are opened
// again. A gauge becomes what changes no merged value: +Inf for modes of min,
// -Inf for modes of max, never set for modes of mostrecent, and zero for the
// others; opened again, it is zero.
func (s *Store) Remove(spec *cell.Spec, values []string) {
	if spec.Type != metric.TypeGauge || len(values) != len(spec.LabelNames) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.files[fileName(spec).Prefix()]
	if file == nil {
		return
	}
	if known := file.find(keysOf(spec, values).append(nil, 0), nil); known != nil {
		known.removed = true
		known.set(neutral(spec.Mode))
	}
}

// neutral is the value that changes nothing in a merge.
func neutral(mode metric.GaugeMode) float64 {
	switch mode.Base() {
	case metric.GaugeMin:
		return math.Inf(1)
	case metric.GaugeMax:
		return math.Inf(-1)
	}
	return 0
}

// revive zeroes a gauge that was removed.
func (s *series) revive() {
	if s.removed {
		s.removed = false
		s.set(0)
	}
}

// set stores a gauge's value and that it was never set.
func (s *series) set(value float64) {
	for _, word := range s.place.Words[1:] {
		word.Store(0)
	}
	s.place.Words[0].Store(math.Float64bits(value))
}
