package fold_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// A sum is what all files together have of one value, exactly, or the gauge that
// their mode makes of several.
type sum struct {
	total *big.Float
	nan   bool
}

// sums are all values by a text that names them. It is what a reader shows,
// worked out in the most simple-minded way, and without any code of the package.
type sums map[string]*sum

func (s sums) add(name string, v *big.Float) {
	at := s[name]
	if at == nil {
		at = &sum{total: new(big.Float).SetPrec(2500)}
		s[name] = at
	}
	at.total.Add(at.total, v)
}

func (s sums) addFloat(name string, v float64) {
	if v == v {
		s.add(name, new(big.Float).SetPrec(2500).SetFloat64(v))
		return
	}
	s.addFloat(name, 0)
	s[name].nan = true
}

func (s sums) addWhole(name string, v uint64) {
	s.add(name, new(big.Float).SetPrec(2500).SetUint64(v))
}

// set keeps the larger of two values that do not add up.
func (s sums) set(name string, v float64, replace func(old, new float64) bool) {
	if old := s[name]; old != nil {
		before, _ := old.total.Float64()
		if !replace(before, v) {
			return
		}
		delete(s, name)
	}
	s.addFloat(name, v)
}

// text is for comparing: every bit of every sum.
func (s sums) text() string {
	lines := make([]string, 0, len(s))
	for name, v := range s {
		line := name + " = " + v.total.Text('p', 0)
		if v.nan {
			line = name + " = NaN"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// read sums up a directory as a reader would that begins now. It takes only what
// processes leave behind that have ended, and archives.
func read(t *testing.T, dir string) sums {
	t.Helper()
	s := sums{}
	absorbed := map[string]bool{}
	seen := map[string]bool{}
	names := list(t, dir)
	// Archives come first.
	slices.SortStableFunc(names, func(a, b string) int { return archiveRank(a) - archiveRank(b) })
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || absorbed[name] || strings.HasPrefix(name, ".") {
			continue
		}
		if _, _, ok := pmfile.ParseName(name); ok {
			for _, other := range s.readNative(data) {
				absorbed[other] = true
			}
			continue
		}
		if id := inodeOf(t, dir, name); seen[id] {
			continue
		} else {
			seen[id] = true
		}
		if parsed, ok := pyfile.ParseName(name); ok {
			for _, other := range s.readPython(parsed, data) {
				absorbed[other] = true
			}
		}
	}
	return s
}

func archiveRank(name string) int {
	if name == pmfile.ArchiveName || strings.Contains(name, pyfile.ArchiveID) {
		return 0
	}
	return 1
}

func inodeOf(t *testing.T, dir, name string) string {
	t.Helper()
	kernel := mapped.System()
	at, err := kernel.Directory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close(at)
	status, err := kernel.Lookup(at, name)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(status.Device, status.Inode)
}

type nativeSeries struct {
	*pmfile.Family
	name string
	live bool
}

// readNative adds a native file and returns what it has absorbed. Gauges of the
// mode all and start times are not looked at.
func (s sums) readNative(data []byte) (absorbed []string) {
	header, damage := pmfile.DecodeHeader(data)
	if damage != nil || header.Boot != mapped.Boot() && header.Boot != [16]byte{} {
		return nil
	}
	word := func(offset int) uint64 { return binary.NativeEndian.Uint64(data[offset:]) }
	float := func(offset int) float64 { return math.Float64frombits(word(offset)) }
	families, series := map[int]*pmfile.Family{}, map[int]nativeSeries{}
	used, _ := pmfile.Used(word(pmfile.UsedAt))
	walker := pmfile.NewWalker(data, used, 0, false)
	for r, ok := walker.Next(); ok; r, ok = walker.Next() {
		switch r.Kind {
		case pmfile.KindAbsorbed:
			absorbed, _ = pmfile.ParseAbsorbed(r.Payload)
		case pmfile.KindFamily:
			families[r.Offset], _ = pmfile.ParseFamily(r.Payload)
		case pmfile.KindSeries:
			offset, _ := pmfile.SeriesFamily(r.Payload)
			f := families[offset]
			var labels pmfile.Series
			labels.Parse(r.Payload, len(f.LabelNames))
			n := nativeSeries{f, fmt.Sprintf("%s%v%v", f.Name, labels.Values, labels.More), word(r.Cells) < 2}
			series[r.Offset] = n
			if n.live {
				s.readSeries(n, func(i int) uint64 { return word(r.Cells + 16 + 8*i) })
			}
		case pmfile.KindChunk:
			c, _ := pmfile.ParseChunk(r.Payload)
			n := series[c.Series]
			for i := range pmfile.ChunkCells {
				v := word(r.Cells + 8*i)
				if !n.live || v == 0 {
					continue
				}
				name := fmt.Sprint(n.name, " bucket ", c.Schema, c.Negative, int(c.Number)*16+i)
				s.addCount(name, n.FloatCounts, v)
			}
		case pmfile.KindAddends:
			offset, _ := pmfile.ParseAddends(r.Payload)
			for i := range r.CellRoom() {
				s.addFloat(series[offset].name+" float", float(r.Cells+8*i))
			}
		}
	}
	return absorbed
}

func (s sums) addCount(name string, floats bool, v uint64) {
	if floats {
		s.addFloat(name, math.Float64frombits(v))
	} else {
		s.addWhole(name, v)
	}
}

func (s sums) readSeries(n nativeSeries, value func(int) uint64) {
	switch n.Type {
	case metric.TypeCounter:
		s.addWhole(n.name+" whole", value(0))
		s.addFloat(n.name+" float", math.Float64frombits(value(1)))
	case metric.TypeSummary, metric.TypeHistogram, metric.TypeGaugeHistogram:
		for i := range n.Values() {
			if i == n.FloatValue() {
				s.addFloat(n.name+" float", math.Float64frombits(value(i)))
			} else {
				s.addCount(fmt.Sprint(n.name, " count ", i), n.FloatCounts, value(i))
			}
		}
	case metric.TypeGauge:
		s.readGauge(n, math.Float64frombits(value(0)))
	}
}

func (s sums) readGauge(n nativeSeries, v float64) {
	switch n.Mode {
	case metric.GaugeSum:
		s.addFloat(n.name+" float", v)
	case metric.GaugeMin:
		s.set(n.name, v, func(old, now float64) bool { return now < old })
	case metric.GaugeMax:
		s.set(n.name, v, func(old, now float64) bool { return now > old })
	}
}

// readPython adds a file of the Python client's format and returns what it has
// absorbed.
func (s sums) readPython(name pyfile.Name, data []byte) (absorbed []string) {
	exact := map[int64][]float64{}
	if name.ID == pyfile.ArchiveID {
		used, _ := pyfile.Used(binary.NativeEndian.Uint64(data), int64(len(data)))
		appendix, damage := pyfile.ParseAppendix(data, used)
		if damage != nil {
			return nil
		}
		absorbed = appendix.Absorbed
		for _, e := range appendix.Sums {
			exact[e.Offset] = e.Parts
		}
	}
	rows, _, _, _ := pyfile.Rows(data)
	for _, row := range rows {
		key := name.Prefix() + row.Key
		switch {
		case name.Type == metric.TypeGauge && name.Mode == metric.GaugeMin:
			s.set(key, row.Value, func(old, now float64) bool { return now < old })
		case name.Type == metric.TypeGauge && name.Mode == metric.GaugeMax:
			s.set(key, row.Value, func(old, now float64) bool { return now > old })
		case name.Type == metric.TypeGauge && name.Mode != metric.GaugeSum:
		case exact[row.Offset] != nil:
			for _, part := range exact[row.Offset] {
				s.addFloat(key, part)
			}
		default:
			s.addFloat(key, row.Value)
		}
	}
	return absorbed
}

// wantTotals checks that a directory has just these sums, to the last bit.
func wantTotals(t *testing.T, dir string, want sums) {
	t.Helper()
	if got := read(t, dir).text(); got != want.text() {
		t.Errorf("the files add up to\n%s\nwant\n%s", got, want.text())
	}
}
