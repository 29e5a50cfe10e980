package multiprocess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// plan says how the values of files become families. It depends on which files
// there are and what they list, not on values, and is never changed once it is
// made, but for its base.
//
// Every value that files list is an input: first each key of Python files, by its
// number; then what the planner has numbered. An input goes to a cell, and all
// inputs of the same cell are added up.
type plan struct {
	families  []*family // by name
	cellOf    []uint32  // by input
	cells     uint32
	extremes  []uint32 // cells of gauges that begin as NaN, which gives way to every number
	exemplars int      // how many series have exemplars
	series    int
	claims    gather.Claims
	conflicts []Conflict
	base      base
}

// newCells returns the first of n new cells.
func (p *plan) newCells(n uint32) uint32 {
	p.cells += n
	return p.cells - n
}

// family is the plan of one family.
type family struct {
	desc   metric.Desc
	sample string // the name of its samples
	mode   metric.GaugeMode
	rows   []row  // by labels
	slots  []slot // by series, then by what they are
}

func newFamily(desc metric.Desc, mode metric.GaugeMode) *family {
	f := &family{desc: desc, sample: desc.Name, mode: mode}
	if !desc.Type.Composite() {
		f.sample = desc.SampleName()
	}
	return f
}

// row is a series: the slots from the end of the series before up to end.
type row struct {
	labels    metric.Labels
	end       int
	start     int64 // Unix time in nanoseconds; zero when not known
	exemplars int   // a number among the series that have some, from one
	plain     bool  // a contribution to this histogram has no native buckets
}

// source is one file of a merge.
type source interface {
	// survey tells the planner the families of the file, and enlist their
	// values; compile looks up where these go.
	survey(*planner)
	enlist(*planner)
	compile(*planner)
	// final says that the values will never change.
	final() bool
	// add adds the values, as they were last read, to totals of the plan.
	add(*totals)
}

// planner builds a plan.
type planner struct {
	keys    *keyTable
	native  *nativeTable
	modes   map[string]metric.GaugeMode
	plan    *plan
	inputs  uint32
	drafts  map[string]*draft
	order   []*draft          // by first occurrence
	told    map[Conflict]bool // without paths
	python  pythonSurvey
	natives nativeSurvey
}

// newPlan plans the merge of files, in their order.
func newPlan(sources []source, keys *keyTable, native *nativeTable, modes map[string]metric.GaugeMode) (*plan, *planner) {
	p := &planner{
		keys:    keys,
		native:  native,
		modes:   modes,
		plan:    &plan{cells: nowhere + 1},
		inputs:  uint32(len(keys.keys)) + 1, // zero is no input that is handed out
		drafts:  make(map[string]*draft),
		told:    make(map[Conflict]bool),
		python:  newPythonSurvey(keys),
		natives: newNativeSurvey(native),
	}
	for _, s := range sources {
		s.survey(p)
	}
	p.claim()
	p.enlistKeys()
	for _, s := range sources {
		s.enlist(p)
	}
	p.finish()
	for _, s := range sources {
		s.compile(p)
	}
	return p.plan, p
}

// plan plans the merge of the present files. When most of what is known is in
// no file any more, it is forgotten.
func (r *reader) plan(modes map[string]metric.GaugeMode) *plan {
	p, planner := newPlan(r.sources, &r.keys, &r.native, modes)
	r.stale = false
	if used := planner.python.used; planner.python.count()*2+1000 < len(used) {
		r.renumber(r.keys.keep(used))
		p, _ = newPlan(r.sources, &r.keys, &r.native, modes)
	}
	if planner.natives.count*2+1000 < len(r.native.series) {
		r.forgetNative()
		p, _ = newPlan(r.sources, &r.keys, &r.native, modes)
	}
	return p
}

// newInputs returns the first of n new inputs.
func (p *planner) newInputs(n int) uint32 {
	p.inputs += uint32(n)
	return p.inputs - uint32(n)
}

// draft returns the draft of a family, of which the file at path may be the
// first to tell.
func (p *planner) draft(desc *metric.Desc, mode metric.GaugeMode, path string) *draft {
	d := p.drafts[desc.Name]
	if d == nil {
		d = newDraft(*desc, path)
		override, found := p.modes[desc.Name]
		d.mode, d.decided = decide(desc.Type, mode, override, found)
		if found && isGauge(desc.Type) && !d.decided {
			p.conflict(desc.Name, conflictMode, path)
		}
		p.drafts[desc.Name] = d
		p.order = append(p.order, d)
	}
	return d
}

// hasMode reports whether a mode says how values of the type become one.
func hasMode(t metric.Type) bool {
	switch t {
	case metric.TypeGauge, metric.TypeUnknown, metric.TypeStateSet, metric.TypeInfo:
		return true
	}
	return false
}

// isGauge reports whether values of the type are, or may be, those of gauges.
func isGauge(t metric.Type) bool { return t == metric.TypeGauge || t == metric.TypeUnknown }

