package remotewrite_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

// TestNothingIsLostOrDoubled sends random collections, in which series come and go, to a
// receiver that fails at random. All that was collected arrives once and in order, each
// series ended by one marker, as long as there is room for it and nothing is refused.
// Otherwise at least what was counted as written does: a sample whose answer was lost may
// be given up, and yet be there.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := rehearsal{
			options: remotewrite.Options{
				BatchSize: rapid.IntRange(1, 6).Draw(rt, "batch"), MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Second, Logger: silent,
			},
			version1: rapid.Bool().Draw(rt, "version 1"),
			lossy:    rapid.Bool().Draw(rt, "lossy"),
		}
		kinds := []fault{noFault, lostRequest, lostAnswer, serverError, tooMany}
		if c.lossy {
			kinds = append(kinds, badRequest)
			c.options.QueueSize = rapid.IntRange(1, 30).Draw(rt, "queue")
		}
		c.faults = rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 60).Draw(rt, "faults")
		c.collections = rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 6, rapid.ID), 1, 15).Draw(rt, "collections")
		var err error
		synctest.Test(t, func(t *testing.T) { err = c.run(t) })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// rehearsal is a run of a writer through collections, each of which has some series.
type rehearsal struct {
	options     remotewrite.Options
	version1    bool // the receiver knows no other
	lossy       bool
	faults      []fault
	collections [][]int

	want     map[string][]uint64 // the values of each series, in order
	alive    map[int]bool
	produced int
}

func (c *rehearsal) run(t *testing.T) error {
	s := newStore(c.version1)
	c.options.Client = &http.Client{Transport: &flaky{Handler: s, due: c.faults}}
	c.want, c.alive = map[string][]uint64{}, map[int]bool{}
	collector := &changing{}
	w, err := remotewrite.New("http://receiver/", collector, &c.options)
	if err != nil {
		return err
	}
	for i, members := range append(c.collections, nil) { // in the end all are gone
		collector.families = []metric.Family{c.next(i, members)}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		err := w.Push(ctx)
		cancel()
		if err != nil && !c.lossy && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		time.Sleep(time.Second)
	}
	if err := w.Push(t.Context()); err != nil && !c.lossy {
		return err
	}
	return c.check(s, self(t, w))
}

// next returns a collection, and notes what it says about series.
func (c *rehearsal) next(i int, members []int) metric.Family {
	note := func(n int, bits uint64) {
		name := fmt.Sprintf("{__name__=g,n=%d}", n)
		c.want[name] = append(c.want[name], bits)
		c.produced++
	}
	for n := range maps.Clone(c.alive) {
		if !slices.Contains(members, n) {
			note(n, 0x7ff0000000000002)
			delete(c.alive, n)
		}
	}
	f := metric.NewGaugeFamily("g", "", "n")
	for _, n := range members {
		f.Add(float64(i), fmt.Sprint(n))
		note(n, math.Float64bits(float64(i)))
		c.alive[n] = true
	}
	return f
}

// check compares what there is with what was collected, and with what was counted.
func (c *rehearsal) check(s *store, self map[string]float64) error {
	written, lost := int(self[`written_total{kind="sample"}`]), 0
	for _, reason := range []string{"rejected", "unconfirmed", "expired", "overflow", "duplicate", "unnameable"} {
		lost += int(self[`lost_total{reason="`+reason+`"}`])
	}
	if s.outOfOrder > 0 {
		return fmt.Errorf("%d samples came out of order", s.outOfOrder)
	}
	if written > s.total() || written < s.total() && !c.lossy || written+lost != c.produced || self["waiting_samples{}"] != 0 {
		return fmt.Errorf("%d samples were collected, %d counted as written, %d as lost, %v wait, and %d are there",
			c.produced, written, lost, self["waiting_samples{}"], s.total())
	}
	got := map[string][]uint64{}
	for name, samples := range s.samples {
		for _, sample := range samples {
			got[name] = append(got[name], sample.bits)
		}
	}
	if diff := cmp.Diff(c.want, got); diff != "" && !c.lossy {
		return fmt.Errorf("samples of each series (-want +got):\n%s", diff)
	}
	return nil
}
