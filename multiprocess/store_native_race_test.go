//go:build unix

package multiprocess_test

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// memoryDir returns a directory that a kernel in memory has as well.
func memoryDir(t testing.TB) (*mappedtest.Memory, string) {
	t.Helper()
	dir := t.TempDir()
	return mappedtest.NewMemory(dir), dir
}

func openWith(t testing.TB, dir, identifier string, kernel mapped.Kernel) *multiprocess.Store {
	t.Helper()
	o := quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named(identifier)})
	s, err := multiprocess.OpenWith(dir, o, kernel)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func collectorWith(t testing.TB, dir string, kernel mapped.Kernel) *multiprocess.Collector {
	t.Helper()
	c, err := multiprocess.NewCollectorWith(dir, &multiprocess.CollectorOptions{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}, kernel)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNativeInMemory is the whole of it on a kernel in memory, and gives
// everything back.
func TestNativeInMemory(t *testing.T) {
	t.Parallel()
	memory, dir := memoryDir(t)
	s := openWith(t, dir, "7", memory)
	countEverything(t, s)
	c := collectorWith(t, dir, memory)
	alive := undated(t, c)
	real := t.TempDir()
	countEverything(t, openNative(t, real, "7"))
	if want := undatedDir(t, real); alive != want {
		t.Errorf("in memory:\n%s\nin files:\n%s", alive, want)
	}
	closed(t, s)
	selfSays(t, c, `processes{state="living"} 1`)
	undated(t, c)
	selfSays(t, c, `processes{state="dead"} 1`)
	memory.RemoveDirectory(dir)
	if got := undated(t, c); got != "" {
		t.Errorf("the directory is gone, but\n%s", got)
	}
	if descriptors, views := memory.Held(); descriptors != 0 || views != 0 {
		t.Errorf("%d descriptors and %d views are held", descriptors, views)
	}
}

// TestNativeWritersAndReaders lets writers open, count, delete and end while others
// scrape, under the eyes of the race detector: no page shows less of the lasting
// counter than the one before, and the last one shows everything.
func TestNativeWritersAndReaders(t *testing.T) {
	t.Parallel()
	const writers, rounds = 4, 60
	memory, dir := memoryDir(t)
	memory.Room = 512 << 10
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		writing.Go(func() { writeInRounds(t, dir, memory, w, rounds) })
	}
	for range 2 {
		c := collectorWith(t, dir, memory)
		reading.Go(func() {
			for last := 0.0; ; {
				got := lasting(t, c)
				if got < last {
					t.Errorf("the counter went down from %v to %v", last, got)
				}
				last = got
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	c := collectorWith(t, dir, memory)
	if got := lasting(t, c); got != writers*rounds*3 {
		t.Errorf("counted %v, want %d", got, writers*rounds*3)
	}
	if got := sampleOf(t, c, "size", "{}").Histogram; got.Count != writers*rounds {
		t.Errorf("the native histogram has %v, want %d", got.Count, writers*rounds)
	}
}

// lasting is the value of the counter that is never deleted.
func lasting(t *testing.T, c metric.Collector) float64 {
	if s := sampleOf(t, c, "jobs", `{kind="lasting"}`); s != nil {
		return s.Value
	}
	return 0
}

// writeInRounds counts three in each round, and ends its store after some.
func writeInRounds(t *testing.T, dir string, kernel mapped.Kernel, writer, rounds int) {
	var s *multiprocess.Store
	for i := range rounds {
		if i%20 == 0 {
			if s != nil {
				closed(t, s)
			}
			s = openWith(t, dir, fmt.Sprint(writer), kernel)
		}
		place, err := s.Open(counterSpec("kind"), []string{"lasting"})
		if err != nil {
			t.Error(err)
			return
		}
		place.Words[0].Add(2)
		cell.FloatAt(place.Words[1]).Add(1)
		_ = place.Annex.Exemplar(0, exemplar(fmt.Sprint(writer, i), 1, int64(i)))
		passing, err := s.Open(counterSpec("kind"), []string{fmt.Sprint("passing", writer)})
		if err == nil {
			passing.Words[0].Add(1)
		}
		native, err := s.Open(nativeSpec(0.5), nil)
		if err == nil {
			var words []atomic.Uint64
			words, err = native.Annex.Chunk(int32(i%4), int32(i%8), false)
			if err == nil {
				words[0].Add(1)
			}
		}
		if err != nil {
			t.Error(err)
			return
		}
		if i%5 == 0 {
			s.Remove(counterSpec("kind"), []string{fmt.Sprint("passing", writer)})
		}
		if info, err := s.Open(infoSpec(), []string{fmt.Sprint(writer)}); err == nil {
			_ = info.Annex.Text(metric.MustLabels("round", fmt.Sprint(i)))
		}
	}
}
