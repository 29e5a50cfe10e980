//go:build unix

package multiprocess_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// now is the time as places have it.
func now() int64 { return time.Now().UnixNano() }

// TestNativeRemove deletes a series that two processes count in, first in one of
// them: what the other has counted stays, but begins with the deletion.
func TestNativeRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openNative(t, dir, "1"), openNative(t, dir, "2")
	following := newCollector(t, dir, multiprocess.CollectorOptions{})
	expect := func(step string, want float64, noEarlier int64) {
		t.Helper()
		for name, c := range map[string]*multiprocess.Collector{
			"following": following, "new": newCollector(t, dir, multiprocess.CollectorOptions{}),
		} {
			got := sampleOf(t, c, "jobs", "{}")
			switch {
			case want < 0 && got != nil:
				t.Errorf("%s, %s collector: got %+v", step, name, got)
			case want < 0:
			case got == nil || got.Value != want:
				t.Errorf("%s, %s collector: got %+v, want %v", step, name, got, want)
			case got.Start.Before(metric.NewTimestamp(0, noEarlier)):
				t.Errorf("%s, %s collector: began at %v", step, name, got.Start)
			}
		}
	}
	old := openPlace(t, a, counterSpec())
	count(t, old, 0, 5)
	count(t, openPlace(t, b, counterSpec()), 0, 7)
	expect("counted", 12, 1)
	deleted := now()
	a.Remove(counterSpec(), nil)
	expect("deleted in one", 7, deleted)
	count(t, old, 0, 100) // through a pointer that somebody has kept
	if n := a.Stats().Series; n != 0 {
		t.Errorf("%d series are left", n)
	}
	again := openPlace(t, a, counterSpec())
	if again.Words[0].Load() != 0 || again.Words[0] == old.Words[0] {
		t.Error("the series was not begun anew")
	}
	count(t, again, 0, 1)
	expect("begun anew", 8, deleted)
	deleted = now()
	b.Remove(counterSpec(), nil)
	expect("deleted in the other", 1, deleted)
	a.Remove(counterSpec(), nil)
	expect("deleted in both", -1, 0)
	closed(t, a)
	closed(t, b)
	expect("both have ended", -1, 0)
}

// A series that two registries share goes with the second of them.
func TestNativeRemoveOfASharedSeries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	first, second := openPlace(t, s, counterSpec()), openPlace(t, s, counterSpec())
	count(t, first, 0, 1)
	s.Remove(counterSpec(), nil)
	count(t, second, 0, 1)
	shows(t, dir, `# jobs counter`, `jobs_total{} 2`)
	s.Remove(counterSpec(), nil)
	shows(t, dir)
	s.Remove(counterSpec(), nil) // once more than it was opened
	countOne(t, s, counterSpec())
	shows(t, dir, `# jobs counter`, `jobs_total{} 1`)
}

// A deletion takes away chunks, exemplars and texts, and nothing can be added.
func TestNativeRemoveOfParts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	other := nativeSpec(0)
	other.LabelNames = []string{"a"}
	count(t, chunk(t, openPlace(t, s, other, "stays"), 3, 1, false), 4, 2)
	place := openPlace(t, s, other, "goes")
	count(t, chunk(t, place, 0, 0, false), 0, 9)
	keepExemplar(t, place, 0, exemplar("x", 1, 1))
	info := openPlace(t, s, infoSpec(), "x")
	say(t, info, "version", "1")
	s.Remove(other, []string{"goes"})
	s.Remove(infoSpec(), []string{"x"})
	for _, p := range []cell.Place{place, info} {
		_, err := p.Annex.Chunk(0, 0, false)
		for i, err := range []error{err, p.Annex.Exemplar(0, exemplar("y", 1, 1)), p.Annex.Text(metric.Labels{}), p.Annex.Reset(now())} {
			if !errors.Is(err, cell.ErrClosed) {
				t.Errorf("call %d after Remove: %v", i, err)
			}
		}
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	families := snapshots(t, c)
	if len(families) != 1 || families["size"].Len() != 1 {
		t.Errorf("got\n%s", page(t, c))
	}
	got := sampleOf(t, c, "size", `{a="stays"}`)
	if got == nil || got.Histogram.Count != 2 || len(got.Exemplars) > 0 {
		t.Errorf("what stays shows %+v", got)
	}
	again := openPlace(t, s, other, "goes")
	count(t, chunk(t, again, 0, 0, false), 1, 1)
	got = sampleOf(t, c, "size", `{a="goes"}`)
	if got == nil || got.Histogram.Count != 1 || len(got.Exemplars) > 0 {
		t.Errorf("the series that was begun anew shows %+v", got)
	}
}

