package multiprocess

import (
	"cmp"
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
	file    *file // the first that has it

	groups  []group
	numbers map[metric.Labels]int // of groups
	cells   []draftCell
}

// group is a series with the number of its cells.
type group struct {
	labels metric.Labels
	cells  int
}

type draftCell struct {
	slot
	group int
}

func newDraft(desc metric.Desc, f *file) *draft {
	return &draft{desc: desc, file: f, numbers: make(map[metric.Labels]int)}
}

// add adds a cell to the series with the labels. The cells of one series mostly
// come one after the other.
func (d *draft) add(labels metric.Labels, c slot) {
	number := len(d.groups) - 1
	if number < 0 || d.groups[number].labels != labels {
		var found bool
		if number, found = d.numbers[labels]; !found {
			number = len(d.groups)
			d.numbers[labels] = number
			d.groups = append(d.groups, group{labels: labels})
		}
	}
	d.groups[number].cells++
	d.cells = append(d.cells, draftCell{c, number})
}

// finish sorts series and cells. Series are sorted by the text of their labels,
// which does not depend on the order of files.
func (d *draft) finish() *family {
	f := newFamily(d.desc, d.mode)
	f.rows, f.slots = make([]row, len(d.groups)), make([]slot, len(d.cells))
	sorted := make([]int, len(d.groups))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortFunc(sorted, func(a, b int) int {
		return strings.Compare(d.groups[a].labels.Text(), d.groups[b].labels.Text())
	})
	start := 0
	places := make([]int, len(d.groups)) // where the next cell of a group goes
	for i, number := range sorted {
		places[number] = start
		start += d.groups[number].cells
		f.rows[i] = row{d.groups[number].labels, start}
	}
	for _, c := range d.cells {
		f.slots[places[c.group]] = c.slot
		places[c.group]++
	}
	start = 0
	for _, s := range f.rows {
		slices.SortStableFunc(f.slots[start:s.end], compareSlots)
		start = s.end
	}
	return f
}

// compareSlots leaves slots of the same value in the order of the files that
// list them.
func compareSlots(a, b slot) int {
	return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.bound, b.bound))
}
