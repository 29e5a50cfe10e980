package multiprocess

import (
	"slices"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// nativeSurvey is what the planner knows of the declarations and series of
// native files. Their values are numbered once for all files that have them.
type nativeSurvey struct {
	drafts []*draft // by the number of the declaration; nil when its values go nowhere
	seen   []bool   // likewise
	inputs []uint32 // the first input of each series; noKey as long as it has none
	groups []int    // of each series
	chunks []uint32 // the first input of each chunk
	listed []bool   // whether a file has the series
	count  int      // how many series files have
}

func newNativeSurvey(t *nativeTable) nativeSurvey {
	return nativeSurvey{
		drafts: make([]*draft, len(t.families)),
		seen:   make([]bool, len(t.families)),
		inputs: slices.Repeat([]uint32{noKey}, len(t.series)),
		groups: make([]int, len(t.series)),
		chunks: slices.Repeat([]uint32{noKey}, len(t.chunks)),
		listed: make([]bool, len(t.series)),
	}
}

// survey finds the families of a file that have series.
func (f *nativeFile) survey(p *planner) {
	s := &p.natives
	for i := range f.layout.entries {
		number := f.layout.entries[i].series
		if !s.listed[number] {
			s.listed[number] = true
			s.count++
		}
		series := &p.native.series[number]
		family := series.family
		if !series.valid {
			p.conflict(validText(family.Name), conflictLabels, f.path)
			continue
		}
		if s.seen[family.number] || f.deleted[i] != 0 {
			continue
		}
		s.seen[family.number] = true
		d := p.draft(&family.desc, family.Mode, f.path)
		if p.admit(d, &family.desc, family.Mode, f.path) {
			p.complete(d, family, f.path)
			s.drafts[family.number] = d
		}
	}
}

// complete compares what only native files say, and takes it over where earlier
// files could not.
func (p *planner) complete(d *draft, f *nativeFamily, path string) {
	if d.desc.Unit == "" {
		d.desc.Unit = f.Unit
	}
	if f.Unit != "" && f.Unit != d.desc.Unit {
		p.conflict(f.Name, conflictUnit, path)
	}
	if d.bounds == nil {
		d.bounds = f.Bounds
	}
	if len(f.Bounds) > 0 && !slices.Equal(f.Bounds, d.bounds) {
		p.conflict(f.Name, conflictBuckets, path)
	}
}

// draftOf returns the draft in which an entry counts, or nil.
func (f *nativeFile) draftOf(p *planner, entry int, series *nativeSeries) *draft {
	d := p.natives.drafts[series.family.number]
	if d == nil || d.dropped || !f.reads(p.native, entry) || f.dead && leavesOutTheDead(d) {
		return nil
	}
	if f.role == pmfile.RoleArchive && showsEach(d) && series.family.Mode.Base() != metric.GaugeAll {
		return nil // nobody knows any more what each of the dead has shown
	}
	return d
}

// showsEach reports whether each process shows its own value.
func showsEach(d *draft) bool { return hasMode(d.desc.Type) && d.mode.Base() == metric.GaugeAll }

// leavesOutTheDead reports whether only living processes count.
func leavesOutTheDead(d *draft) bool {
	switch d.desc.Type {
	case metric.TypeInfo, metric.TypeStateSet:
		return true
	}
	return hasMode(d.desc.Type) && d.mode.Live()
}

// showsOwn reports whether the series of a file has other labels on the page than
// in its record: with that of the process, where each shows its own value, or, in
// an archive where each did, without it.
func (f *nativeFile) showsOwn(d *draft, series *nativeSeries) bool {
	if f.role == pmfile.RoleArchive {
		return isGauge(d.desc.Type) && !showsEach(d) && series.family.Mode.Base() == metric.GaugeAll
	}
	return showsEach(d)
}

// enlist adds the values of a file to their series.
func (f *nativeFile) enlist(p *planner) {
	f.ownInputs = f.ownInputs[:0]
	for i := range f.layout.entries {
		e := &f.layout.entries[i]
		series := &p.native.series[e.series]
		d := f.draftOf(p, i, series)
		switch {
		case d == nil:
			f.enlistDeletion(p, i, series)
		case f.showsOwn(d, series):
			input := p.newInputs(series.inputCount())
			f.ownInputs = append(f.ownInputs, input)
			p.enlistValues(d, series, f.ownLabels(e.series, series), input)
		default:
			f.enlistShared(p, d, i, series)
		}
	}
	f.enlistChunks(p)
	f.enlistExemplars(p)
}

// enlistDeletion makes sure that what others have of a deleted series does not
// seem to have begun before.
func (f *nativeFile) enlistDeletion(p *planner, entry int, series *nativeSeries) {
	at := f.deleted[entry]
	d := p.natives.drafts[series.family.number]
	if at != 0 && d != nil && !d.dropped && series.valid {
		d.groups[d.series(series.labels)].notBefore(at)
	}
}

func (f *nativeFile) enlistShared(p *planner, d *draft, entry int, series *nativeSeries) {
	s, number := &p.natives, f.layout.entries[entry].series
	if s.inputs[number] == noKey {
		s.inputs[number] = p.newInputs(series.inputCount())
		s.groups[number] = p.enlistValues(d, series, series.labels, s.inputs[number])
	}
	g := &d.groups[s.groups[number]]
	start := f.startOf(entry)
	g.began(start)
	if f.restarted[entry] {
		g.notBefore(start)
	}
}

// startOf reads when a series was last zero, which changes only together with the
// records.
func (f *nativeFile) startOf(entry int) (start int64) {
	if f.cut() {
		return 0
	}
	f.guard(func() { start = int64(f.view.Word(int(f.layout.entries[entry].cells) + 8)) })
	return start
}

// inputCount is how many inputs the values of a series are.
func (s *nativeSeries) inputCount() int {
	switch s.family.Type {
	case metric.TypeInfo:
		return 1
	case metric.TypeStateSet:
		return len(s.family.States)
	}
	return len(s.family.slots)
}

// enlistValues adds inputs to the series with the labels, and returns its group.
// Each state of a state set is a series of its own.
func (p *planner) enlistValues(d *draft, series *nativeSeries, labels metric.Labels, input uint32) int {
	switch series.family.Type {
	case metric.TypeInfo:
		number := d.series(labels)
		d.add(number, slotID{part: partValue}, input)
		return number
	case metric.TypeStateSet:
		number := 0
		for i, state := range series.family.States {
			with, err := labels.With(series.family.Name, state)
			if err != nil {
				continue
			}
			number = d.series(with)
			d.add(number, slotID{part: partValue}, input+uint32(i))
		}
		return number
	}
	number := d.series(labels)
	if !series.family.Native {
		d.groups[number].plain = true
	}
	for i, id := range series.family.slots {
		d.add(number, id, input+uint32(i))
	}
	return number
}

// ownLabels returns the labels of a series that has others on the page.
func (f *nativeFile) ownLabels(number uint32, series *nativeSeries) metric.Labels {
	own, known := f.own[number]
	if !known {
		if f.role == pmfile.RoleArchive {
			own = series.withoutProcess()
		} else {
			own = withProcess(series.labels, f.header.Identifier)
		}
		if f.own == nil {
			f.own = make(map[uint32]metric.Labels)
		}
		f.own[number] = own
	}
	return own
}

// withoutProcess returns the labels of a series of an archive as they were before
// folding put the process among them.
func (s *nativeSeries) withoutProcess() metric.Labels {
	declared, name := s.family.LabelNames, pidLabel
	if slices.Contains(declared, pidLabel) && s.labels.Get(otherPIDLabel) != "" {
		name = otherPIDLabel // as the first is the application's
	}
	if !slices.Contains(declared, name) {
		return s.labels.Without(name)
	}
	without, _ := s.labels.With(name, "")
	return without
}

func (f *nativeFile) enlistChunks(p *planner) {
	for _, c := range f.layout.chunks {
		key := p.native.chunks[c.number]
		series := &p.native.series[key.series]
		d := f.draftOf(p, int(c.entry), series)
		if d == nil || p.natives.chunks[c.number] != noKey {
			continue
		}
		p.natives.chunks[c.number] = p.newInputs(1)
		d.add(p.natives.groups[key.series], p.native.slotOf(key), p.natives.chunks[c.number])
	}
}

func (f *nativeFile) enlistExemplars(p *planner) {
	f.cells.exemplars = f.cells.exemplars[:0]
	for _, x := range f.layout.exemplars {
		number := f.layout.entries[x.entry].series
		series := &p.native.series[number]
		list := 0
		if d := f.draftOf(p, int(x.entry), series); d != nil && !f.showsOwn(d, series) && p.natives.inputs[number] != noKey {
			g := &d.groups[p.natives.groups[number]]
			if g.exemplars == 0 {
				p.plan.exemplars++
				g.exemplars = p.plan.exemplars
			}
			list = g.exemplars
		}
		f.cells.exemplars = append(f.cells.exemplars, list)
	}
}

// compile looks up the cells of the values, in the order of the records.
func (f *nativeFile) compile(p *planner) {
	exemplars := f.cells.exemplars
	f.cells.clear()
	f.cells.exemplars = exemplars
	own := f.ownInputs
	for i := range f.layout.entries {
		series := &p.native.series[f.layout.entries[i].series]
		if !f.reads(p.native, i) {
			continue
		}
		d := f.draftOf(p, i, series)
		switch {
		case d == nil:
			f.cells.addSeries(series.family, metric.GaugeAll, func(int) uint32 { return nowhere })
		case f.showsOwn(d, series):
			first := own[0]
			own = own[1:]
			f.cells.addSeries(series.family, d.mode.Base(), func(i int) uint32 { return p.plan.cellOf[first+uint32(i)] })
		default:
			first := p.natives.inputs[f.layout.entries[i].series]
			f.cells.addSeries(series.family, d.mode.Base(), func(i int) uint32 { return p.plan.cellOf[first+uint32(i)] })
		}
	}
	f.compileChunks(p)
	f.compileAddends(p)
}

func (f *nativeFile) compileChunks(p *planner) {
	for _, c := range f.layout.chunks {
		series := &p.native.series[f.layout.entries[c.entry].series]
		if !f.reads(p.native, int(c.entry)) {
			continue
		}
		first := uint32(nowhere)
		if f.draftOf(p, int(c.entry), series) != nil {
			first = p.plan.cellOf[p.natives.chunks[c.number]]
		}
		f.cells.addChunk(series.family, first)
	}
}

func (f *nativeFile) compileAddends(p *planner) {
	for _, a := range f.addends {
		number := f.layout.entries[a.entry].series
		series := &p.native.series[number]
		to := uint32(nowhere)
		if d := f.draftOf(p, a.entry, series); d != nil && !f.showsOwn(d, series) {
			if slot, ok := series.family.sumSlot(d.mode); ok {
				to = p.plan.cellOf[p.natives.inputs[number]+uint32(slot)]
			}
		}
		f.cells.addends = append(f.cells.addends, to)
	}
}

// sumSlot returns which of the values addends belong to.
func (f *nativeFamily) sumSlot(mode metric.GaugeMode) (int, bool) {
	if hasMode(f.Type) {
		return 0, mode.Base() == metric.GaugeSum && len(f.slots) > 0
	}
	for i, id := range f.slots {
		if id.part == partSum || f.Type == metric.TypeCounter {
			return i, true
		}
	}
	return 0, false
}

// add adds the values of the file.
func (f *nativeFile) add(t *totals) {
	f.values.add(t, &f.cells)
	for i, a := range f.addends {
		t.floats.Add(f.cells.addends[i], a.value)
	}
}
