package foldmodel

import (
	"fmt"
	"hash/maphash"
	"strings"
)

// A system is a protocol in its environment: the states it can be in, and the
// steps between them. A state is a value; two that are equal are one.
type system[S comparable] interface {
	initial() S
	// next calls do with every state that one step can lead to.
	next(s S, do func(step, S))
	wrong(s S) fault
}

// A step is what somebody does, for the trace.
type step struct {
	who    string
	number int // of those of the kind; -1 for the only one
	what   string
	object int // what it is done to, by number; -1 for nothing
}

// listed is what a reader has done whose object is a set.
const listed = "has listed the set"

func (s step) String() string {
	text := s.who
	if s.number >= 0 {
		text = fmt.Sprintf("%s %d", text, s.number)
	}
	text += " " + s.what
	switch {
	case s.what == listed:
		text = fmt.Sprintf("%s %#b", text, s.object)
	case s.object >= 0:
		text = fmt.Sprintf("%s %d", text, s.object)
	}
	return text
}

// An exploration is what was found: all states that can be reached, or a
// shortest way to one that is wrong.
type exploration[S comparable] struct {
	system  system[S]
	states  states[S]
	parents []uint32
	wrong   fault // of the last state
}

// explore visits every state that can be reached, those first that take the
// fewest steps, and stops at one that is wrong.
func explore[S comparable](sys system[S]) *exploration[S] {
	e := &exploration[S]{system: sys, states: newStates[S]()}
	e.add(sys.initial(), 0)
	for i := uint32(0); e.wrong == none && i < e.states.count; i++ {
		sys.next(*e.states.at(i), func(_ step, s S) { e.add(s, i) })
	}
	return e
}

func (e *exploration[S]) add(s S, parent uint32) {
	if e.wrong == none && e.states.add(s) {
		e.parents = append(e.parents, parent)
		e.wrong = e.system.wrong(s)
	}
}

// trace tells the way to the last state, where explore stopped.
func (e *exploration[S]) trace() string {
	var steps []string
	for i := e.states.count - 1; i != 0; i = e.parents[i] {
		steps = append(steps, e.between(e.parents[i], i))
	}
	var b strings.Builder
	for i := range steps {
		fmt.Fprintf(&b, "%3d. %s\n", i+1, steps[len(steps)-1-i])
	}
	fmt.Fprintf(&b, "     wrong: %s", e.wrong)
	return b.String()
}

// between finds a step from one state to another.
func (e *exploration[S]) between(from, to uint32) string {
	found := ""
	e.system.next(*e.states.at(from), func(label step, s S) {
		if found == "" && s == *e.states.at(to) {
			found = label.String()
		}
	})
	return found
}

// states is a set of states that numbers them in the order in which they came.
type states[S comparable] struct {
	chunks [][]S
	table  []uint32 // numbers + 1, with open addressing
	count  uint32
	seed   maphash.Seed
}

const chunkSize = 1 << 14

func newStates[S comparable]() states[S] {
	return states[S]{table: make([]uint32, 1<<12), seed: maphash.MakeSeed()}
}

func (t *states[S]) at(i uint32) *S { return &t.chunks[i/chunkSize][i%chunkSize] }

// add reports whether the state is new.
func (t *states[S]) add(s S) bool {
	slot := t.slot(s)
	if t.table[slot] != 0 {
		return false
	}
	if t.count%chunkSize == 0 {
		t.chunks = append(t.chunks, make([]S, 0, chunkSize))
	}
	last := &t.chunks[len(t.chunks)-1]
	*last = append(*last, s)
	t.count++
	t.table[slot] = t.count
	if int(t.count) > len(t.table)/2 {
		t.grow()
	}
	return true
}

// slot returns the place in the table that has the state or is free for it.
func (t *states[S]) slot(s S) uint64 {
	mask := uint64(len(t.table) - 1)
	slot := maphash.Comparable(t.seed, s) & mask
	for t.table[slot] != 0 && *t.at(t.table[slot] - 1) != s {
		slot = (slot + 1) & mask
	}
	return slot
}

func (t *states[S]) grow() {
	t.table = make([]uint32, 2*len(t.table))
	for i := range t.count {
		t.table[t.slot(*t.at(i))] = i + 1
	}
}
