//go:build unix

package multiprocess_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestNativeKeepsEveryType counts in metrics of all types, and looks at the page
// while the process is alive and after it has ended.
func TestNativeKeepsEveryType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	countEverything(t, s)
	lasting := []string{
		`# depth gauge`, `depth{} 6`,
		`# jobs counter`, `jobs_total{kind="mail"} 2.5`,
		`# latency_seconds histogram`,
		`latency_seconds_bucket{code="200",path="/",le="0.1"} 1`, `latency_seconds_bucket{code="200",path="/",le="1.0"} 1`,
		`latency_seconds_bucket{code="200",path="/",le="+Inf"} 2`,
		`latency_seconds_count{code="200",path="/"} 2`, `latency_seconds_sum{code="200",path="/"} 8.0625`,
	}
	passing := []string{
		`# phase stateset`, `phase{phase="rest"} 1`, `phase{phase="work"} 0`,
	}
	last := []string{`# size histogram`, `size_bucket{le="+Inf"} 3`, `size_count{} 3`, `size_sum{} 3.5`, `# size_bytes summary`, `size_bytes_count{} 3`, `size_bytes_sum{} 30`}
	alive := slices.Concat([]string{`# build info`, `build_info{part="x",version="1"} 1`}, lasting, passing, last)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 2 {
		if got := undated(t, c); got != lines(alive...) {
			t.Errorf("alive: got\n%s\nwant\n%s", got, lines(alive...))
		}
		selfSays(t, c, `processes{state="living"} 1`, `processes{state="dead"} 0`, `files{state="whole"} 1`)
	}
	closed(t, s)
	for range 2 {
		if got, want := undated(t, c), lines(slices.Concat(lasting, last)...); got != want {
			t.Errorf("ended: got\n%s\nwant\n%s", got, want)
		}
		selfSays(t, c, `processes{state="living"} 0`, `processes{state="dead"} 1`)
	}
}

// countEverything opens one series of each type and counts in it.
func countEverything(t testing.TB, s *multiprocess.Store) {
	t.Helper()
	jobs := openPlace(t, s, counterSpec("kind"), "mail")
	count(t, jobs, 0, 2)
	add(t, jobs, 1, 0.5)
	spec := histogramSpec(0.1, 1)
	latency := openPlace(t, s, spec, "/", "200")
	observe(t, latency, spec.Bounds, 0.0625)
	observe(t, latency, spec.Bounds, 8)
	summary := summarySpec()
	summary.Quantiles = true
	size := openPlace(t, s, summary)
	count(t, size, 0, 3)
	add(t, size, 1, 30)
	set(openPlace(t, s, gaugeSpec(metric.GaugeSum)), 6, 0)
	native := openPlace(t, s, nativeSpec(0.25))
	count(t, native, 1, 1) // the zero bucket
	count(t, chunk(t, native, 0, 0, false), 0, 1)
	count(t, chunk(t, native, 0, 0, false), 2, 1)
	add(t, native, 0, 3.5)
	say(t, openPlace(t, s, infoSpec(), "x"), "version", "1")
	openPlace(t, s, statesSpec("work", "rest")).Words[0].Store(2)
}

func TestNativeDescriptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	began := metric.TimestampOf(time.Now().Add(-time.Millisecond))
	countEverything(t, s)
	ended := metric.TimestampOf(time.Now().Add(time.Millisecond))
	families := snapshots(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
	for name, want := range map[string]metric.Desc{
		"jobs":            {Name: "jobs", Help: "Jobs done.", Type: metric.TypeCounter},
		"depth":           {Name: "depth", Help: "Jobs waiting.", Type: metric.TypeGauge},
		"latency_seconds": {Name: "latency_seconds", Help: "Time taken.", Unit: "seconds", Type: metric.TypeHistogram},
		"size_bytes":      {Name: "size_bytes", Help: "Size.", Unit: "bytes", Type: metric.TypeSummary},
		"size":            {Name: "size", Help: "Size.", Type: metric.TypeHistogram},
		"build":           {Name: "build", Help: "What runs.", Type: metric.TypeInfo},
		"phase":           {Name: "phase", Help: "What it does.", Type: metric.TypeStateSet},
	} {
		f := families[name]
		if f == nil {
			t.Errorf("no family %q", name)
			continue
		}
		if diff := cmp.Diff(want, *f.Desc()); diff != "" {
			t.Errorf("description (-want +got):\n%s", diff)
		}
		counts := want.Type == metric.TypeCounter || want.Type == metric.TypeHistogram || want.Type == metric.TypeSummary
		_ = f.Each(func(s *metric.Sample) error {
			if !counts && s.Start != (metric.Timestamp{}) || counts && (s.Start.Before(began) || ended.Before(s.Start)) {
				t.Errorf("%s%s starts at %v", s.Name, s.Labels, s.Start)
			}
			return nil
		})
	}
	if len(families) != 7 {
		t.Errorf("%d families", len(families))
	}
	want := &metric.NativeHistogram{
		Count: 3, Sum: 3.5, ZeroThreshold: 0.25, ZeroCount: 1,
		PositiveSpans: []metric.BucketSpan{{Offset: 0, Length: 1}, {Offset: 1, Length: 1}}, PositiveCounts: []float64{1, 1},
	}
	got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "size", "{}").Histogram
	if diff := cmp.Diff(&metric.Histogram{Count: 3, Sum: 3.5, Native: want}, got); diff != "" {
		t.Errorf("native histogram (-want +got):\n%s", diff)
	}
}

