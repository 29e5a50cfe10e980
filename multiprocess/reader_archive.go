package multiprocess

import (
	"slices"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// pythonArchives are the names of the archives that Python files are folded into.
func pythonArchives() []string {
	var names []string
	for _, typ := range []metric.Type{metric.TypeCounter, metric.TypeGauge, metric.TypeHistogram, metric.TypeSummary} {
		for mode := metric.GaugeAll; mode.Valid(); mode++ {
			name := pyfile.Name{Type: typ, Mode: mode}.Archive()
			if !name.HasArchive() || typ != metric.TypeGauge && mode != metric.GaugeAll {
				continue
			}
			names = append(names, name.String())
		}
	}
	return names
}

// readAppendix reads what an archive says behind its entries, which never
// changes: a new archive is a new file.
func (f *file) readAppendix() {
	if f.appendix != nil {
		return
	}
	f.appendix = new(pyfile.Appendix)
	f.guard(func() {
		if appendix, _ := pyfile.ParseAppendix(f.data(), f.used); appendix != nil {
			f.appendix = appendix
		}
	})
}

// compileSums finds the entries of an archive that are not exact as they stand:
// the value there, which is rounded, is taken away and its parts are added.
func (f *file) compileSums() {
	f.addends = f.addends[:0]
	if f.appendix == nil {
		return
	}
	for _, sum := range f.appendix.Sums {
		entry, found := slices.BinarySearch(f.record.values, uint32(sum.Offset))
		if !found || entry >= len(f.values) {
			continue
		}
		f.addends = append(f.addends, entryAddend{entry, -f.values[entry]})
		for _, part := range sum.Parts {
			f.addends = append(f.addends, entryAddend{entry, part})
		}
	}
}
