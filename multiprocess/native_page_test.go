//go:build unix

package multiprocess_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// openNative opens a store of the native format.
func openNative(t testing.TB, dir, identifier string) *multiprocess.Store {
	t.Helper()
	return openStore(t, dir, multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named(identifier)})
}

// closed closes a store before its time, so that its process has ended.
func closed(t testing.TB, s *multiprocess.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// count adds to a word that is a whole number.
func count(t testing.TB, place cell.Place, word int, n uint64) {
	t.Helper()
	if !cell.WholeAt(place.Words[word]).Add(n) {
		t.Fatal("the word is retired")
	}
}

// countOne counts one in a counter of a store.
func countOne(t testing.TB, s *multiprocess.Store, spec *cell.Spec, values ...string) {
	t.Helper()
	count(t, openPlace(t, s, spec, values...), 0, 1)
}

// set sets a gauge at a time in nanoseconds.
func set(place cell.Place, v float64, at int64) {
	cell.FloatAt(place.Words[0]).Set(v)
	place.Words[1].Store(uint64(at))
}

// observe counts a value in the classic buckets of a histogram.
func observe(t testing.TB, place cell.Place, bounds []float64, v float64) {
	t.Helper()
	count(t, place, slices.IndexFunc(bounds, func(bound float64) bool { return v <= bound }), 1)
	add(t, place, len(bounds), v)
}

// nativeSpec is a histogram that has native buckets, and classic ones if there
// are bounds.
func nativeSpec(threshold float64, bounds ...float64) *cell.Spec {
	spec := &cell.Spec{
		Desc:   metric.Desc{Name: "size", Help: "Size.", Type: metric.TypeHistogram},
		Native: true, ZeroThreshold: threshold,
	}
	if len(bounds) > 0 {
		spec.Bounds = append(bounds, math.Inf(1))
	}
	return spec
}

func infoSpec() *cell.Spec {
	return &cell.Spec{Desc: metric.Desc{Name: "build", Help: "What runs.", Type: metric.TypeInfo, LabelNames: []string{"part"}}}
}

func statesSpec(states ...string) *cell.Spec {
	return &cell.Spec{Desc: metric.Desc{Name: "phase", Help: "What it does.", Type: metric.TypeStateSet}, States: states}
}

// chunk returns the words of native buckets.
func chunk(t testing.TB, place cell.Place, schema, number int32, negative bool) cell.Place {
	t.Helper()
	words, err := place.Annex.Chunk(schema, number, negative)
	if err != nil {
		t.Fatal(err)
	}
	var chunk cell.Place
	for i := range words {
		chunk.Words = append(chunk.Words, &words[i])
	}
	return chunk
}

// exemplar is one with a trace, observed at a second.
func exemplar(trace string, v float64, second int64) *metric.Exemplar {
	return &metric.Exemplar{Labels: metric.MustLabels("trace_id", trace), Value: v, Timestamp: metric.NewTimestamp(second, 0)}
}

func keepExemplar(t testing.TB, place cell.Place, slot int, e *metric.Exemplar) {
	t.Helper()
	if err := place.Annex.Exemplar(slot, e); err != nil {
		t.Fatal(err)
	}
}

// say makes the text of an info what it is from then on.
func say(t testing.TB, place cell.Place, names ...string) {
	t.Helper()
	if err := place.Annex.Text(metric.MustLabels(names...)); err != nil {
		t.Fatal(err)
	}
}

// undated is page without the lines that say when a series began.
func undated(t testing.TB, c metric.Collector) string {
	t.Helper()
	return withoutStarts(page(t, c))
}

func withoutStarts(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if !strings.Contains(line, "_created{") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// undatedDir is undated for a collector that sees the directory for the first
// time.
func undatedDir(t testing.TB, dir string) string {
	t.Helper()
	return undated(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
}

// snapshots returns the families of a page by name. All must be valid.
func snapshots(t testing.TB, c metric.Collector) map[string]*metric.Snapshot {
	t.Helper()
	families := map[string]*metric.Snapshot{}
	err := c.Collect(t.Context(), func(f metric.Family) error {
		s, err := metric.Copy(f)
		if err != nil {
			return err
		}
		families[s.Desc().Name] = s
		return s.Validate(metric.UTF8Validation)
	})
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// sampleOf returns the sample of a family with these labels, as they are written
// in braces, or nil.
func sampleOf(t testing.TB, c metric.Collector, family, labels string) *metric.Sample {
	t.Helper()
	f := snapshots(t, c)[family]
	if f == nil {
		return nil
	}
	var found *metric.Sample
	if err := f.Each(func(s *metric.Sample) error {
		if s.Labels.String() == labels {
			found = s.Clone()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// shows fails the test unless the page of a directory, but for starts, has these
// lines.
func shows(t testing.TB, dir string, want ...string) {
	t.Helper()
	if got := undatedDir(t, dir); got != lines(want...) {
		t.Errorf("got\n%s\nwant\n%s", got, lines(want...))
	}
}

// nativeHeader is that of a process file of this boot.
func nativeHeader(identifier string) *pmfile.Header {
	return &pmfile.Header{
		Role: pmfile.RoleProcess, ID: pmfile.NewID(), Boot: mapped.Boot(), Created: 1, PID: 1, Identifier: identifier,
	}
}

// putNative writes the file of a process that has ended.
func putNative(t testing.TB, dir string, h *pmfile.Header, fill func(b *pmfile.Builder)) string {
	t.Helper()
	b := pmfile.NewBuilder(h)
	fill(b)
	return putBytes(t, dir, pmfile.FileName(h.Role, h.ID), b.Bytes())
}

// nativeFiles returns the names of process files.
func nativeFiles(t testing.TB, dir string) []string {
	t.Helper()
	return slices.DeleteFunc(list(t, dir), func(name string) bool { return !strings.HasPrefix(name, "w-") })
}

// selfSays fails the test unless the collector's metrics about itself have all
// these lines.
func selfSays(t testing.TB, c *multiprocess.Collector, want ...string) {
	t.Helper()
	self := page(t, c.SelfMetrics())
	for _, line := range want {
		if !strings.Contains(self, "polymeter_multiprocess_"+line+"\n") {
			t.Errorf("no %q in\n%s", line, self)
		}
	}
}

// problem is how self-metrics name a file.
func problem(path, reason string) string {
	return fmt.Sprintf("file_problem{file=%q,reason=%q} 1", path, reason)
}