// A series whose values are in several stores began with the first of them.
func TestNativeStartIsTheEarliest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openPlace(t, openNative(t, dir, "1"), counterSpec())
	second := openPlace(t, openNative(t, dir, "2"), counterSpec())
	if first.Start.Load() >= second.Start.Load() {
		t.Fatalf("started at %d and %d", first.Start.Load(), second.Start.Load())
	}
	got := sampleOf(t, newCollector(t, dir, multiprocess.CollectorOptions{}), "jobs", "{}")
	if want := metric.NewTimestamp(0, int64(first.Start.Load())); got.Start != want {
		t.Errorf("started at %v, not %v", got.Start, want)
	}
}

func TestNativeOpensASeriesOnce(t *testing.T) {
	t.Parallel()
	s := openNative(t, t.TempDir(), "1")
	for _, tc := range []struct {
		spec   *cell.Spec
		values []string
	}{
		{counterSpec(), nil},
		{counterSpec("a", "b"), []string{"1:2", ""}},
		{gaugeSpec(metric.GaugeAll), nil},
		{summarySpec(), nil},
		{nativeSpec(0, 1), nil},
		{infoSpec(), []string{"x"}},
		{statesSpec("a"), nil},
	} {
		a := openPlace(t, s, tc.spec, tc.values...)
		again := *tc.spec // what tells specs apart is what they say
		b := openPlace(t, s, &again, tc.values...)
		if !slices.Equal(a.Words, b.Words) || a.Start != b.Start || a.Annex != b.Annex {
			t.Errorf("%v: two places of the same series", tc.spec.Type)
		}
	}
	if other := openPlace(t, s, counterSpec("a", "b"), "1", "2:"); other.Words[0] == openPlace(t, s, counterSpec("a", "b"), "1:2", "").Words[0] {
		t.Error("one place for two series")
	}
	if n := s.Stats().Series; n != 8 {
		t.Errorf("%d series, want 8", n)
	}
}

// Series that differ only in how they were declared add up.
func TestNativeDeclarationsThatDiffer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	narrow, wide := histogramSpec(1), histogramSpec(1, 2)
	observe(t, openPlace(t, s, narrow, "/", "200"), narrow.Bounds, 5)
	observe(t, openPlace(t, s, wide, "/", "200"), wide.Bounds, 1.5)
	other := counterSpec()
	other.Help = "Others."
	countOne(t, s, counterSpec())
	countOne(t, s, other)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	got := sampleOf(t, c, "latency_seconds", `{code="200",path="/"}`).Histogram
	want := &metric.Histogram{Count: 2, Sum: 6.5, Buckets: []metric.Bucket{
		{UpperBound: 1}, {UpperBound: 2, Count: 1}, {UpperBound: math.Inf(1), Count: 2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histogram (-want +got):\n%s", diff)
	}
	if got := sampleOf(t, c, "jobs", "{}").Value; got != 2 {
		t.Errorf("counted %v, want 2", got)
	}
	selfSays(t, c, `conflict{about="buckets",family="latency_seconds"} 1`, `conflict{about="help",family="jobs"} 1`)
}

func TestNativeRefusesWhatTheFormatLacks(t *testing.T) {
	t.Parallel()
	s := openNative(t, t.TempDir(), "1")
	of := func(typ metric.Type) *cell.Spec { return &cell.Spec{Desc: metric.Desc{Name: "x", Type: typ}} }
	many := make([]string, 65)
	for i := range many {
		many[i] = fmt.Sprint("s", i)
	}
	for name, spec := range map[string]*cell.Spec{
		"unknown":            of(metric.TypeUnknown),
		"gauge histogram":    of(metric.TypeGaugeHistogram),
		"no buckets":         of(metric.TypeHistogram),
		"no states":          of(metric.TypeStateSet),
		"more than 64 of it": statesSpec(many...),
		"no such mode":       gaugeSpec(200),
		"no such type":       of(200),
	} {
		if _, err := s.Open(spec, nil); !errors.Is(err, cell.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", name, err)
		}
	}
	if _, err := s.Open(counterSpec("a", "b"), []string{"1"}); err == nil || errors.Is(err, cell.ErrUnsupported) {
		t.Errorf("one value for two labels: %v", err)
	}
	s.Remove(counterSpec("a"), nil)
	s.Remove(counterSpec(), nil) // never opened
	if files := list(t, s.Dir()); len(files) != 0 || s.Stats() != (multiprocess.Stats{}) {
		t.Errorf("files were made: %v, %+v", files, s.Stats())
	}
	openPlace(t, s, statesSpec(many[:64]...)).Words[0].Store(1 << 63)
	if got := sampleOf(t, newCollector(t, s.Dir(), multiprocess.CollectorOptions{}), "phase", `{phase="s63"}`); got == nil || got.Value != 1 {
		t.Errorf("the 64th state shows %+v", got)
	}
}

func TestNativeStats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	if got := s.Stats(); got != (multiprocess.Stats{}) {
		t.Errorf("at first: %+v", got)
	}
	for i := range 1000 {
		openPlace(t, s, counterSpec("i"), fmt.Sprint(i))
	}
	for i := range 10 {
		s.Remove(counterSpec("i"), []string{fmt.Sprint(i)})
	}
	got := s.Stats()
	info, err := os.Stat(filepath.Join(dir, nativeFiles(t, dir)[0]))
	if err != nil {
		t.Fatal(err)
	}
	if want := (multiprocess.Stats{Files: 1, Bytes: info.Size(), Series: 990}); got != want || info.Size() < 64<<10 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	self := undated(t, s.SelfMetrics())
	if want := lines(`# polymeter_store_files gauge`, `polymeter_store_files{} 1`); self[:len(want)] != want {
		t.Errorf("self-metrics\n%s", self)
	}
	closed(t, s)
	if got := s.Stats(); got != (multiprocess.Stats{}) {
		t.Errorf("after Close: %+v", got)
	}
}

