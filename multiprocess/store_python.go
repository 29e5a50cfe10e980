package multiprocess

import (
	"errors"
	"math"
	"sync/atomic"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// pythonFormat keeps series in the files of the Python client: one for each type,
// and for each mode of gauges.
type pythonFormat struct {
	settings
	wanted  string // the identifier
	layout  pyfile.Layout
	variant int // which numbered identifier the newest file has
	files   map[string]*storeFile
}

func newPythonFormat(s settings, identifier string, layout pyfile.Layout) *pythonFormat {
	return &pythonFormat{settings: s, wanted: identifier, layout: layout, variant: 1, files: map[string]*storeFile{}}
}

func (p *pythonFormat) identifier() string { return numbered(p.wanted, p.variant) }

func (p *pythonFormat) part(spec *cell.Spec) string { return fileName(spec).Prefix() }

func (p *pythonFormat) supports(spec *cell.Spec) bool {
	switch spec.Type {
	case metric.TypeCounter:
		return true
	case metric.TypeGauge:
		return spec.Mode.Valid() && (p.layout == pyfile.Newer || spec.Mode.Base() != metric.GaugeMostRecent)
	case metric.TypeHistogram:
		return len(spec.Bounds) > 0
	case metric.TypeSummary:
		return !spec.Quantiles
	}
	return false
}

// open continues values that an earlier process with the same identifier left
// behind.
func (p *pythonFormat) open(spec *cell.Spec, values []string) (cell.Place, []conflict, error) {
	file, conflicts, err := p.file(fileName(spec))
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

func (p *pythonFormat) remove(spec *cell.Spec, values []string) {
	if spec.Type != metric.TypeGauge {
		return
	}
	file := p.files[fileName(spec).Prefix()]
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

func (p *pythonFormat) lost() bool {
	for _, f := range p.files {
		if lost, err := f.writer.Lost(); lost && err == nil {
			return true
		}
	}
	return false
}

// forget keeps files that are still there out of the way: the next ones get
// another identifier, so that nothing is counted twice.
func (p *pythonFormat) forget() error {
	failed := p.letGo(func(dir *mapped.Directory, w *pyfile.Writer) error { return w.Remove(dir) })
	p.files, p.variant = map[string]*storeFile{}, 1
	return failed
}

// close removes what counts living processes only.
func (p *pythonFormat) close() error {
	failed := p.letGo(func(dir *mapped.Directory, w *pyfile.Writer) error {
		if !p.live(w) {
			return nil
		}
		return w.Remove(dir)
	})
	p.files = nil
	return failed
}

func (p *pythonFormat) live(w *pyfile.Writer) bool {
	for _, f := range p.files {
		if f.writer == w {
			return f.live
		}
	}
	return false
}

// letGo closes all files, after doing something with each.
func (p *pythonFormat) letGo(first func(*mapped.Directory, *pyfile.Writer) error) error {
	dir, failed := mapped.OpenDirectory(p.kernel, p.dir)
	if failed == nil {
		defer dir.Close()
	}
	for _, f := range p.files {
		if dir != nil {
			failed = errors.Join(failed, first(dir, f.writer))
		}
		failed = errors.Join(failed, f.writer.Close())
	}
	return failed
}

func (p *pythonFormat) fill(stats *Stats) {
	stats.Files = len(p.files)
	for _, f := range p.files {
		stats.Bytes += f.writer.Size()
		stats.Series += f.count
	}
}
