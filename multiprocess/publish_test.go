//go:build unix

package multiprocess_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// emits is a collector of families that are the same each time. As a pointer it
// can be told from others.
type emits struct{ families []metric.Family }

func (e *emits) Collect(_ context.Context, emit func(metric.Family) error) error {
	return metric.EmitAll(emit, e.families...)
}

func emitting(families ...metric.Family) *emits { return &emits{families} }

// raw is a family of samples.
func raw(name string, typ metric.Type, samples ...metric.Sample) metric.Family {
	f := metric.NewRawFamily(name, "Help of "+name+".", typ)
	for _, s := range samples {
		f.Add(s)
	}
	return f
}

// one is a family of one value.
func one(name string, typ metric.Type, v float64, labels ...string) metric.Family {
	d := metric.Desc{Name: name, Type: typ}
	return raw(name, typ, metric.Sample{Name: d.SampleName(), Labels: metric.MustLabels(labels...), Value: v})
}

// publish publishes a collector until the test ends.
func publish(t testing.TB, s *multiprocess.Store, c metric.Collector, o *multiprocess.PublishOptions) func() {
	t.Helper()
	stop, err := s.Publish(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

func refresh(t testing.TB, s *multiprocess.Store) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Error(err)
	}
}

// details shows all that a page has, in the order of its text.
func details(t testing.TB, c metric.Collector) []string {
	t.Helper()
	var all []string
	for name, f := range snapshots(t, c) {
		d := f.Desc()
		all = append(all, fmt.Sprintf("%s: %s, %q, unit %q, written %s", name, d.Type, d.Help, d.Unit, d.FullName()))
		_ = f.Each(func(s *metric.Sample) error {
			all = append(all, detail(s))
			return nil
		})
	}
	slices.Sort(all)
	return all
}

func detail(s *metric.Sample) string {
	text := fmt.Sprintf("%s%s %v", s.Name, s.Labels, s.Value)
	if !s.Start.IsZero() {
		text += " since " + s.Start.String()
	}
	if !s.Timestamp.IsZero() {
		text += " at " + s.Timestamp.String()
	}
	if s.Summary != nil {
		text += fmt.Sprintf(" count %v sum %v", s.Summary.Count, s.Summary.Sum)
	}
	if h := s.Histogram; h != nil {
		text += fmt.Sprintf(" count %v sum %v %v", h.Count, h.Sum, h.Buckets)
		if n := h.Native; n != nil {
			text += fmt.Sprintf(" native %v %v schema %d threshold %v %v", n.Count, n.Sum, n.Schema, n.ZeroThreshold, slices.Collect(n.Buckets()))
		}
	}
	for _, e := range s.Exemplars {
		text += fmt.Sprintf(" # %v %v %v", e.Labels, e.Value, e.Timestamp)
	}
	return text
}

var (
	inf     = math.Inf(1)
	begun   = metric.NewTimestamp(1_700_000_000, 5)
	classic = []metric.Bucket{{UpperBound: 0.5, Count: 1}, {UpperBound: 2, Count: 4}, {UpperBound: inf, Count: 6}}
	traced  = metric.Exemplar{Labels: metric.MustLabels("trace", "a\"b"), Value: 1.5, Timestamp: begun}
)

func nativeBuckets() *metric.NativeHistogram {
	return &metric.NativeHistogram{
		Count: 6, Sum: -3.5, Schema: 3, ZeroThreshold: 0.25, ZeroCount: 1,
		PositiveSpans: []metric.BucketSpan{{Offset: -17, Length: 2}, {Offset: 40, Length: 1}}, PositiveCounts: []float64{1, 0, 2},
		NegativeSpans: []metric.BucketSpan{{Offset: 15, Length: 2}}, NegativeCounts: []float64{1, 1},
	}
}

