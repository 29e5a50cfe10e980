//go:build unix

package multiprocess_test

import (
	"os"
	"slices"
	"sync"
	"testing"

	"polymeter.dev/multiprocess"
)

// TestIdentifiersOfStoresThatBeginTogether opens stores of one identifier at the
// same moment, as containers do whose processes all have the same id: each gets an
// identifier of its own, and nothing else stays behind.
func TestIdentifiersOfStoresThatBeginTogether(t *testing.T) {
	t.Parallel()
	for range 20 {
		const count = 8
		dir := t.TempDir()
		var all [count]*multiprocess.Store
		var ready, done sync.WaitGroup
		ready.Add(count)
		for i := range all {
			all[i] = openNative(t, dir, "one")
			done.Go(func() {
				ready.Done()
				ready.Wait()
				if _, err := all[i].Open(counterSpec(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		var identifiers []string
		for _, s := range all {
			identifiers = append(identifiers, s.Identifier())
		}
		slices.Sort(identifiers)
		if different := slices.Compact(slices.Clone(identifiers)); len(different) != count {
			t.Errorf("the identifiers are %v", identifiers)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != count {
			t.Errorf("the files are %v", files)
		}
	}
}
