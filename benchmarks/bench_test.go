package main

import (
	"testing"

	"polymeter.dev/multiprocess"
)

// BenchmarkComparisons is the work that the command compares, for benchstat.
func BenchmarkComparisons(b *testing.B) {
	b.Cleanup(removeStores)
	for _, c := range comparisons() {
		for _, contender := range c.contenders {
			b.Run(c.name+"/"+contender.library, contender.run)
		}
	}
}

// TestMerge checks that both sides of the merge row see what it claims to
// measure.
func TestMerge(t *testing.T) {
	w, err := newWriters(multiprocess.FormatPython)
	if err != nil {
		t.Skip(err)
	}
	defer w.close()
	if m := measure(1, w, openPolymeter); m.err != nil {
		t.Errorf("polymeter: %v", m.err)
	}
	if m := measure(1, w, openPython); m.err != nil {
		t.Skip(m.err)
	}
}
