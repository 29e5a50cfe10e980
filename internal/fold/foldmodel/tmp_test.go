package foldmodel

import ("testing";"os";"strconv";"time";"unsafe")

func env(k string, d int) uint8 { if v, err := strconv.Atoi(os.Getenv(k)); err == nil { return uint8(v) }; return uint8(d) }
func TestTmpPy(t *testing.T) {
	t0 := time.Now()
	m := newPython(allRules, pythonBounds{processes: [2]uint8{env("P", 3), env("Q", 0)}, scrapes: env("S", 1), crashes: env("C",1), refusals: env("R",0)})
	e := explore(m)
	t.Logf("%d states, size %d, rested %d, %v", e.states.count, unsafe.Sizeof(pythonState{}), len(m.rested), time.Since(t0))
	if e.wrong != none {
		t.Error(e.trace())
	}
}
func TestTmpNative(t *testing.T) {
	t0 := time.Now()
	m := newNative(allRules, nativeBounds{counts: values{env("P", 2), env("Q", 1)}, scrapes: env("S", 2), crashes: env("C",1), refusals: env("R",1)})
	e := explore(m)
	t.Logf("%d states, size %d, rested %d, %v", e.states.count, unsafe.Sizeof(nativeState{}), len(m.rested), time.Since(t0))
	if e.wrong != none {
		t.Error(e.trace())
	}
}
