//go:build unix

package multiprocess_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// archiveHeader is that of the nth archive of this boot.
func archiveHeader(n uint64) *pmfile.Header {
	h := nativeHeader("")
	h.Role, h.Generation = pmfile.RoleArchive, n
	return h
}

// archived fills an archive with what only an archive has. Its sums are rounded,
// and addends put that right.
func archived(absorbed ...string) func(b *pmfile.Builder) {
	bits := math.Float64bits
	return func(b *pmfile.Builder) {
		b.Absorbed(absorbed)
		c := b.Family(&pmfile.Family{Name: "c", Type: metric.TypeCounter})
		b.Addends(b.Series(c, nil, nil, []uint64{0, 5, 3, bits(1)}), []float64{-0x1p-60})
		z := b.Family(&pmfile.Family{Name: "z", Type: metric.TypeSummary})
		b.Addends(b.Series(z, nil, nil, []uint64{0, 5, 4, bits(-1)}), []float64{0x1p-60})
		h := b.Family(&pmfile.Family{Name: "h", Type: metric.TypeHistogram, Bounds: []float64{1, math.Inf(1)}, Native: true, FloatCounts: true})
		s := b.Series(h, nil, nil, []uint64{0, 5, bits(0.5), bits(2), bits(1), bits(1.5), 0})
		b.Chunk(s, 0, 0, false, &[16]uint64{0, bits(0.25), bits(0.75)})
		b.Addends(s, []float64{-0x1p-60, 0})
		all := b.Family(&pmfile.Family{Name: "all", Type: metric.TypeGauge, LabelNames: []string{"x"}})
		b.Series(all, []string{"y"}, []pmfile.Label{{Name: "pid", Value: "1"}}, []uint64{0, 0, bits(7), 0})
		sum := b.Family(&pmfile.Family{Name: "sum", Type: metric.TypeGauge, Mode: metric.GaugeSum})
		b.Addends(b.Series(sum, nil, nil, []uint64{0, 0, bits(1), 0}), []float64{-0x1p-60})
		maximum := b.Family(&pmfile.Family{Name: "top", Type: metric.TypeGauge, Mode: metric.GaugeMax})
		b.Series(maximum, nil, nil, []uint64{0, 0, bits(9), 0})
	}
}

// TestNativeArchive merges an archive with the file of a process that makes its
// sums whole again, and leaves out one that the archive has taken in.
func TestNativeArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	again := nativeHeader("again")
	putNative(t, dir, again, archivedTwice)
	putNative(t, dir, archiveHeader(1), archived("w-x.pm", pmfile.FileName(pmfile.RoleProcess, again.ID)))
	s := openNative(t, dir, "2")
	small := 0x1p-60
	add(t, openPlace(t, s, renamed(counterSpec(), "c")), 1, small)
	add(t, openPlace(t, s, renamed(summarySpec(), "z")), 1, -small)
	h := nativeSpec(0, 1)
	add(t, openPlace(t, s, renamed(h, "h")), 2, small)
	set(openPlace(t, s, renamed(gaugeSpec(metric.GaugeSum), "sum")), small, 0)
	set(openPlace(t, s, renamed(gaugeSpec(metric.GaugeMax), "top")), small, 0)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := lines(`# all gauge`, `all{pid="1",x="y"} 7`, `# c counter`, `c_total{} 4`,
		`# h histogram`, `h_bucket{le="1.0"} 0.5`, `h_bucket{le="+Inf"} 2.5`, `h_count{} 2.5`, `h_sum{} 1`,
		`# sum gauge`, `sum{} 1`, `# top gauge`, `top{} 9`, `# z summary`, `z_count{} 4`, `z_sum{} -1`)
	for range 2 {
		if got := undated(t, c); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	native := sampleOf(t, c, "h", "{}").Histogram.Native
	if diff := cmp.Diff([]float64{0.25, 0.75}, native.PositiveCounts); diff != "" || native.ZeroCount != 1.5 {
		t.Errorf("%v in the zero bucket, the others (-want +got):\n%s", native.ZeroCount, diff)
	}
	selfSays(t, c, `files{state="whole"} 2`, `processes{state="dead"} 0`, `processes{state="living"} 1`)
	sums := newCollector(t, dir, multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{
		"sum": metric.GaugeMax, "top": metric.GaugeSum, "all": metric.GaugeSum,
	}})
	for name, want := range map[string]float64{"sum": 1, "top": 9 + small} {
		if got := sampleOf(t, sums, name, "{}").Value; got != want {
			t.Errorf("%s is %v in another mode, not %v", name, got, want)
		}
	}
	if got := sampleOf(t, sums, "all", `{x="y"}`); got == nil || got.Value != 7 {
		t.Errorf("what the dead showed of their own is %+v in another mode", got)
	}
}

// archivedTwice is what a file has that must not be counted.
func archivedTwice(b *pmfile.Builder) {
	c := b.Family(&pmfile.Family{Name: "c", Type: metric.TypeCounter})
	b.Series(c, nil, nil, []uint64{0, 5, 1000, 0})
}

// An archive is replaced by one that has taken in more.
func TestNativeArchiveIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	h := nativeHeader("1")
	putNative(t, dir, h, archivedTwice)
	shows(t, dir, `# c counter`, `c_total{} 1000`)
	undated(t, c)
	name := pmfile.FileName(pmfile.RoleProcess, h.ID)
	for generation := range uint64(3) {
		b := pmfile.NewBuilder(archiveHeader(generation))
		archivedTwice(b)
		b.Absorbed([]string{name})
		next := putBytes(t, dir, pmfile.NextName, b.Bytes())
		if err := os.Rename(next, filepath.Join(dir, pmfile.ArchiveName)); err != nil {
			t.Fatal(err)
		}
		if got := undated(t, c); got != lines(`# c counter`, `c_total{} 1000`) {
			t.Errorf("archive %d: got\n%s", generation, got)
		}
		if generation == 1 {
			os.Remove(filepath.Join(dir, name))
		}
	}
	if err := os.Remove(filepath.Join(dir, pmfile.ArchiveName)); err != nil {
		t.Fatal(err)
	}
	old := archiveHeader(9)
	old.Boot[0]++
	putNative(t, dir, old, archivedTwice)
	if got := undated(t, c); got != "" {
		t.Errorf("an archive of another boot: got\n%s", got)
	}
	selfSays(t, c, problem(filepath.Join(dir, pmfile.ArchiveName), "written before the last reboot"))
}

// TestNativeScrapesWhileFolding has processes end and be folded while others scrape:
// no page shows less than the one before, nor more than was counted.
func TestNativeScrapesWhileFolding(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	known := newCollector(t, dir, multiprocess.CollectorOptions{})
	stop := whileRunning(func(int) {
		if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
			t.Error(err)
		}
	})
	defer func() { stop() }()
	last := 0.0
	for i := range rounds {
		s := openNative(t, dir, fmt.Sprint(i))
		place := openPlace(t, s, counterSpec())
		for n := range 4 {
			add(t, place, 1, 0.1)
			least := float64(4*i+n+1) / 10
			for _, c := range []*multiprocess.Collector{known, newCollector(t, dir, multiprocess.CollectorOptions{})} {
				got := sampleOf(t, c, "jobs", "{}").Value
				if got < last || math.Abs(got-least) > 1e-9 {
					t.Fatalf("round %d: %v after %v, counted were %v", i, got, last, least)
				}
				last = got
			}
		}
		closed(t, s)
	}
}