// decide returns how values become one that were declared with a mode which
// somebody may want to overrule, and whether the mode is his.
func decide(t metric.Type, declared, override metric.GaugeMode, found bool) (metric.GaugeMode, bool) {
	if decided := found && hasMode(t) && !timeless(t, declared, override); decided {
		return modeOf(t, override, true), true
	}
	return modeOf(t, declared, false), false
}

// timeless reports whether gauges that were declared with a mode have no times to
// decide by, which processes keep in the modes of most recent only. Nothing at all
// would be shown of them.
func timeless(t metric.Type, declared, mode metric.GaugeMode) bool {
	return isGauge(t) && mode.Base() == metric.GaugeMostRecent && declared.Base() != metric.GaugeMostRecent
}

// modeOf returns how values become one that were declared with a mode, or for
// which somebody has decided on it. An info or a state is shown when any process
// says that it holds, unless somebody wants to see what each of them says.
func modeOf(t metric.Type, mode metric.GaugeMode, decided bool) metric.GaugeMode {
	switch {
	case t != metric.TypeInfo && t != metric.TypeStateSet:
		return mode
	case decided && mode.Base() == metric.GaugeAll:
		return metric.GaugeAll
	}
	return metric.GaugeMax
}

// admit compares a declaration with the draft that it belongs to. It reports
// false when the types differ, so that they cannot be one family.
func (p *planner) admit(d *draft, desc *metric.Desc, mode metric.GaugeMode, path string) bool {
	if d.desc.Type != desc.Type {
		p.conflict(desc.Name, conflictType, path)
		return false
	}
	differs := !d.decided && d.mode != modeOf(desc.Type, mode, false)
	if hasMode(desc.Type) && (differs || timeless(desc.Type, mode, d.mode)) {
		p.conflict(desc.Name, conflictMode, path)
	}
	if desc.Help != d.desc.Help {
		p.conflict(desc.Name, conflictHelp, path)
	}
	return true
}

// claim drops families whose names are not valid, or meet those of another
// family on a page.
func (p *planner) claim() {
	for _, d := range p.order {
		err := d.desc.Validate(metric.UTF8Validation)
		if err == nil {
			err = p.plan.claims.Add(d, &d.desc)
		}
		if err != nil {
			d.dropped = true
			p.conflict(d.desc.Name, conflictName, d.path)
		}
	}
}

func (p *planner) finish() {
	p.plan.cellOf = make([]uint32, p.inputs) // nowhere, as long as nobody wants them
	for _, d := range p.order {
		if d.dropped {
			continue
		}
		planned := d.finish(p.plan)
		if len(planned.rows) == 0 {
			p.plan.claims.Remove(d)
			continue
		}
		if base := planned.mode.Base(); base == metric.GaugeMin || base == metric.GaugeMax {
			for _, s := range planned.slots {
				p.plan.extremes = append(p.plan.extremes, s.cell)
			}
		}
		p.plan.families = append(p.plan.families, planned)
		p.plan.series += len(planned.rows)
	}
	slices.SortFunc(p.plan.families, func(a, b *family) int { return strings.Compare(a.desc.Name, b.desc.Name) })
	slices.SortFunc(p.plan.conflicts, func(a, b Conflict) int {
		return cmp.Or(strings.Compare(a.Family, b.Family), strings.Compare(a.Reason, b.Reason))
	})
}

// The label that tells the gauges of processes apart: the first, unless that is
// a label of the application's own. An empty value is none, as for whoever folds.
const (
	pidLabel      = "pid"
	otherPIDLabel = "process_id"
)

// withProcess returns labels with the one that tells the processes apart.
func withProcess(labels metric.Labels, identifier string) metric.Labels {
	name := pidLabel
	if labels.Get(name) != "" {
		name = otherPIDLabel
	}
	with, _ := labels.With(name, validText(identifier))
	return with
}

// validText returns a text that may be any bytes for a label. Different texts may
// become the same.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// Conflict is something that files do not agree on, which was decided in favour
// of the file that comes first, or a gauge mode that nothing can be shown in.
type Conflict struct {
	// Family is the name of the family.
	Family string
	// Reason says what there is a conflict about: one of a few fixed texts.
	Reason string
	// Path is a file that lost.
	Path string
}

// The reasons of conflicts.
const (
	conflictType    = "type"
	conflictMode    = "gauge mode"
	conflictHelp    = "help"
	conflictUnit    = "unit"
	conflictBuckets = "buckets"
	conflictName    = "name"
	conflictLabels  = "labels are not valid"
	conflictSample  = "sample does not belong to the type"
)

func (p *planner) conflict(family, reason, path string) {
	c := Conflict{Family: family, Reason: reason}
	if p.told[c] {
		return
	}
	p.told[c] = true
	c.Path = path
	p.plan.conflicts = append(p.plan.conflicts, c)
}

// String makes a sentence of the conflict.
func (c Conflict) String() string {
	return fmt.Sprintf("family %q: conflict about %s, file %q lost", c.Family, c.Reason, c.Path)
}
