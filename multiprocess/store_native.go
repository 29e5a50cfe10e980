package multiprocess

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// nativeFormat keeps all series in one native file, which comes into being with
// the first of them.
type nativeFormat struct {
	settings
	wanted   string // the identifier
	variant  int    // which numbered one it is; 0 as long as nobody has looked
	id       pmfile.ID
	writer   *pmfile.Writer
	families map[string]*keptFamily // by payload
	series   int
	specs    map[*cell.Spec]*keptFamily // that have series
}

// keptFamily is a declaration in the file.
type keptFamily struct {
	*pmfile.Family
	offset int64
	series map[string]*keptSeries // by their label values
}

func newNativeFormat(s settings, identifier string) *nativeFormat {
	return &nativeFormat{settings: s, wanted: identifier, id: pmfile.NewID(), families: map[string]*keptFamily{}, specs: map[*cell.Spec]*keptFamily{}}
}

func (n *nativeFormat) identifier() string { return numbered(n.wanted, max(n.variant, 1)) }

// part is the same for all: there is one file.
func (n *nativeFormat) part(*cell.Spec) string { return "" }

func (n *nativeFormat) supports(spec *cell.Spec) bool {
	switch spec.Type {
	case metric.TypeHistogram:
		return len(spec.Bounds) > 0 || spec.Native
	case metric.TypeGauge:
		return spec.Mode.Valid()
	case metric.TypeCounter, metric.TypeSummary, metric.TypeInfo:
		return true
	case metric.TypeStateSet:
		return len(spec.States) > 0 && len(spec.States) <= pmfile.MaxStates
	}
	return false
}

func (n *nativeFormat) open(spec *cell.Spec, values []string) (cell.Place, []conflict, error) {
	if err := n.begin(); err != nil {
		return cell.Place{}, nil, err
	}
	family := n.family(spec)
	var scratch [256]byte
	key := appendKeyOf(scratch[:0], values)
	if known := family.series[string(key)]; known != nil {
		known.users++
		n.specs[spec] = family
		return known.place(), nil, nil
	}
	cells, err := n.add(family, values, nil)
	if err != nil {
		return cell.Place{}, nil, err
	}
	kept := &keptSeries{format: n, writer: n.writer, family: family, cells: cells, users: 1}
	if spec.Type == metric.TypeInfo {
		kept.values = slices.Clone(values)
	}
	family.series[string(key)] = kept
	n.specs[spec] = family
	n.series++
	return kept.place(), nil, nil
}

// add adds a series, and its family before the first one.
func (n *nativeFormat) add(f *keptFamily, values []string, more []pmfile.Label) (pmfile.SeriesCells, error) {
	now := time.Now().UnixNano()
	if f.offset > 0 {
		return n.writer.AddSeries(f.offset, values, more, now)
	}
	offset, cells, err := n.writer.AddFirst(f.Family, values, more, now)
	f.offset = offset
	return cells, err
}

// family returns the declaration that a spec stands for, which need not be in the
// file yet. A spec never changes.
func (n *nativeFormat) family(spec *cell.Spec) *keptFamily {
	if family := n.specs[spec]; family != nil {
		return family
	}
	declared := familyOf(spec)
	payload := string(pmfile.AppendFamily(nil, declared))
	family := n.families[payload]
	if family == nil {
		family = &keptFamily{Family: declared, series: map[string]*keptSeries{}}
		n.families[payload] = family
	}
	return family
}

// appendKeyOf joins label values so that no two lists give the same.
func appendKeyOf(dst []byte, values []string) []byte {
	for _, v := range values {
		dst = append(strconv.AppendInt(dst, int64(len(v)), 10), ':')
		dst = append(dst, v...)
	}
	return dst
}

func familyOf(spec *cell.Spec) *pmfile.Family {
	return &pmfile.Family{
		Name: spec.Name, Help: spec.Help, Unit: spec.Unit, Type: spec.Type, LabelNames: spec.LabelNames,
		Mode: spec.Mode, Bounds: spec.Bounds, Native: spec.Native, ZeroThreshold: spec.ZeroThreshold,
		States: spec.States,
	}
}