// everything has every type of family that a merge can show as its collector
// does, with labels that differ within families.
func everything() []metric.Family {
	labels := metric.MustLabels("b", "é", "a", "x\ny")
	fractional := nativeBuckets()
	fractional.PositiveCounts[2], fractional.ZeroCount = 2.5, 0.5
	states := metric.NewStateSetFamily("phase", "Help.", "unit")
	states.Add(map[string]bool{"idle": true, "busy": false}, "1")
	states.Add(map[string]bool{"on": true, "off": false, "idle": true}, "2")
	info := metric.NewInfoFamily("build", "Help.", "part")
	info.Add(map[string]string{"version": "1"}, "x")
	info.Add(map[string]string{"commit": "f"}, "y")
	depth := metric.NewGaugeFamily("depth_seconds", "Help.")
	depth.SetUnit("seconds")
	depth.Add(-0.5)
	return []metric.Family{
		raw("requests", metric.TypeCounter,
			metric.Sample{Name: "requests_total", Value: 3, Start: begun, Exemplars: []metric.Exemplar{traced}},
			metric.Sample{Name: "requests_total", Labels: labels, Value: 2.25},
			metric.Sample{Name: "requests_total", Labels: metric.MustLabels("c", ""), Value: 1 << 60}),
		depth,
		raw("thing", metric.TypeUnknown, metric.Sample{Name: "thing", Labels: labels, Value: math.Inf(-1)}),
		raw("size", metric.TypeSummary,
			metric.Sample{Name: "size", Summary: &metric.Summary{Count: 3, Sum: -7}, Start: begun},
			metric.Sample{Name: "size", Labels: labels, Summary: &metric.Summary{Count: 1.5, Sum: 2}}),
		raw("classic", metric.TypeHistogram,
			metric.Sample{Name: "classic", Histogram: &metric.Histogram{Count: 6, Sum: 9, Buckets: classic}, Start: begun, Exemplars: []metric.Exemplar{traced}},
			metric.Sample{Name: "classic", Labels: labels, Histogram: &metric.Histogram{Count: 1, Sum: 9, Buckets: []metric.Bucket{{UpperBound: inf, Count: 1}}}}),
		raw("both", metric.TypeHistogram,
			metric.Sample{Name: "both", Histogram: &metric.Histogram{Count: 6, Sum: -3.5, Buckets: classic, Native: nativeBuckets()}, Exemplars: []metric.Exemplar{traced}}),
		raw("native", metric.TypeHistogram,
			metric.Sample{Name: "native", Histogram: &metric.Histogram{Count: 6, Sum: -3.5, Native: nativeBuckets()}, Exemplars: []metric.Exemplar{traced}},
			metric.Sample{Name: "native", Labels: metric.MustLabels("n", "empty"), Histogram: &metric.Histogram{Native: &metric.NativeHistogram{Schema: -2}}},
			metric.Sample{Name: "native", Labels: metric.MustLabels("n", "floats"), Histogram: &metric.Histogram{Count: 6, Sum: -3.5, Native: fractional}}),
		raw("waiting", metric.TypeGaugeHistogram,
			metric.Sample{Name: "waiting", Histogram: &metric.Histogram{Count: 0.75, Sum: -1, Buckets: []metric.Bucket{{UpperBound: -1, Count: 0.25}, {UpperBound: inf, Count: 0.75}}}}),
		states, info,
		writtenBare{one("bare", metric.TypeCounter, 1)},
		writtenBare{one("what", metric.TypeInfo, 1, "a", "b")},
	}
}

// writtenBare is a family without the suffix of its type, as other libraries have
// them.
type writtenBare struct{ metric.Family }

func (w writtenBare) Desc() *metric.Desc {
	d := *w.Family.Desc()
	d.Written = d.Name
	return &d
}

// TestPublishEveryType has the page of a process that publishes be that of the
// collector.
func TestPublishEveryType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	c := emitting(everything()...)
	publish(t, s, c, &multiprocess.PublishOptions{Mode: metric.GaugeMax})
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 3 {
		refresh(t, s)
		if diff := cmp.Diff(details(t, c), details(t, merge)); diff != "" {
			t.Fatalf("(-collector +page):\n%s", diff)
		}
	}
	selfSays(t, merge, `files{state="whole"} 1`, `files{state="empty"} 1`, `files{state="damaged"} 0`)
}

// TestPublishExpanded has families in expanded form be what they are in composite
// form.
func TestPublishExpanded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	var expanded []metric.Family
	for _, f := range everything() {
		if slices.Contains([]string{"both", "native"}, f.Desc().Name) {
			continue
		}
		samples, err := metric.Expand(f, true)
		if err != nil {
			t.Fatal(err)
		}
		expanded = append(expanded, raw(f.Desc().Name, f.Desc().Type, samples...))
	}
	c := emitting(expanded...)
	publish(t, s, c, &multiprocess.PublishOptions{Mode: metric.GaugeMax})
	refresh(t, s)
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	if diff := cmp.Diff(page(t, newCollector(t, t.TempDir(), multiprocess.CollectorOptions{})), ""); diff != "" {
		t.Fatal(diff)
	}
	want, got := strings.Split(page(t, c), "\n"), strings.Split(page(t, merge), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-collector +page):\n%s", diff)
	}
}