// TestNativeReset makes a counter zero: its merged total begins there, with what
// the others have.
func TestNativeReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openNative(t, dir, "1"), openNative(t, dir, "2")
	place := openPlace(t, a, counterSpec())
	count(t, place, 0, 5)
	add(t, place, 1, 0.5)
	keepExemplar(t, place, 0, exemplar("before", 5, 100))
	count(t, openPlace(t, b, counterSpec()), 0, 7)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := sampleOf(t, c, "jobs", "{}"); got.Value != 12.5 || len(got.Exemplars) != 1 {
		t.Errorf("before: %+v", got)
	}
	at := now()
	for _, word := range place.Words {
		word.Store(0)
	}
	if err := place.Annex.Reset(at); err != nil {
		t.Fatal(err)
	}
	if place.Start.Load() != uint64(at) {
		t.Errorf("begins at %d, not %d", place.Start.Load(), at)
	}
	count(t, place, 0, 2)
	want := &metric.Sample{Name: "jobs_total", Value: 9, Start: metric.NewTimestamp(0, at)}
	for _, c := range []*multiprocess.Collector{c, newCollector(t, dir, multiprocess.CollectorOptions{})} {
		if diff := cmp.Diff(want, sampleOf(t, c, "jobs", "{}"), cmp.Comparer(func(a, b metric.Labels) bool { return a == b }),
			cmp.Comparer(func(a, b metric.Timestamp) bool { return a == b })); diff != "" {
			t.Errorf("after the reset (-want +got):\n%s", diff)
		}
	}
	keepExemplar(t, place, 0, exemplar("after", 1, 101))
	if got := sampleOf(t, c, "jobs", "{}"); len(got.Exemplars) != 1 || got.Exemplars[0].Labels.Get("trace_id") != "after" {
		t.Errorf("the next exemplar: %+v", got)
	}
}

// TestNativeExemplars keeps exemplars of several processes: the newest of each
// bucket is shown.
func TestNativeExemplars(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := histogramSpec(1, 2)
	a, b, c := openNative(t, dir, "1"), openNative(t, dir, "2"), openNative(t, dir, "3")
	var places []cell.Place
	for _, s := range []*multiprocess.Store{a, b, c} {
		places = append(places, openPlace(t, s, spec, "/", "200"))
		observe(t, places[len(places)-1], spec.Bounds, 0.5)
	}
	keepExemplar(t, places[0], 0, exemplar("old", 0.5, 10))
	keepExemplar(t, places[1], 0, exemplar("new", 0.25, 11))
	keepExemplar(t, places[2], 0, exemplar("older", 0.75, 9))
	keepExemplar(t, places[0], 2, exemplar("infinite", 70, 1))
	closed(t, b)
	collector := newCollector(t, dir, multiprocess.CollectorOptions{})
	expect := func(want ...string) {
		t.Helper()
		for _, c := range []*multiprocess.Collector{collector, newCollector(t, dir, multiprocess.CollectorOptions{})} {
			got := []string{}
			for _, e := range sampleOf(t, c, "latency_seconds", `{code="200",path="/"}`).Exemplars {
				got = append(got, e.Labels.Get("trace_id"))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("exemplars (-want +got):\n%s", diff)
			}
		}
	}
	expect("new", "infinite")
	keepExemplar(t, places[0], 1, exemplar("between", 2, 1))
	keepExemplar(t, places[2], 0, exemplar("newest", 0.75, 12))
	expect("newest", "between", "infinite")
	long := make([]byte, 100)
	for i := range long {
		long[i] = 'x'
	}
	keepExemplar(t, places[2], 0, exemplar(string(long), 0.5, 13)) // more than there was room for
	expect(string(long), "between", "infinite")
	keepExemplar(t, places[2], 0, exemplar("short", 0.5, 14))
	expect("short", "between", "infinite")
}

func TestNativeExemplarsOfOtherTypes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openNative(t, dir, "1"), openNative(t, dir, "2")
	for i, s := range []*multiprocess.Store{a, b} {
		jobs := openPlace(t, s, counterSpec())
		for second := range int64(3) {
			keepExemplar(t, jobs, 0, exemplar(string(rune('a'+i)), float64(second), second))
		}
		native := openPlace(t, s, nativeSpec(0))
		count(t, chunk(t, native, 0, 0, false), 0, 8)
		for slot := range int64(8) {
			keepExemplar(t, native, int(slot), exemplar(string(rune('a'+i)), 1, 2*slot+int64(i)))
		}
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := sampleOf(t, c, "jobs", "{}").Exemplars; len(got) != 1 || got[0].Value != 2 {
		t.Errorf("of a counter: %+v", got)
	}
	got := sampleOf(t, c, "size", "{}").Exemplars
	if len(got) != 10 {
		t.Fatalf("of a native histogram: %+v", got)
	}
	for i, e := range got {
		if want := metric.NewTimestamp(int64(15-i), 0); e.Timestamp != want {
			t.Errorf("the %dth is from %v, not %v", i, e.Timestamp, want)
		}
	}
}