// begin makes the file, unless there is one.
func (n *nativeFormat) begin() error {
	if n.writer != nil {
		return nil
	}
	dir, err := mapped.OpenDirectory(n.kernel, n.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if n.variant == 0 {
		n.variant = numberFree(n.wanted, n.rivals(), 0)
	}
	for attempt := 1; ; attempt++ {
		if err := n.create(dir); err != nil {
			return err
		}
		rivals := n.rivals()
		if !slices.ContainsFunc(rivals, n.clashes) || attempt == maxAttempts {
			return nil
		}
		n.yield(dir, rivals)
	}
}

// maxAttempts is how often a writer gives an identifier up to another one.
const maxAttempts = 10

func (n *nativeFormat) create(dir *mapped.Directory) (err error) {
	header := pmfile.Header{
		Role: pmfile.RoleProcess, ID: n.id, Boot: mapped.Boot(), Created: time.Now().UnixNano(),
		PID: uint64(os.Getpid()), Identifier: n.identifier(),
	}
	n.writer, err = pmfile.Create(dir, &header, n.fileMode, pmfile.WriterOptions{Headroom: n.headroom})
	if err != nil {
		n.id = pmfile.NewID() // the name may be taken by what failed
	}
	return err
}

// headroom is what must stay free for folding.
func (n *nativeFormat) headroom() int64 {
	folder, err := mapped.OpenFolder(n.kernel, n.dir)
	if err != nil {
		return pmfile.Reserve
	}
	defer folder.Close()
	info, err := folder.Info(pmfile.ArchiveName)
	if err != nil {
		return pmfile.Reserve
	}
	return pmfile.Reserve + info.Size
}

func (n *nativeFormat) remove(spec *cell.Spec, values []string) {
	family, key := n.family(spec), string(appendKeyOf(nil, values))
	kept := family.series[key]
	if kept == nil {
		return
	}
	if kept.users--; kept.users > 0 {
		return
	}
	delete(family.series, key)
	n.series--
	kept.removed = true
	n.writer.Delete(kept.cells.Offset, time.Now().UnixNano())
	if len(family.series) == 0 { // or what declared it could not be freed
		maps.DeleteFunc(n.specs, func(_ *cell.Spec, f *keptFamily) bool { return f == family })
	}
}

func (n *nativeFormat) lost() bool {
	if n.writer == nil {
		return false
	}
	lost, err := n.writer.Lost()
	return lost && err == nil
}

func (n *nativeFormat) forget() error {
	err := n.close()
	n.id, n.variant, n.families, n.series = pmfile.NewID(), 0, map[string]*keptFamily{}, 0
	n.specs = map[*cell.Spec]*keptFamily{}
	return err
}

// close leaves the file to be folded.
func (n *nativeFormat) close() error {
	if n.writer == nil {
		return nil
	}
	for _, family := range n.families {
		for _, kept := range family.series {
			kept.removed = true
		}
	}
	w := n.writer
	n.writer = nil
	return w.Close()
}

func (n *nativeFormat) fill(stats *Stats) {
	if n.writer == nil {
		return
	}
	stats.Files, stats.Bytes, stats.Series = 1, n.writer.Size(), n.series
}

// keptSeries is a series in the file. It is the annex of its place.
type keptSeries struct {
	format    *nativeFormat
	writer    *pmfile.Writer
	family    *keptFamily
	values    []string // of an info, whose text may change
	users     int      // registries that have it
	removed   bool
	cells     pmfile.SeriesCells
	chunks    map[chunkKey][]atomic.Uint64
	exemplars map[int]*pmfile.ExemplarCells
}

type chunkKey struct {
	schema, number int32
	negative       bool
}

// valuesAt is where values begin among the cells of a series.
const valuesAt = seriesCells

// place returns the words of the series.
func (k *keptSeries) place() cell.Place {
	block := k.cells.Words[valuesAt:]
	words := make([]*atomic.Uint64, len(block))
	for i := range block {
		words[i] = &block[i]
	}
	return cell.Place{
		Words: words, Block: block, Whole: true, Start: &k.cells.Words[1], Annex: k,
		Stamped: k.family.Type == metric.TypeGauge, Nanoseconds: true,
	}
}