// TestPublishWhatChanges has what a merge shows differently from the collector.
func TestPublishWhatChanges(t *testing.T) {
	t.Parallel()
	later := metric.NewTimestamp(begun.Seconds()+1, 0)
	custom := &metric.NativeHistogram{
		Schema: metric.CustomBoundsSchema, Count: 6, Sum: 1, CustomBounds: []float64{-1, 5},
		PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 2}}, PositiveCounts: []float64{2, 4},
	}
	for name, test := range map[string]struct {
		typ     metric.Type
		samples []metric.Sample
		want    []string
	}{
		"quantiles": {
			metric.TypeSummary,
			[]metric.Sample{{Name: "x", Summary: &metric.Summary{Count: 1, Sum: 2, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 2}}}}},
			[]string{"x{} 0 count 1 sum 2"},
		},
		"sum not known": {
			metric.TypeHistogram,
			[]metric.Sample{{Name: "x", Histogram: &metric.Histogram{Count: 6, NoSum: true, Buckets: classic}}},
			[]string{"x{} 0 count 6 sum NaN [{0.5 1} {2 4} {+Inf 6}]"},
		},
		"custom bounds": {
			metric.TypeHistogram,
			[]metric.Sample{{Name: "x", Histogram: &metric.Histogram{Count: 6, Sum: 1, Native: custom}}},
			[]string{"x{} 0 count 6 sum 1 [{-1 0} {5 2} {+Inf 6}]"},
		},
		"custom bounds beside classic ones": {
			metric.TypeHistogram,
			[]metric.Sample{{Name: "x", Histogram: &metric.Histogram{Count: 6, Sum: 1, Native: custom, Buckets: classic}}},
			[]string{"x{} 0 count 6 sum 1 [{0.5 1} {2 4} {+Inf 6}]"},
		},
		"NaN among native buckets": {
			metric.TypeHistogram,
			[]metric.Sample{{Name: "x", Histogram: &metric.Histogram{Count: 3, Sum: metric.NaN(), Native: &metric.NativeHistogram{
				Count: 3, Sum: metric.NaN(), ZeroCount: 1,
			}}}},
			[]string{"x{} 0 count 3 sum NaN [] native 3 NaN schema 0 threshold 0 [{0 0 true true 1}]"},
		},
		"several points of a counter": {
			metric.TypeCounter,
			[]metric.Sample{
				{Name: "x_total", Value: 1, Timestamp: begun},
				{Name: "x_total", Value: 2, Timestamp: later},
				{Name: "x_total", Value: 5, Timestamp: begun, Labels: metric.MustLabels("a", "b")},
			},
			[]string{`x_total{a="b"} 5`, `x_total{} 2`},
		},
		"several points of a summary": {
			metric.TypeSummary,
			[]metric.Sample{
				{Name: "x", Summary: &metric.Summary{Count: 1}, Timestamp: begun},
				{Name: "x", Summary: &metric.Summary{Count: 2}, Timestamp: later},
				{Name: "x", Summary: &metric.Summary{Count: 5}, Timestamp: begun, Labels: metric.MustLabels("a", "b")},
			},
			[]string{`x{a="b"} 0 count 5 sum 0`, `x{} 0 count 2 sum 0`},
		},
		"two exemplars of a bucket": {
			metric.TypeHistogram,
			[]metric.Sample{{Name: "x", Histogram: &metric.Histogram{Count: 6, Sum: 9, Buckets: classic}, Exemplars: []metric.Exemplar{
				{Value: 1, Timestamp: begun}, {Value: 1.25, Timestamp: later}, {Value: 9, Timestamp: begun},
			}}},
			[]string{"x{} 0 count 6 sum 9 [{0.5 1} {2 4} {+Inf 6}] # {} 1.25 1700000001.000000000 # {} 9 1700000000.000000005"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openNative(t, dir, "7")
			publish(t, s, emitting(raw("x", test.typ, test.samples...)), nil)
			refresh(t, s)
			got := details(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
			got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "x: ") })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPublishedModes merges what two processes publish, and looks again when one
