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
// there are and what they list, not on values, and is never changed.
//
// Values are added up in cells. Each key has one, by its number; after them come
// those of gauges that every process shows for itself.
type plan struct {
	families  []*family          // by name
	modes     []metric.GaugeMode // of each key; of those that are no gauges, the zero value
	keys      int
	used      int // how many keys files list
	cells     int
	series    int
	claims    gather.Claims
	conflicts []Conflict
}

// Conflict is something that files do not agree on. It was decided in favour of
// the file that comes first.
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
	conflictType   = "type"
	conflictMode   = "gauge mode"
	conflictHelp   = "help"
	conflictName   = "name"
	conflictSample = "sample does not belong to the type"
)

// family is the plan of one family.
type family struct {
	desc   metric.Desc
	sample string // the name of its samples
	mode   metric.GaugeMode
	rows   []row  // by labels
	slots  []slot // by series, then part, then bound
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
	labels metric.Labels
	end    int
}

// slot is the cell where one value of a series is added up.
type slot struct {
	number uint32
	part   part
	bound  float64
}

// planner builds a plan.
type planner struct {
	keys    *keyTable
	modes   map[string]metric.GaugeMode
	plan    *plan
	drafts  map[string]*draft
	order   []*draft // by first occurrence
	used    []bool
	listed  []uint32 // the used keys by first occurrence, which no history changes
	owners  []*draft // of each used key; nil when its value goes nowhere
	visited map[visit]bool
	told    map[Conflict]bool // without paths
}

// visit is what needs to be looked at once for all files that share it.
type visit struct {
	identity
	typ  metric.Type
	mode metric.GaugeMode
}

// newPlan plans the merge of files, in their order.
func newPlan(files []*file, keys *keyTable, modes map[string]metric.GaugeMode) (*plan, []bool) {
	p := planner{
		keys:    keys,
		modes:   modes,
		plan:    &plan{modes: make([]metric.GaugeMode, len(keys.keys)), keys: len(keys.keys), cells: len(keys.keys)},
		drafts:  make(map[string]*draft),
		used:    make([]bool, len(keys.keys)),
		owners:  make([]*draft, len(keys.keys)),
		visited: make(map[visit]bool),
		told:    make(map[Conflict]bool),
	}
	for _, f := range files {
		p.survey(f)
	}
	p.claim()
	p.plan.used = len(p.listed)
	for _, number := range p.listed {
		p.addShared(number)
	}
	for _, f := range files {
		p.addOwn(f)
	}
	p.finish()
	return p.plan, p.used
}

// plan plans the merge of the present files. When most keys are in no file any
// more, it forgets them first.
func (r *reader) plan(modes map[string]metric.GaugeMode) *plan {
	p, used := newPlan(r.files, &r.keys, modes)
	if p.used*2+1000 < len(used) {
		r.renumber(r.keys.keep(used))
		p, _ = newPlan(r.files, &r.keys, modes)
	}
	r.stale = false
	return p
}

// survey finds the families of a file.
func (p *planner) survey(f *file) {
	v := visit{f.record.identity(), f.name.Type, f.name.Mode}
	if p.visited[v] {
		return
	}
	p.visited[v] = true
	var last *draft
	for _, number := range f.record.keys {
		if p.used[number] && f.name.Type != metric.TypeGauge {
			continue
		}
		k := &p.keys.keys[number]
		if k.part == partNone {
			p.use(number)
			p.conflict(k.family, conflictSample, f)
			continue
		}
		if last == nil || last.desc.Name != k.family {
			last = p.draft(k, f)
		}
		p.use(number)
		p.admit(last, number, f)
	}
}

// use notes that a file lists the key.
func (p *planner) use(number uint32) {
	if !p.used[number] {
		p.used[number] = true
		p.listed = append(p.listed, number)
	}
}

// draft returns the draft of a key's family.
func (p *planner) draft(k *key, f *file) *draft {
	d := p.drafts[k.family]
	if d == nil {
		d = newDraft(metric.Desc{Name: k.family, Help: k.help, Type: k.typ}, f)
		d.mode = f.name.Mode
		if mode, found := p.modes[k.family]; found && k.typ == metric.TypeGauge {
			d.mode, d.decided = mode, true
		}
		p.drafts[k.family] = d
		p.order = append(p.order, d)
	}
	return d
}

// admit lets a key into the family, or reports why not.
func (p *planner) admit(d *draft, number uint32, f *file) {
	k := &p.keys.keys[number]
	if d.desc.Type != k.typ {
		p.conflict(k.family, conflictType, f)
		return
	}
	if k.typ == metric.TypeGauge && !d.decided && d.mode != f.name.Mode {
		p.conflict(k.family, conflictMode, f)
	}
	if k.help != d.desc.Help {
		p.conflict(k.family, conflictHelp, f)
	}
	p.owners[number] = d
}

func (p *planner) conflict(family, reason string, f *file) {
	c := Conflict{Family: family, Reason: reason}
	if p.told[c] {
		return
	}
	p.told[c] = true
	c.Path = f.path
	p.plan.conflicts = append(p.plan.conflicts, c)
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
			p.conflict(d.desc.Name, conflictName, d.file)
		}
	}
}

// addShared adds the cell of a key to its series, unless each process has its
// own.
func (p *planner) addShared(number uint32) {
	d, k := p.owners[number], &p.keys.keys[number]
	if d == nil || d.dropped {
		return
	}
	if k.typ == metric.TypeGauge {
		p.plan.modes[number] = d.mode.Base()
		if d.mode.Base() == metric.GaugeAll {
			return
		}
	}
	if k.part != partIgnored {
		d.add(k.labels, slot{number, k.part, k.bound})
	}
}

// addOwn adds cells for what a file shows for its process alone.
func (p *planner) addOwn(f *file) {
	if f.name.Type != metric.TypeGauge {
		return
	}
	f.firstOwn = p.plan.cells
	p.plan.cells += f.record.len()
	for i, number := range f.record.keys {
		d := p.owners[number]
		if d == nil || d.dropped || d.mode.Base() != metric.GaugeAll {
			continue
		}
		d.add(f.ownLabels(i, p.keys.keys[number].labels), slot{uint32(f.firstOwn + i), partValue, 0})
	}
}

// ownLabels returns the labels of an entry with that of the process.
func (f *file) ownLabels(i int, labels metric.Labels) metric.Labels {
	if len(f.own) < f.record.len() {
		f.own = append(f.own, make([]metric.Labels, f.record.len()-len(f.own))...)
	}
	if f.own[i].IsZero() {
		f.own[i], _ = labels.With("pid", validText(f.name.ID))
	}
	return f.own[i]
}

// validText returns the text of a path, which may be any bytes, for a label.
func validText(path string) string { return strings.ToValidUTF8(path, "\uFFFD") }

func (p *planner) finish() {
	for _, d := range p.order {
		if !d.dropped {
			planned := d.finish()
			p.plan.families = append(p.plan.families, planned)
			p.plan.series += len(planned.rows)
		}
	}
	slices.SortFunc(p.plan.families, func(a, b *family) int { return strings.Compare(a.desc.Name, b.desc.Name) })
	slices.SortFunc(p.plan.conflicts, func(a, b Conflict) int {
		return cmp.Or(strings.Compare(a.Family, b.Family), strings.Compare(a.Reason, b.Reason))
	})
}

// String makes a sentence of the conflict.
func (c Conflict) String() string {
	return fmt.Sprintf("family %q: conflict about %s, file %q lost", c.Family, c.Reason, c.Path)
}
