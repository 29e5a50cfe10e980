package mapped

import "testing"

// A number that could not be had is asked for again, one that is known is not.
func TestBootIsAskedForUntilKnown(t *testing.T) {
	t.Parallel()
	answers := [][16]byte{{}, {}, {7}, {}}
	asked := 0
	m := bootMemory{ask: func() [16]byte { asked++; return answers[asked-1] }}
	for i, want := range [][16]byte{{}, {}, {7}, {7}, {7}} {
		if got := m.get(); got != want {
			t.Errorf("answer %d is %x, want %x", i, got, want)
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times, want three", asked)
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][16]byte{
		"":                                       {},
		"abc":                                    {},
		"01000000-0000-0000-0000-0000000000ff\n": {0: 1, 15: 0xff},
		"01000000-0000-0000-0000-0000000000ff00": {},
		"0100000000000000000000000000000g":       {},
		"  01000000-0000-0000-0000-000000000000 ": {0: 1},
	} {
		if got := parseID(text); got != want {
			t.Errorf("%q is %x, want %x", text, got, want)
		}
	}
}