// TestNativeIdentifiers opens stores of one identifier. Those of the living differ;
// that of one that has ended is free again.
func TestNativeIdentifiers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(want string) *multiprocess.Store {
		t.Helper()
		s := openNative(t, dir, "P_1")
		set(openPlace(t, s, gaugeSpec(metric.GaugeLiveAll)), 1, 0)
		if got := s.Identifier(); got != want {
			t.Errorf("identifier %q, want %q", got, want)
		}
		return s
	}
	first := open("P-1")
	second := open("P-1-2")
	open("P-1-3")
	shows(t, dir, `# depth gauge`, `depth{pid="P-1"} 1`, `depth{pid="P-1-2"} 1`, `depth{pid="P-1-3"} 1`)
	closed(t, second)
	shows(t, dir, `# depth gauge`, `depth{pid="P-1"} 1`, `depth{pid="P-1-3"} 1`)
	closed(t, first)
	open("P-1")
	open("P-1-2")
	shows(t, dir, `# depth gauge`, `depth{pid="P-1"} 1`, `depth{pid="P-1-2"} 1`, `depth{pid="P-1-3"} 1`)
	if n := len(nativeFiles(t, dir)); n != 5 {
		t.Errorf("%d files, want 5", n)
	}
}

// One process may have two stores in a directory. Each is a process of its own.
func TestNativeTwiceInOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openNative(t, dir, ""), openNative(t, dir, "")
	for range 3 {
		countOne(t, a, counterSpec())
		countOne(t, b, counterSpec())
	}
	set(openPlace(t, a, gaugeSpec(metric.GaugeLiveSum)), 4, 0)
	set(openPlace(t, b, gaugeSpec(metric.GaugeLiveSum)), 8, 0)
	shows(t, dir, `# depth gauge`, `depth{} 12`, `# jobs counter`, `jobs_total{} 6`)
	closed(t, a)
	shows(t, dir, `# depth gauge`, `depth{} 8`, `# jobs counter`, `jobs_total{} 6`)
	countOne(t, b, counterSpec())
	shows(t, dir, `# depth gauge`, `depth{} 8`, `# jobs counter`, `jobs_total{} 7`)
}

func TestNativePermissions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		o         multiprocess.Options
		dir, file fs.FileMode
	}{
		"default": {multiprocess.Options{}, 0o700, 0o600},
		"chosen":  {multiprocess.Options{DirMode: 0o710, FileMode: 0o640}, 0o710, 0o640},
	} {
		tc.o.Format = multiprocess.FormatNative
		s := openStore(t, filepath.Join(t.TempDir(), "made", "here"), tc.o)
		openPlace(t, s, counterSpec())
		for path, want := range map[string]fs.FileMode{s.Dir(): tc.dir, filepath.Join(s.Dir(), nativeFiles(t, s.Dir())[0]): tc.file} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s: %s has %v, want %v", name, path, got, want)
			}
		}
	}
}
