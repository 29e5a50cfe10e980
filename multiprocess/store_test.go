//go:build unix

package multiprocess_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// quiet keeps the expected complaints of stores out of the tests' output.
func quiet(o multiprocess.Options) *multiprocess.Options {
	o.Logger = slog.New(slog.DiscardHandler)
	o.NoCompact = true
	if o.Format == multiprocess.FormatAuto {
		o.Format = multiprocess.FormatPython
	}
	return &o
}

// named is an identifier hook.
func named(id string) func() string { return func() string { return id } }

func openStore(t testing.TB, dir string, o multiprocess.Options) *multiprocess.Store {
	t.Helper()
	s, err := multiprocess.Open(dir, quiet(o))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openPlace(t testing.TB, s *multiprocess.Store, spec *cell.Spec, values ...string) cell.Place {
	t.Helper()
	place, err := s.Open(spec, values)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func counterSpec(labels ...string) *cell.Spec {
	return &cell.Spec{Desc: metric.Desc{
		Name: "jobs", Help: "Jobs done.", Type: metric.TypeCounter, LabelNames: labels,
	}}
}

func gaugeSpec(mode metric.GaugeMode) *cell.Spec {
	return &cell.Spec{
		Desc: metric.Desc{Name: "depth", Help: "Jobs waiting.", Type: metric.TypeGauge},
		Mode: mode,
	}
}

func histogramSpec(bounds ...float64) *cell.Spec {
	return &cell.Spec{
		Desc: metric.Desc{
			Name: "latency_seconds", Help: "Time taken.", Unit: "seconds",
			Type: metric.TypeHistogram, LabelNames: []string{"path", "code"},
		},
		Bounds: append(bounds, math.Inf(1)),
	}
}

func summarySpec() *cell.Spec {
	return &cell.Spec{Desc: metric.Desc{Name: "size_bytes", Help: "Size.", Unit: "bytes", Type: metric.TypeSummary}}
}

func add(t testing.TB, place cell.Place, word int, v float64) {
	t.Helper()
	if !cell.FloatAt(place.Words[word]).Add(v) {
		t.Fatal("the word is retired")
	}
}

// values decodes a file into its keys' values; those of a repeated key add up.
func values(t testing.TB, file string) map[string]float64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, records, err := pyfile.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, r := range records {
		name := r.Key.Sample
		for i := range r.Key.Names {
			name += "," + r.Key.Names[i] + "=" + r.Key.Values[i]
		}
		sums[name] += r.Value
	}
	return sums
}

func list(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestStoreKeepsEveryType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir, multiprocess.Options{Identifier: named("7")})

	add(t, openPlace(t, s, counterSpec("kind"), "mail"), 0, 2.5)
	histogram := openPlace(t, s, histogramSpec(0.1, 1), "/", "200")
	add(t, histogram, 0, 1)
	add(t, histogram, 2, 4)
	add(t, histogram, 3, 8.5)
	summary := openPlace(t, s, summarySpec())
	add(t, summary, 0, 3)
	add(t, summary, 1, 30)
	gauge := openPlace(t, s, gaugeSpec(metric.GaugeLiveSum))
	cell.FloatAt(gauge.Words[0]).Set(6)

	want := map[string]map[string]float64{
		"counter_7.db": {"jobs_total,kind=mail": 2.5},
		"histogram_7.db": {
			"latency_seconds_sum,code=200,path=/":            8.5,
			"latency_seconds_bucket,code=200,le=0.1,path=/":  1,
			"latency_seconds_bucket,code=200,le=1.0,path=/":  0,
			"latency_seconds_bucket,code=200,le=+Inf,path=/": 4,
		},
		"summary_7.db":       {"size_bytes_count": 3, "size_bytes_sum": 30},
		"gauge_livesum_7.db": {"depth": 6},
	}
	got := map[string]map[string]float64{}
	for _, name := range list(t, dir) {
		got[name] = values(t, filepath.Join(dir, name))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if stats := s.Stats(); stats.Files != 4 || stats.Series != 4 || stats.Bytes != 4*65536 || stats.Failures != 0 {
		t.Errorf("stats = %+v", stats)
	}
}

func TestStoreOpensASeriesOnce(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), multiprocess.Options{})
	for _, spec := range []*cell.Spec{counterSpec(), gaugeSpec(metric.GaugeAll), summarySpec()} {
		if a, b := openPlace(t, s, spec), openPlace(t, s, spec); !slices.Equal(a.Words, b.Words) {
			t.Errorf("%v: two places of the same series", spec.Type)
		}
	}
	if n := s.Stats().Series; n != 3 {
		t.Errorf("%d series, want 3", n)
	}
}

