package foldmodel

import "testing"

// A mutant is a protocol without one of its rules, in bounds that are wide enough
// to show what comes of that.
type mutant[B any] struct {
	name    string
	without rule
	bounds  B
	want    fault
}

var nativeMutants = []mutant[nativeBounds]{
	{"two passes at once", oneCompactor, nativeBounds{counts: values{1, 1}}, notOnce},
	{"leftovers are forgotten", finishFirst, nativeBounds{counts: values{1, 1}, crashes: 1}, notOnce},
	{"names that cannot be unlinked are forgotten", carryNames, nativeBounds{counts: values{1, 1}, crashes: 1, refusals: 1}, notOnce},
	{"listed files are folded again", foldOnce, nativeBounds{counts: values{1, 1}, crashes: 1, refusals: 1}, notOnce},
	{"no list", listFolded, nativeBounds{counts: values{1, 1}}, notOnce},
	{"unlinking comes before the commit", commitBeforeUnlink, nativeBounds{counts: values{1, 1}}, notOnce},
	{"reader opens the archive after listing", archiveBeforeNames, nativeBounds{counts: values{1, 1}, scrapes: 2}, tooHigh},
	{"reader opens listed files", skipAbsorbed, nativeBounds{counts: values{1, 1}, scrapes: 1}, tooHigh},
	{"reader does not look at the archive again", recheckArchive, nativeBounds{counts: values{1, 1}, scrapes: 1}, tooLow},
	{"name comes before the lock", lockBeforeName, nativeBounds{counts: values{1, 1}}, notOnce},
	{"writer goes on without a name", startOver, nativeBounds{counts: values{1, 1}}, notOnce},
	{"a dead writer's file is used again", openedOnce, nativeBounds{counts: values{1, 1}}, notOnce},
	{"a closed file can still be reached", unmapBeforeUnlock, nativeBounds{counts: values{1, 1}}, notOnce},
	{"locked files are folded", probeLock, nativeBounds{counts: values{1, 1}}, notOnce},
	{"files are read before they are dead", probeBeforeLoad, nativeBounds{counts: values{1, 1}}, notOnce},
	{"sums and list change one after the other", commitOnce, nativeBounds{counts: values{1, 1}}, notOnce},
	{"values are called final too early", finalAfterUnlock, nativeBounds{counts: values{1, 0}, scrapes: 2}, tooLow},
	{"final values outlive their files", finalsByName, nativeBounds{counts: values{1, 0}, scrapes: 2}, tooHigh},
	{"old files with a new archive", wholeSnapshot, nativeBounds{counts: values{1, 0}, scrapes: 2}, tooHigh},
	{"old snapshots promise to have the newest", promiseLess, nativeBounds{counts: values{1, 1}, scrapes: 2}, tooLow},
}

var pythonMutants = []mutant[pythonBounds]{
	{"two passes at once", oneCompactor, pythonBounds{processes: [2]uint8{2, 0}}, leftBehind},
	{"leftovers are forgotten", finishFirst, pythonBounds{processes: [2]uint8{2, 0}, crashes: 1}, notOnce},
	{"names that cannot be unlinked are forgotten", carryNames, pythonBounds{processes: [2]uint8{2, 0}, crashes: 1, refusals: 1}, notOnce},
	{"listed files are folded again", foldOnce, pythonBounds{processes: [2]uint8{2, 0}, crashes: 1, refusals: 1}, notOnce},
	{"no list", listFolded, pythonBounds{processes: [2]uint8{1, 0}}, notOnce},
	{"unlinking comes before the commit", commitBeforeUnlink, pythonBounds{processes: [2]uint8{1, 0}}, notOnce},
	{"reader opens the archive after listing", archiveBeforeNames, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooLow},
	{"reader opens listed files", skipAbsorbed, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooHigh},
	{"reader does not look at the archive again", recheckArchive, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooLow},
	{"public files are folded", sealing, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"sealed files are sealed again", sealOnce, pythonBounds{processes: [2]uint8{1, 0}, crashes: 1}, leftBehind},
	{"whatever has the public name is unlinked", sameInode, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"public names are listed", listSealed, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"sealing alone is not committed", commitSeals, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooLow},
	{"public names go before the commit", commitBeforeUnseal, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooLow},
	{"files with a public name are folded", onlyLink, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"no grace for an open", grace, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"files that are written are folded", probeLease, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"files are read before they are leased", leaseBeforeLoad, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"leases are given back at once", leaseHeld, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"leases are not looked at again", leaseRechecked, pythonBounds{processes: [2]uint8{2, 0}}, notOnce},
	{"every name counts", countInodes, pythonBounds{processes: [2]uint8{1, 0}, scrapes: 1}, tooHigh},
}

func TestNativeMutants(t *testing.T) {
	t.Parallel()
	for _, test := range nativeMutants {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expect(t, newNative(allRules, test.bounds), none)
			expect(t, newNative(allRules.without(test.without), test.bounds), test.want)
		})
	}
}

func TestPythonMutants(t *testing.T) {
	t.Parallel()
	for _, test := range pythonMutants {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expect(t, newPython(allRules, test.bounds), none)
			expect(t, newPython(allRules.without(test.without), test.bounds), test.want)
		})
	}
}

// expect explores a system that must go wrong in the given way.
func expect[S comparable](t *testing.T, m system[S], want fault) {
	t.Helper()
	e := explore(m)
	if e.wrong == none {
		t.Logf("%d states, nothing wrong", e.states.count)
	} else {
		t.Logf("%d states:\n%s", e.states.count, e.trace())
	}
	if e.wrong != want {
		t.Errorf("wrong: %s; want: %s", e.wrong, want)
	}
}

func TestEveryRuleHasAMutant(t *testing.T) {
	t.Parallel()
	var covered rules
	for _, m := range nativeMutants {
		covered |= 1 << m.without
	}
	for _, m := range pythonMutants {
		covered |= 1 << m.without
	}
	for r := range ruleCount {
		if !covered.on(r) {
			t.Errorf("no mutant leaves rule %d off", r)
		}
	}
}
