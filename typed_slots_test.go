package polymeter

import "testing"

// TestTypedForgets has keys come and go: what remembers them must not grow with
// all that ever were, nor keep those that are gone.
func TestTypedForgets(t *testing.T) {
	t.Parallel()
	v, err := NewTypedCounter[struct{ N int }](NewRegistry(nil), CounterOpts{Name: "c"})
	if err != nil {
		t.Fatal(err)
	}
	const keys = 1000
	for round := range 5 {
		for i := range keys {
			v.With(struct{ N int }{round*keys + i}).Inc()
		}
		v.Vec().Clear()
	}
	v.With(struct{ N int }{-1}).Inc()
	if slots := len(v.slots.Load().entries); slots > 2*minSlots || v.used != 1 {
		t.Errorf("%d slots, %d used, for one key", slots, v.used)
	}
}
