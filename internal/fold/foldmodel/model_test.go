package foldmodel

import (
	"flag"
	"testing"
)

var large = flag.Bool("large", false, "explore larger bounds, too: takes minutes and gigabytes")

// An extent says when bounds are explored.
type extent int

const (
	always    extent = iota
	usually          // not with -short, nor under the race detector
	onRequest        // with -large
)

// wanted reports whether this run explores such bounds. Those it does not are
// not tests that were skipped: each run is whole, and larger ones are larger.
func (x extent) wanted() bool {
	switch x {
	case usually:
		return !testing.Short() && !raceDetector
	case onRequest:
		return *large
	default:
		return true
	}
}

func TestNative(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		extent extent
		bounds nativeBounds
	}{
		{"a scrape, unlinks that fail", always, nativeBounds{counts: values{1, 1}, scrapes: 1, crashes: 1, refusals: 1}},
		{"two scrapes", usually, nativeBounds{counts: values{2, 1}, scrapes: 2, crashes: 1}},
		{"all together", onRequest, nativeBounds{counts: values{2, 1}, scrapes: 3, crashes: 2, refusals: 1}},
	} {
		if !test.extent.wanted() {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expectNothing(t, newNative(allRules, test.bounds))
		})
	}
}

func TestPython(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		extent extent
		bounds pythonBounds
	}{
		{"two scrapes", always, pythonBounds{processes: [2]uint8{2, 0}, scrapes: 2, crashes: 1}},
		{"an identifier used three times", usually, pythonBounds{processes: [2]uint8{3, 0}, scrapes: 1, crashes: 1}},
		{"unlinks that fail", usually, pythonBounds{processes: [2]uint8{2, 0}, scrapes: 1, crashes: 1, refusals: 1}},
		{"two identifiers", usually, pythonBounds{processes: [2]uint8{2, 1}, crashes: 1}},
		{"two identifiers and a scrape", usually, pythonBounds{processes: [2]uint8{1, 1}, scrapes: 1}},
		{"all with one identifier", onRequest, pythonBounds{processes: [2]uint8{3, 0}, scrapes: 2, crashes: 2}},
		{"all with two identifiers", onRequest, pythonBounds{processes: [2]uint8{2, 1}, scrapes: 1, crashes: 1}},
	} {
		if !test.extent.wanted() {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expectNothing(t, newPython(allRules, test.bounds))
		})
	}
}

// expectNothing explores a system that must not go wrong.
func expectNothing[S comparable](t *testing.T, m system[S]) {
	t.Helper()
	e := explore(m)
	t.Logf("%d states", e.states.count)
	if e.wrong != none {
		t.Errorf("a way to go wrong:\n%s\n     in %+v", e.trace(), *e.states.at(e.states.count - 1))
	}
}
