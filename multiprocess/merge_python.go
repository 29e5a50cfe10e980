package multiprocess

import (
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

// pythonSurvey is what the planner knows of the keys of Python files, each of
// which is looked at once for all files that list it.
type pythonSurvey struct {
	used    []bool
	listed  []uint32 // the used keys by first occurrence, which no history changes
	owners  []*draft // of each used key; nil when its value goes nowhere
	visited map[visit]bool
}

// visit is what needs to be looked at once for all files that share it.
type visit struct {
	identity
	typ  metric.Type
	mode metric.GaugeMode
}

func newPythonSurvey(keys *keyTable) pythonSurvey {
	return pythonSurvey{
		used:    make([]bool, len(keys.keys)),
		owners:  make([]*draft, len(keys.keys)),
		visited: make(map[visit]bool),
	}
}

// count returns how many keys files list.
func (s *pythonSurvey) count() int { return len(s.listed) }

// use notes that a file lists the key.
func (s *pythonSurvey) use(number uint32) {
	if !s.used[number] {
		s.used[number] = true
		s.listed = append(s.listed, number)
	}
}

// survey finds the families of a file.
func (f *file) survey(p *planner) {
	s := &p.python
	v := visit{f.record.identity(), f.name.Type, f.name.Mode}
	if s.visited[v] {
		return
	}
	s.visited[v] = true
	var last *draft
	for _, number := range f.record.keys {
		if s.used[number] && f.name.Type != metric.TypeGauge {
			continue
		}
		k := &p.keys.keys[number]
		s.use(number)
		if k.part == partNone {
			p.conflict(k.family, conflictSample, f.path)
			continue
		}
		desc := metric.Desc{Name: k.family, Help: k.help, Type: k.typ}
		if last == nil || last.desc.Name != k.family {
			last = p.draft(&desc, f.name.Mode, f.path)
		}
		if p.admit(last, &desc, f.name.Mode, f.path) {
			s.owners[number] = last
		}
	}
}

// enlistKeys adds all keys to their series, but for those that each process has
// for itself.
func (p *planner) enlistKeys() {
	for _, number := range p.python.listed {
		d, k := p.python.owners[number], &p.keys.keys[number]
		if d == nil || d.dropped || k.part == partIgnored || k.own(d) {
			continue
		}
		series := d.series(k.labels)
		d.groups[series].plain = true
		d.add(series, slotID{part: k.part, bound: k.bound}, number)
	}
}

// own reports whether each process shows its own value of the key.
func (k *key) own(d *draft) bool {
	return k.typ == metric.TypeGauge && d.mode.Base() == metric.GaugeAll
}

// enlist adds what a file shows for its process alone.
func (f *file) enlist(p *planner) {
	if f.name.Type != metric.TypeGauge {
		return
	}
	f.firstOwn = p.newInputs(f.record.len())
	f.modes = f.modes[:0]
	for i, number := range f.record.keys {
		d, mode := p.python.owners[number], metric.GaugeAll
		if d != nil {
			mode = d.mode.Base()
			// Nobody knows any more what each of those in an archive has shown.
			if k := &p.keys.keys[number]; !d.dropped && k.own(d) && f.appendix == nil {
				d.add(d.series(f.ownLabels(i, k.labels)), slotID{part: partValue}, f.firstOwn+uint32(i))
			}
		}
		f.modes = append(f.modes, mode)
	}
}

// ownLabels returns the labels of an entry with that of the process.
func (f *file) ownLabels(i int, labels metric.Labels) metric.Labels {
	if len(f.own) < f.record.len() {
		f.own = append(f.own, make([]metric.Labels, f.record.len()-len(f.own))...)
	}
	if f.own[i].IsZero() {
		f.own[i] = withProcess(labels, f.name.ID)
	}
	return f.own[i]
}

// compile looks up the cells of the entries, once for all files that list the
// same.
func (f *file) compile(p *planner) {
	f.cells = f.cells[:0]
	for i, number := range f.record.keys {
		input := number
		if f.name.Type == metric.TypeGauge && f.modes[i] == metric.GaugeAll {
			input = f.firstOwn + uint32(i)
		}
		f.cells = append(f.cells, p.plan.cellOf[input])
	}
	f.compileSums()
}

// final is false: who writes the file takes no lock that would tell.
func (f *file) final() bool { return false }

// add adds the values of the file.
func (f *file) add(t *totals) {
	if f.name.Type == metric.TypeGauge {
		f.addGauges(t)
		return
	}
	t.floats.AddAll(f.cells, f.values[:len(f.cells)])
	for _, a := range f.addends {
		t.floats.Add(f.cells[a.entry], a.value)
	}
}

func (f *file) addGauges(t *totals) {
	for i, c := range f.cells {
		at := int64(0)
		if i < len(f.times) {
			at = int64(pyfile.PossibleTime(f.times[i]) * 1e9)
		}
		t.addGauge(c, f.modes[i], f.values[i], at)
	}
	for _, a := range f.addends {
		if f.modes[a.entry] == metric.GaugeSum {
			t.floats.Add(f.cells[a.entry], a.value)
		}
	}
}
