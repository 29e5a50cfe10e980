//go:build unix

package multiprocess_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestFormatsAddUp has stores of both formats count the same series in one
// directory, of which some have ended.
func TestFormatsAddUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 4 {
		s := openNative(t, dir, fmt.Sprint("n", i))
		spec := histogramSpec(1, 2)
		jobs := openPlace(t, s, counterSpec("kind"), "é\n\"")
		count(t, jobs, 0, 1)
		add(t, jobs, 1, 0.25)
		latency := openPlace(t, s, spec, "/", "200")
		observe(t, latency, spec.Bounds, 1.5)
		size := openPlace(t, s, summarySpec())
		count(t, size, 0, 1)
		add(t, size, 1, 2)
		set(openPlace(t, s, gaugeSpec(metric.GaugeAll)), float64(i), 0)
		set(openPlace(t, s, renamed(gaugeSpec(metric.GaugeSum), "sum")), 1, 0)
		set(openPlace(t, s, renamed(gaugeSpec(metric.GaugeMostRecent), "latest")), float64(i), int64(100+i)*1e9)
		if i%2 == 0 {
			closed(t, s)
		}
	}
	for i := range 3 {
		s := openStore(t, dir, multiprocess.Options{Format: multiprocess.FormatPython, Identifier: named(fmt.Sprint("p", i))})
		add(t, openPlace(t, s, counterSpec("kind"), "é\n\""), 0, 10)
		latency := openPlace(t, s, histogramSpec(1, 2), "/", "200")
		add(t, latency, 0, 10)
		add(t, latency, 3, 5)
		size := openPlace(t, s, summarySpec())
		add(t, size, 0, 10)
		add(t, size, 1, 20)
		cell.FloatAt(openPlace(t, s, gaugeSpec(metric.GaugeAll)).Words[0]).Set(float64(10 + i))
		cell.FloatAt(openPlace(t, s, renamed(gaugeSpec(metric.GaugeSum), "sum")).Words[0]).Set(10)
		latest := openPlace(t, s, renamed(gaugeSpec(metric.GaugeMostRecent), "latest"))
		cell.FloatAt(latest.Words[0]).Set(float64(10 + i))
		cell.FloatAt(latest.Words[1]).Set(101.5)
		if i == 0 {
			closed(t, s)
		}
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := lines(
		`# depth gauge`, `depth{pid="n0"} 0`, `depth{pid="n1"} 1`, `depth{pid="n2"} 2`, `depth{pid="n3"} 3`,
		`depth{pid="p0"} 10`, `depth{pid="p1"} 11`, `depth{pid="p2"} 12`,
		`# jobs counter`, `jobs_total{kind="é\n\""} 35`,
		`# latency_seconds histogram`,
		`latency_seconds_bucket{code="200",path="/",le="1.0"} 30`, `latency_seconds_bucket{code="200",path="/",le="2.0"} 34`,
		`latency_seconds_bucket{code="200",path="/",le="+Inf"} 34`,
		`latency_seconds_count{code="200",path="/"} 34`, `latency_seconds_sum{code="200",path="/"} 21`,
		`# latest gauge`, `latest{} 3`,
		`# size_bytes summary`, `size_bytes_count{} 34`, `size_bytes_sum{} 68`,
		`# sum gauge`, `sum{} 34`,
	)
	for range 2 {
		if got := undated(t, c); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	selfSays(t, c, `processes{state="living"} 2`, `processes{state="dead"} 2`)
	if diff := cmp.Diff("seconds", snapshots(t, c)["latency_seconds"].Desc().Unit); diff != "" {
		t.Errorf("the unit, which only some files say:\n%s", diff)
	}
}

func renamed(spec *cell.Spec, name string) *cell.Spec {
	spec.Name = name
	return spec
}

// A histogram of which some processes have native buckets, and the Python ones
// have not.
func TestFormatsOfNativeHistograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	native := openPlace(t, openNative(t, dir, "n"), nativeSpec(0, 1, 2))
	count(t, native, 1, 1)
	count(t, chunk(t, native, 0, 0, false), 1, 1)
	classic := openPlace(t, openStore(t, dir, multiprocess.Options{Identifier: named("p")}), nativeSpec(0, 1, 2))
	add(t, classic, 2, 3)
	got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "size", "{}").Histogram
	want := &metric.Histogram{Count: 4, Buckets: []metric.Bucket{
		{UpperBound: 1}, {UpperBound: 2, Count: 1}, {UpperBound: math.Inf(1), Count: 4},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What files of both formats say about a family: the Python one, which comes
// first, decides.
func TestFormatsContradict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "n")
	set(openPlace(t, s, renamed(gaugeSpec(metric.GaugeMax), "g")), 9, 0)
	count(t, openPlace(t, s, renamed(counterSpec(), "x")), 0, 5)
	count(t, openPlace(t, s, renamed(counterSpec(), "h_sum")), 0, 5)
	put(t, dir, "gauge_sum_1.db", gauge("g", 1, 0), gauge("x", 1, 0))
	put(t, dir, "histogram_1.db", bucket("+Inf", 2))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := lines(`# g gauge`, `g{} 10`, `# h histogram`, `h_bucket{le="+Inf"} 2`, `# x gauge`, `x{} 1`)
	if got := undated(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	selfSays(t, c, `conflict{about="gauge mode",family="g"} 1`, `conflict{about="help",family="g"} 1`, `conflict{about="name",family="h_sum"} 1`, `conflict{about="type",family="x"} 1`)
}
