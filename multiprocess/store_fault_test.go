//go:build unix

package multiprocess_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/multiprocess"
)

// longLabel makes entries that fill a new file in a few.
var longLabel = strings.Repeat("x", 20_000)

// TestEverySystemCallFails lets the kth system call fail, for all k until none
// is left: a count that was accepted must be in the files, a series that was
// refused must be accepted the next time, and nothing may be left half done.
func TestEverySystemCallFails(t *testing.T) {
	t.Parallel()
	for _, injected := range []error{syscall.ENOSPC, syscall.EIO, syscall.EMFILE, syscall.EACCES} {
		t.Run(injected.Error(), func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				if calls := runWithFault(t, k, injected); calls < k {
					t.Logf("%d calls", calls)
					return
				}
			}
		})
	}
}

// runWithFault continues one file, creates another, lets the first grow, and
// closes the store.
func runWithFault(t *testing.T, k int, injected error) (calls int) {
	t.Helper()
	dir := t.TempDir()
	o := quiet(multiprocess.Options{Identifier: named("P")})
	seed(t, dir, multiprocess.LayoutNewer)
	kernel := mappedtest.FailAt(mapped.System(), k, injected)
	s, err := multiprocess.OpenWith(dir, o, kernel)
	if err != nil {
		if !errors.Is(err, injected) {
			t.Fatalf("call %d: %v", k, err)
		}
		return kernel.Calls()
	}
	refused := 0
	count := func(spec *cell.Spec, values ...string) {
		place, err := s.Open(spec, values)
		if err != nil {
			if !errors.Is(err, injected) {
				t.Fatalf("call %d: %v, want one that wraps %v", k, err, injected)
			}
			refused++
			place = openPlace(t, s, spec, values...) // one call fails, so this time none does
		}
		add(t, place, 0, 1)
	}
	count(counterSpec())
	for i := range 8 {
		count(counterSpec("long"), fmt.Sprint(i, longLabel))
	}
	count(histogramSpec(1, 2), "/", "200")
	failures := s.Stats().Failures
	if err := s.Close(); err != nil && !errors.Is(err, injected) {
		t.Fatalf("call %d: close: %v", k, err)
	}
	if failures != uint64(refused) || refused > 1 {
		t.Errorf("call %d: %d failures counted, %d seen", k, failures, refused)
	}
	checkFiles(t, k, dir)
	return kernel.Calls()
}

func checkFiles(t *testing.T, k int, dir string) {
	t.Helper()
	sums := map[string]float64{}
	for _, name := range list(t, dir) {
		if strings.HasPrefix(name, ".new-") {
			// It could not be removed: that was the call that failed, or the
			// one that follows.
			continue
		}
		for key, v := range values(t, filepath.Join(dir, name)) {
			key, _, _ = strings.Cut(key, longLabel)
			sums[key] += v
		}
	}
	if got := sums["jobs_total"]; got != 41 {
		t.Errorf("call %d: the continued counter has %v, want 41", k, got)
	}
	for i := range 8 {
		if got := sums[fmt.Sprint("jobs_total,long=", i)]; got != 1 {
			t.Errorf("call %d: counter %d has %v, want 1", k, i, got)
		}
	}
	if got := sums["latency_seconds_bucket,code=200,le=1.0,path=/"]; got != 1 {
		t.Errorf("call %d: the histogram has %v, want 1", k, got)
	}
}

// TestFullDisk keeps the disk full for a while, and counts on meanwhile in what
// is open.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := false
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if full && call == "reserve" {
			return syscall.ENOSPC
		}
		return nil
	}}
	dir := t.TempDir()
	s, err := multiprocess.OpenWith(dir, quiet(multiprocess.Options{Identifier: named("P")}), kernel)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	early := openPlace(t, s, counterSpec())
	full = true
	var fitted, refused int
	for i := range 20 {
		_, err := s.Open(counterSpec("long"), []string{fmt.Sprint(i, longLabel)})
		switch {
		case err == nil:
			fitted++
		case errors.Is(err, syscall.ENOSPC):
			refused++
		default:
			t.Fatal(err)
		}
		add(t, early, 0, 1)
	}
	if fitted != 3 || refused != 17 {
		t.Errorf("%d series of 20 kB fitted into 64 KiB, %d were refused", fitted, refused)
	}
	info, err := os.Stat(filepath.Join(dir, "counter_P.db"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != 65536 {
		t.Errorf("the file kept %d bytes of a failed reservation", info.Size())
	}
	if _, err := s.Open(summarySpec(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a new file on a full disk: %v", err)
	}
	full = false
	add(t, openPlace(t, s, summarySpec()), 0, 1)
	for i := range 20 {
		openPlace(t, s, counterSpec("long"), fmt.Sprint(i, longLabel))
	}
	if got := values(t, filepath.Join(dir, "counter_P.db")); got["jobs_total"] != 20 || len(got) != 21 {
		t.Errorf("%d series, counted %v; want 21 and 20", len(got), got["jobs_total"])
	}
	if stats := s.Stats(); stats.Failures != 18 {
		t.Errorf("%d failures, want 18", stats.Failures)
	}
}

// TestCloseWhileCounting closes the store while others open, count and close:
// on mapped memory, and on memory that the race detector watches.
func TestCloseWhileCounting(t *testing.T) {
	t.Parallel()
	for name, kernel := range map[string]mapped.Kernel{
		"mapped": mapped.System(),
		"heap":   mappedtest.Heap{Kernel: mapped.System()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 5 {
				closeWhileCounting(t, kernel)
			}
		})
	}
}

func closeWhileCounting(t *testing.T, kernel mapped.Kernel) {
	t.Helper()
	s, err := multiprocess.OpenWith(t.TempDir(), quiet(multiprocess.Options{}), kernel)
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{}, 4)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := 0; ; i++ {
				place, err := s.Open(histogramSpec(1, 2, 3), []string{fmt.Sprint(g, i), longLabel[:500]})
				if errors.Is(err, cell.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				for range 100 {
					add(t, place, i%5, 1)
				}
				if i == 10 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 4 {
		<-started
	}
	for range 2 {
		wait.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if stats := s.Stats(); stats != (multiprocess.Stats{}) {
		t.Errorf("stats after Close: %+v", stats)
	}
}

func TestLateUpdatesAreHarmless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
	place := openPlace(t, s, counterSpec())
	add(t, place, 0, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	add(t, place, 0, 100)
	if got := values(t, filepath.Join(dir, "counter_P.db"))["jobs_total"]; got != 3 {
		t.Errorf("the file has %v, want 3", got)
	}
	if _, err := s.Open(counterSpec(), nil); !errors.Is(err, cell.ErrClosed) {
		t.Errorf("Open after Close: %v", err)
	}
	s.Remove(gaugeSpec(0), nil)
}