func TestStoreStampsGauges(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		layout multiprocess.Layout
		words  int
	}{{multiprocess.LayoutNewer, 2}, {multiprocess.LayoutOlder, 1}} {
		s := openStore(t, t.TempDir(), multiprocess.Options{Layout: tc.layout})
		place := openPlace(t, s, gaugeSpec(metric.GaugeMax))
		if len(place.Words) != tc.words || place.Stamped != (tc.words == 2) || place.Whole {
			t.Errorf("layout %d: %d words, stamped %t", tc.layout, len(place.Words), place.Stamped)
		}
	}
}

func TestStoreRefusesWhatTheFormatLacks(t *testing.T) {
	t.Parallel()
	newer := openStore(t, t.TempDir(), multiprocess.Options{})
	older := openStore(t, t.TempDir(), multiprocess.Options{Layout: multiprocess.LayoutOlder})
	of := func(typ metric.Type) *cell.Spec { return &cell.Spec{Desc: metric.Desc{Name: "x", Type: typ}} }
	native := of(metric.TypeHistogram)
	native.Native = true
	quantiles := summarySpec()
	quantiles.Quantiles = true
	for name, tc := range map[string]struct {
		store *multiprocess.Store
		spec  *cell.Spec
	}{
		"info":              {newer, of(metric.TypeInfo)},
		"state set":         {newer, of(metric.TypeStateSet)},
		"unknown":           {newer, of(metric.TypeUnknown)},
		"gauge histogram":   {newer, of(metric.TypeGaugeHistogram)},
		"native histogram":  {newer, native},
		"quantiles":         {newer, quantiles},
		"most recent":       {older, gaugeSpec(metric.GaugeMostRecent)},
		"live most recent":  {older, gaugeSpec(metric.GaugeLiveMostRecent)},
		"no such mode":      {newer, gaugeSpec(200)},
		"buckets left over": {older, native},
	} {
		if _, err := tc.store.Open(tc.spec, nil); !errors.Is(err, cell.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", name, err)
		}
	}
	if _, err := newer.Open(counterSpec("a", "b"), []string{"1"}); err == nil {
		t.Error("one value for two labels was accepted")
	}
	if files := append(list(t, newer.Dir()), list(t, older.Dir())...); len(files) != 0 {
		t.Errorf("files were made: %v", files)
	}
}

func TestStoreKeepsClassicBucketsOfBoth(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), multiprocess.Options{})
	spec := histogramSpec(1, 2)
	spec.Native = true
	if place := openPlace(t, s, spec, "/", "200"); len(place.Words) != 4 {
		t.Errorf("%d words, want three buckets and a sum", len(place.Words))
	}
}

func TestHistogramsThatDifferInBuckets(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), multiprocess.Options{Identifier: named("1")})
	narrow, wide := histogramSpec(1), histogramSpec(1, 2)
	a, b := openPlace(t, s, narrow, "/", "200"), openPlace(t, s, wide, "/", "200")
	if len(a.Words) != 3 || len(b.Words) != 4 {
		t.Fatalf("%d and %d words, want 3 and 4", len(a.Words), len(b.Words))
	}
	add(t, a, 2, 5)
	add(t, b, 3, 7)
	if got := values(t, filepath.Join(s.Dir(), "histogram_1.db"))["latency_seconds_sum,code=200,path=/"]; got != 12 {
		t.Errorf("sums add up to %v, want 12", got)
	}
}

func TestStoreContinues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := multiprocess.Options{Identifier: named("worker")}
	for run := range 3 {
		s := openStore(t, dir, o)
		counter := openPlace(t, s, counterSpec("run"), "any")
		if got := cell.FloatAt(counter.Words[0]).Load(); got != float64(run) {
			t.Fatalf("run %d begins at %v", run, got)
		}
		add(t, counter, 0, 1)
		add(t, openPlace(t, s, counterSpec("run"), strconv.Itoa(run)), 0, 1)
		if live := openPlace(t, s, gaugeSpec(metric.GaugeLiveSum)); live.Words[0].Load() != 0 {
			t.Errorf("run %d: a live gauge was inherited", run)
		} else {
			add(t, live, 0, 1)
		}
		sum := openPlace(t, s, gaugeSpec(metric.GaugeSum))
		add(t, sum, 0, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]float64{"jobs_total,run=any": 3, "jobs_total,run=0": 1, "jobs_total,run=1": 1, "jobs_total,run=2": 1}
	if diff := cmp.Diff(want, values(t, filepath.Join(dir, "counter_worker.db"))); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"counter_worker.db", "gauge_sum_worker.db"}, list(t, dir)); diff != "" {
		t.Errorf("files after Close (-want +got):\n%s", diff)
	}
}

func TestTwoStoresInOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
	second := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
	third := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
	for i, s := range []*multiprocess.Store{first, second, third} {
		add(t, openPlace(t, s, counterSpec()), 0, float64(i+1))
	}
	openPlace(t, second, summarySpec()) // nobody else has one, but P-2 it stays
	if diff := cmp.Diff([]string{"counter_P-2.db", "counter_P-3.db", "counter_P.db", "summary_P-2.db"}, list(t, dir)); diff != "" {
		t.Fatalf("files (-want +got):\n%s", diff)
	}
	for name, want := range map[string]float64{"counter_P.db": 1, "counter_P-2.db": 2, "counter_P-3.db": 3} {
		if got := values(t, filepath.Join(dir, name))["jobs_total"]; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir(), multiprocess.Options{})
	for mode, want := range map[metric.GaugeMode]float64{
		metric.GaugeAll: 0, metric.GaugeLiveSum: 0, metric.GaugeMostRecent: 0,
		metric.GaugeMin: math.Inf(1), metric.GaugeLiveMax: math.Inf(-1),
	} {
		spec := gaugeSpec(mode)
		place := openPlace(t, s, spec)
		add(t, place, 0, 5)
		add(t, place, 1, 1e9)
		s.Remove(spec, nil)
		if got := cell.FloatAt(place.Words[0]).Load(); got != want || place.Words[1].Load() != 0 {
			t.Errorf("%v: removed gauge shows %v, want %v never set", mode, got, want)
		}
		if again := openPlace(t, s, spec); again.Words[0].Load() != 0 {
			t.Errorf("%v: a gauge opened again is not zero", mode)
		}
	}
	counter := openPlace(t, s, counterSpec())
	add(t, counter, 0, 5)
	s.Remove(counterSpec(), nil)
	if got := cell.FloatAt(openPlace(t, s, counterSpec()).Words[0]).Load(); got != 5 {
		t.Errorf("a removed counter went from 5 to %v", got)
	}
	s.Remove(gaugeSpec(metric.GaugeLiveAll), nil)      // no such file
	s.Remove(gaugeSpec(metric.GaugeAll), []string{""}) // no such series
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		o         multiprocess.Options
		dir, file fs.FileMode
	}{
		"default": {multiprocess.Options{}, 0o700, 0o600},
		"chosen":  {multiprocess.Options{DirMode: 0o710, FileMode: 0o640}, 0o710, 0o640},
	} {
		tc.o.Identifier = named("1")
		s := openStore(t, filepath.Join(t.TempDir(), "made", "here"), tc.o)
		openPlace(t, s, counterSpec())
		for path, want := range map[string]fs.FileMode{s.Dir(): tc.dir, filepath.Join(s.Dir(), "counter_1.db"): tc.file} {
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

func TestLayoutAuto(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		present, want multiprocess.Layout
	}{
		"older":   {multiprocess.LayoutOlder, multiprocess.LayoutOlder},
		"newer":   {multiprocess.LayoutNewer, multiprocess.LayoutNewer},
		"nothing": {multiprocess.LayoutAuto, multiprocess.LayoutNewer},
	} {
		dir := t.TempDir()
		for _, junk := range []string{"counter_0.db", "gauge_x_1.db", "zzz.db"} {
			if err := os.WriteFile(filepath.Join(dir, junk), []byte("not ours"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if tc.present != multiprocess.LayoutAuto {
			openPlace(t, openStore(t, dir, multiprocess.Options{Layout: tc.present}), counterSpec())
		}
		s := openStore(t, dir, multiprocess.Options{})
		place := openPlace(t, s, gaugeSpec(metric.GaugeAll))
		if place.Stamped != (tc.want == multiprocess.LayoutNewer) {
			t.Errorf("%s: the wrong layout", name)
		}
	}
	if _, err := multiprocess.Open(t.TempDir(), &multiprocess.Options{Format: multiprocess.FormatPython, Layout: 9}); err == nil {
		t.Error("layout 9 was accepted")
	}
}
