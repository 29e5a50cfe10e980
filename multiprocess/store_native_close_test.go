//go:build unix

package multiprocess_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// Updates after Close have no effect, and nothing can be opened.
func TestNativeLateUpdatesAreHarmless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "P")
	jobs, native, info := openPlace(t, s, counterSpec()), openPlace(t, s, nativeSpec(0)), openPlace(t, s, infoSpec(), "x")
	count(t, jobs, 0, 3)
	buckets := chunk(t, native, 0, 0, false)
	count(t, buckets, 1, 2)
	for range 2 {
		closed(t, s)
	}
	count(t, jobs, 0, 100)
	jobs.Start.Store(1)
	count(t, buckets, 1, 100)
	if _, err := s.Open(counterSpec(), nil); !errors.Is(err, cell.ErrClosed) {
		t.Errorf("Open after Close: %v", err)
	}
	_, err := native.Annex.Chunk(0, 0, false)
	for i, err := range []error{err, native.Annex.Exemplar(0, exemplar("x", 1, 1)), info.Annex.Text(metric.Labels{}), jobs.Annex.Reset(1)} {
		if !errors.Is(err, cell.ErrClosed) {
			t.Errorf("annex, call %d: %v", i, err)
		}
	}
	s.Remove(counterSpec(), nil)
	if s.Renew() {
		t.Error("a closed store was renewed")
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := sampleOf(t, c, "jobs", "{}"); got.Value != 3 || got.Start == metric.NewTimestamp(0, 1) {
		t.Errorf("got %+v", got)
	}
	if got := sampleOf(t, c, "size", "{}"); got.Histogram.Count != 2 {
		t.Errorf("got %+v", got.Histogram)
	}
}

// A store that was never used leaves nothing behind.
func TestNativeUnusedStore(t *testing.T) {
	t.Parallel()
	s := openNative(t, t.TempDir(), "P")
	closed(t, s)
	if names := list(t, s.Dir()); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// TestNativeCloseWhileCounting closes a store while others open series, count,
// add to annexes, delete, reset and close. Every update that came before the end
// shows, and none more than there were.
func TestNativeCloseWhileCounting(t *testing.T) {
	t.Parallel()
	for round := range 5 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			closeNativeWhileCounting(t)
		})
	}
}

func closeNativeWhileCounting(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	s := openNative(t, dir, "P")
	jobs := openPlace(t, s, counterSpec())
	var closing atomic.Bool
	var before, all atomic.Uint64 // counted for sure before Close, and ever
	var workers, others sync.WaitGroup
	started := make(chan struct{}, 8)
	for g := range 4 {
		workers.Go(func() {
			for i := range 100_000 {
				all.Add(1)
				jobs.Words[0].Add(1)
				if !closing.Load() {
					before.Add(1)
				}
				if i == 100 {
					started <- struct{}{}
				}
				if closing.Load() {
					return
				}
				runtime.Gosched()
			}
		})
		others.Go(func() {
			for i := 0; useAnnexes(t, s, g, i); i++ {
				if i == 3 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 8 {
		<-started
	}
	sure := before.Load()
	closing.Store(true)
	var closers sync.WaitGroup
	for range 2 {
		closers.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closers.Wait()
	workers.Wait()
	others.Wait()
	if got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "jobs", "{}").Value; got < float64(sure) || got > float64(all.Load()) {
		t.Errorf("the page shows %v, counted were %d to %d", got, sure, all.Load())
	}
	if stats := s.Stats(); stats != (multiprocess.Stats{}) {
		t.Errorf("stats after Close: %+v", stats)
	}
}

// useAnnexes does one thing of each kind, until the store is closed.
func useAnnexes(t *testing.T, s *multiprocess.Store, worker, i int) bool {
	spec := nativeSpec(0, 1)
	spec.LabelNames = []string{"i"}
	value := fmt.Sprint(worker, i%7)
	ended := func(err error) bool {
		if err != nil && !errors.Is(err, cell.ErrClosed) {
			t.Error(err)
		}
		return errors.Is(err, cell.ErrClosed)
	}
	native, err := s.Open(spec, []string{value})
	if ended(err) {
		return false
	}
	if words, err := native.Annex.Chunk(int32(i%3), int32(rand.IntN(50)), i%2 == 0); err == nil {
		words[3].Add(1)
	} else if ended(err) && i%7 != worker { // deleted by itself or closed
		return false
	}
	err = native.Annex.Exemplar(i%2, exemplar(strings.Repeat("x", rand.IntN(80)), 1, int64(i)))
	if err == nil {
		err = native.Annex.Reset(int64(i))
	}
	info, opened := s.Open(infoSpec(), []string{value})
	if opened == nil {
		_ = info.Annex.Text(metric.MustLabels("i", fmt.Sprint(i)))
	}
	if i%7 == worker {
		s.Remove(spec, []string{value})
	}
	return !ended(err) && !ended(opened)
}
