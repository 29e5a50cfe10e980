package multiprocess

import (
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// draft is a family whose series are being found.
type draft struct {
	desc metric.Desc
	mode metric.GaugeMode
	// decided says that the mode is not the files' to choose.
	decided bool
	dropped bool
	bounds  []float64 // as the first declaration has them; nil in Python files
	path    string    // of the first file that has it

	groups  []group
	numbers map[metric.Labels]int // of groups
	values  []draftValue
}

// group is a series that is being found.
type group struct {
	row
	values int // how many it has
	floor  int64
}

// draftValue is a value of a series: an input, and what it is to the series.
type draftValue struct {
	slotID
	input uint32
	group int
}

func newDraft(desc metric.Desc, path string) *draft {
	return &draft{desc: desc, path: path, numbers: make(map[metric.Labels]int)}
}

// series returns the number of the group with the labels. The values of one
// series mostly come one after the other.
func (d *draft) series(labels metric.Labels) int {
	number := len(d.groups) - 1
	if number >= 0 && d.groups[number].labels == labels {
		return number
	}
	number, found := d.numbers[labels]
	if !found {
		number = len(d.groups)
		d.numbers[labels] = number
		d.groups = append(d.groups, group{row: row{labels: labels}})
	}
	return number
}

// add adds an input to a group.
func (d *draft) add(number int, id slotID, input uint32) {
	d.groups[number].values++
	d.values = append(d.values, draftValue{id, input, number})
}

// began takes note of when a contribution to a series was last zero.
func (g *group) began(start int64) {
	if start > 0 && (g.start == 0 || start < g.start) {
		g.start = start
	}
}

// notBefore takes note of a time at which a contribution went away, or began
// again: what is left of the series cannot have started earlier.
func (g *group) notBefore(at int64) { g.floor = max(g.floor, at) }

// finish sorts series and their values, gives each distinct value a cell, and
// tells the plan where its inputs go. Series are sorted by the text of their
// labels, which does not depend on the order of files.
func (d *draft) finish(p *plan) *family {
	f := newFamily(d.desc, d.mode)
	sorted := make([]int, 0, len(d.groups))
	for i := range d.groups {
		if d.groups[i].values > 0 {
			sorted = append(sorted, i)
		}
	}
	slices.SortFunc(sorted, func(a, b int) int {
		return strings.Compare(d.groups[a].labels.Text(), d.groups[b].labels.Text())
	})
	values := d.grouped(sorted)
	f.rows = make([]row, 0, len(sorted))
	for _, number := range sorted {
		g := &d.groups[number]
		own := values[:g.values]
		values = values[g.values:]
		slices.SortStableFunc(own, func(a, b draftValue) int { return a.compare(b.slotID) })
		for i, v := range own {
			if i == 0 || v.slotID != own[i-1].slotID {
				f.slots = append(f.slots, slot{v.slotID, p.newCells(v.width())})
			}
			p.cellOf[v.input] = f.slots[len(f.slots)-1].cell
		}
		g.end = len(f.slots)
		if g.start > 0 {
			g.start = max(g.start, g.floor)
		}
		f.rows = append(f.rows, g.row)
	}
	return f
}

// grouped returns the values in the order of the groups.
func (d *draft) grouped(order []int) []draftValue {
	places := make([]int, len(d.groups)) // where the next value of a group goes
	start := 0
	for _, number := range order {
		places[number] = start
		start += d.groups[number].values
	}
	values := make([]draftValue, start)
	for _, v := range d.values {
		values[places[v.group]] = v
		places[v.group]++
	}
	return values
}
