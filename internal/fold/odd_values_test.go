package fold_test

import (
	"math"
	"slices"
	"testing"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// One count that cannot be one takes nothing away from those of other processes,
// neither when it is folded nor ever after.
func TestOddFloatCounts(t *testing.T) {
	t.Parallel()
	needFolding(t)
	for _, odd := range []float64{math.Inf(1), math.Inf(-1), math.NaN(), -7} {
		dir := t.TempDir()
		for i, v := range []float64{5, odd, 6} {
			d := newDead("1")
			family := d.Family(&pmfile.Family{
				Name: "h", Type: metric.TypeHistogram, Bounds: []float64{metric.Inf()}, Native: true, FloatCounts: true,
			})
			word := math.Float64bits(v)
			series := d.Series(family, nil, nil, []uint64{0, 0, word, 0, word, 0})
			d.Chunk(series, 0, 0, false, &[pmfile.ChunkCells]uint64{word})
			d.in(t, dir)
			if i == 1 {
				run(t, dir, fold.Options{})
			}
		}
		before, _ := page(t, dir)
		for range 2 {
			run(t, dir, fold.Options{})
			a := loadArchive(t, dir)
			for _, cell := range []int{0, 2} {
				if v := math.Float64frombits(a.value(t, "h[][]", cell)); v != 11 {
					t.Errorf("with %v beside, count %d is %v, want 11", odd, cell, v)
				}
			}
			chunk := lastRecord(a.data, pmfile.KindChunk)
			if v := math.Float64frombits((&content{a.data}).word(chunk.Cells)); v != 11 {
				t.Errorf("with %v beside, the bucket is %v, want 11", odd, v)
			}
			wantOnPage(t, dir, before...)
			d := newDead("2")
			d.counter("/other", 1, 0)
			d.in(t, dir)
		}
	}
}

// Counts that are too many together do not vanish.
func TestTooManyFloatCounts(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for range 3 {
		d := newDead("1")
		family := d.Family(&pmfile.Family{Name: "s", Type: metric.TypeSummary, FloatCounts: true})
		d.Series(family, nil, nil, []uint64{0, 0, math.Float64bits(math.MaxFloat64), 0})
		d.in(t, dir)
		run(t, dir, fold.Options{})
		if v := math.Float64frombits(loadArchive(t, dir).value(t, "s[][]", 0)); v != math.MaxFloat64 {
			t.Errorf("the count is %v", v)
		}
	}
}

// A gauge that was set before there were computers was never set.
func TestNegativeStamps(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for _, stamp := range []int64{-5, 100, math.MinInt64} {
		d := newDead("1")
		d.gauge(metric.GaugeMostRecent, float64(stamp), stamp)
		d.gauge(metric.GaugeMax, 1, stamp)
		d.in(t, dir)
	}
	never := newDead("2")
	family := never.Family(&pmfile.Family{Name: "never", Type: metric.TypeGauge, Mode: metric.GaugeMostRecent})
	never.Series(family, nil, nil, []uint64{0, 0, math.Float64bits(3), ^uint64(0)})
	never.in(t, dir)
	before, _ := page(t, dir)
	run(t, dir, fold.Options{})
	a := loadArchive(t, dir)
	a.wantSeries(t, "depth_max[][]", "depth_mostrecent[][]")
	for series, want := range map[string]uint64{"depth_max[][]": 100, "depth_mostrecent[][]": 100} {
		if got := a.value(t, series, 1); got != want {
			t.Errorf("%s was set at %d, want %d", series, got, want)
		}
	}
	after, _ := page(t, dir)
	if !slices.Equal(before, after) {
		t.Errorf("the page was %v and is %v", before, after)
	}
}