// of them has ended.
func TestPublishedModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stores []*multiprocess.Store
	for i, id := range []string{"1", "2"} {
		s := openNative(t, dir, id)
		v := float64(i + 1)
		publish(t, s, emitting(
			one("all", metric.TypeGauge, v), one("max", metric.TypeGauge, v), one("min", metric.TypeGauge, v),
			one("recent", metric.TypeGauge, v), one("livesum", metric.TypeGauge, v), one("unknown", metric.TypeUnknown, v),
			one("jobs", metric.TypeCounter, v), one("build", metric.TypeInfo, 1, "version", id),
		), &multiprocess.PublishOptions{Modes: map[string]metric.GaugeMode{
			"max": metric.GaugeMax, "min": metric.GaugeMin, "recent": metric.GaugeMostRecent,
			"livesum": metric.GaugeLiveSum, "unknown": metric.GaugeSum, "jobs": metric.GaugeMax,
		}})
		refresh(t, s)
		stores = append(stores, s)
	}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := lines(
		`# all gauge`, `all{pid="1"} 1`, `all{pid="2"} 2`,
		`# build info`, `build_info{version="1"} 1`, `build_info{version="2"} 1`,
		`# jobs counter`, `jobs_total{} 3`, `# livesum gauge`, `livesum{} 3`, `# max gauge`, `max{} 2`,
		`# min gauge`, `min{} 1`, `# recent gauge`, `recent{} 2`, `# unknown unknown`, `unknown{} 3`,
	)
	if got := page(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	closed(t, stores[1])
	want = lines(
		`# all gauge`, `all{pid="1"} 1`, `all{pid="2"} 2`, `# build info`, `build_info{version="1"} 1`,
		`# jobs counter`, `jobs_total{} 3`, `# livesum gauge`, `livesum{} 1`, `# max gauge`, `max{} 2`,
		`# min gauge`, `min{} 1`, `# recent gauge`, `recent{} 2`, `# unknown unknown`, `unknown{} 3`,
	)
	for range 2 {
		if got := page(t, c); got != want {
			t.Errorf("after one has ended: got\n%s\nwant\n%s", got, want)
		}
	}
}

// published returns the names of publications in a directory.
func published(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "p-*.pm"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestStopPublishing has two publishers of one family, and ends one after the
// other.
func TestStopPublishing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	first, second := emitting(one("jobs", metric.TypeCounter, 1)), emitting(one("jobs", metric.TypeCounter, 2))
	stops := []func(){publish(t, s, first, nil), publish(t, s, first, nil), publish(t, s, second, nil)}
	if names := published(t, dir); len(names) > 0 {
		t.Errorf("before anything was collected there is %q", names)
	}
	refresh(t, s)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for i, want := range []string{"jobs_total{} 3\n", "jobs_total{} 3\n", "jobs_total{} 2\n", ""} {
		if i > 0 {
			stops[i-1]()
			stops[i-1]() // does nothing
		}
		if got := strings.TrimPrefix(page(t, c), "# jobs counter\n"); got != want {
			t.Errorf("after %d calls of stop: got %q, want %q", i, got, want)
		}
	}
	if names := published(t, dir); len(names) > 0 {
		t.Errorf("in the end there is %q", names)
	}
	refresh(t, s)
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	c := emitting()
	if _, err := s.Publish(nil, nil); err == nil {
		t.Error("nil was published")
	}
	for _, o := range []*multiprocess.PublishOptions{{Mode: 99}, {Modes: map[string]metric.GaugeMode{"x": 99}}} {
		if _, err := s.Publish(c, o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	python := openStore(t, t.TempDir(), multiprocess.Options{Format: multiprocess.FormatPython})
	if _, err := python.Publish(c, nil); !errors.Is(err, cell.ErrUnsupported) {
		t.Errorf("in the Python format: %v", err)
	}
	refresh(t, python)
	closed(t, s)
	if _, err := s.Publish(c, nil); !errors.Is(err, cell.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := s.Refresh(t.Context()); !errors.Is(err, cell.ErrClosed) {
		t.Errorf("Refresh after Close: %v", err)
	}
	if names, _ := os.ReadDir(dir); len(names) > 0 {
		t.Errorf("there is %v", names)
	}
}
