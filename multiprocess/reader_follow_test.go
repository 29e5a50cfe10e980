//go:build unix

package multiprocess_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polymeter.dev/multiprocess"
)

func TestFollowing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	expect := func(step string, want ...string) {
		t.Helper()
		if got := page(t, c); got != lines(want...) {
			t.Fatalf("%s: got\n%s", step, got)
		}
	}
	one := putBytes(t, dir, "counter_1.db", nil)
	expect("a file without a header")
	rewrite(t, one, make([]byte, 65536))
	expect("a file without entries")
	grow := func(path string, entries ...pyEntry) {
		t.Helper()
		data := pyBytes(true, entries...)
		rewrite(t, path, append(data, make([]byte, 4096)...))
	}
	grow(one, counter("a", "", 1))
	expect("its first entry", `# a counter`, `a_total{} 1`)
	grow(one, counter("a", "", 2), counter("b", "", 1))
	expect("its second", `# a counter`, `a_total{} 2`, `# b counter`, `b_total{} 1`)
	two := put(t, dir, "counter_2.db", counter("b", "", 5), counter("c", "", 7))
	expect("another file", `# a counter`, `a_total{} 2`, `# b counter`, `b_total{} 6`, `# c counter`, `c_total{} 7`)
	setValue(t, two, len(pyBytes(true, counter("b", "", 5)))-16, 6)
	expect("a value", `# a counter`, `a_total{} 2`, `# b counter`, `b_total{} 7`, `# c counter`, `c_total{} 7`)
	os.Remove(one)
	expect("the first is gone", `# b counter`, `b_total{} 6`, `# c counter`, `c_total{} 7`)
	put(t, dir, "counter_1.db", counter("c", "", 1))
	expect("its identifier is used again", `# b counter`, `b_total{} 6`, `# c counter`, `c_total{} 8`)
	if err := os.Rename(two, filepath.Join(dir, "counter_2.db_sealed.db")); err != nil {
		t.Fatal(err)
	}
	expect("the second has another name", `# b counter`, `b_total{} 6`, `# c counter`, `c_total{} 8`)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	expect("no directory")
}

// A file may be written anew in place with other keys of the same lengths.
func TestOtherKeysInPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := put(t, dir, "counter_1.db", counter("a", "", 1), counter("b", "", 2))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	page(t, c)
	rewrite(t, path, pyBytes(true, counter("a", "", 3), counter("x", "", 4)))
	if got := page(t, c); got != lines(`# a counter`, `a_total{} 3`, `# x counter`, `x_total{} 4`) {
		t.Errorf("got\n%s", got)
	}
	path = put(t, dir, "gauge_all_1.db", pyEntry{key("g", "g", `"n": "1"`), 1, 0})
	page(t, c)
	rewrite(t, path, pyBytes(true, pyEntry{key("g", "g", `"n": "2"`), 2, 0}))
	if got := page(t, c); !strings.Contains(got, lines(`# g gauge`, `g{n="2",pid="1"} 2`)) {
		t.Errorf("got\n%s", got)
	}
}

// Keys that no file lists any more are forgotten, and the rest still adds up.
func TestForgettingKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var many []pyEntry
	for i := range 3000 {
		many = append(many, counter("many", fmt.Sprintf(`"n": "%d"`, i), 1))
	}
	path := put(t, dir, "counter_1.db", many...) // the first, so that the others get new numbers
	put(t, dir, "counter_2.db", counter("stays", "", 1), counter("too", "", 5))
	put(t, dir, "counter_3.db", counter("stays", "", 2))
	put(t, dir, "gauge_all_2.db", gauge("g", 3, 0))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := page(t, c); strings.Count(got, "many_total") != 3000 {
		t.Fatalf("got %d series", strings.Count(got, "many_total"))
	}
	os.Remove(path)
	want := lines(`# g gauge`, `g{pid="2"} 3`, `# stays counter`, `stays_total{} 3`, `# too counter`, `too_total{} 5`)
	for range 2 {
		if got := page(t, c); got != want {
			t.Fatalf("got\n%s", got)
		}
	}
	put(t, dir, "counter_1.db", many...)
	if got := page(t, c); strings.Count(got, "many_total") != 3000 || !strings.Contains(got, "stays_total{} 3\n") {
		t.Errorf("got %d series", strings.Count(got, "many_total"))
	}
}

// What a following scrape costs in allocations depends on files, not entries.
func TestFollowingScrapeAllocations(t *testing.T) {
	const files = 8
	measure := func(n int) float64 {
		dir := t.TempDir()
		for p := range files {
			var entries []pyEntry
			for i := range n {
				entries = append(entries, pyEntry{counterKey(i), 1, 0})
			}
			put(t, dir, fmt.Sprintf("counter_%d.db", p), entries...)
			entries = nil
			for i := range n {
				entries = append(entries, pyEntry{histogramKey(i), 1, 0})
			}
			put(t, dir, fmt.Sprintf("histogram_%d.db", p), entries...)
		}
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		drain(t, c)
		return testing.AllocsPerRun(10, func() { drain(t, c) })
	}
	few, many := measure(10), measure(3000)
	if many > few+20 {
		t.Errorf("%v allocations for 10 entries a file, %v for 3,000", few, many)
	}
}

// A collector that followed a directory through any changes shows what one
// shows that sees it for the first time.
func TestFollowingEqualsStartingAnew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		c := newCollector(t, dir, multiprocess.CollectorOptions{})
		w := world{t: t, dir: dir, files: map[string]*worldFile{}}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			w.step(rt)
			if rapid.Bool().Draw(rt, "scrape") {
				got, want := page(t, c), page(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
				if got != want {
					rt.Fatalf("following:\n%s\nanew:\n%s", got, want)
				}
			}
		}
	})
}

// world is a directory with the files of some processes.
type world struct {
	t     *testing.T
	dir   string
	files map[string]*worldFile
}

type worldFile struct {
	stamped bool
	entries []pyEntry
}

func (w *world) step(rt *rapid.T) {
	name := rapid.SampledFrom([]string{
		"counter_1.db", "counter_2.db", "counter_3.db", "histogram_1.db", "histogram_2.db", "summary_1.db", "summary_2.db",
		"gauge_all_1.db", "gauge_all_2.db", "gauge_livemax_1.db", "gauge_sum_2.db", "gauge_mostrecent_1.db",
	}).Draw(rt, "file")
	f := w.files[name]
	switch rapid.IntRange(0, 9).Draw(rt, "operation") {
	case 0:
		delete(w.files, name)
		os.Remove(filepath.Join(w.dir, name))
		return
	case 1: // the same identifier, another process
		os.Remove(filepath.Join(w.dir, name))
		f = nil
	}
	if f == nil {
		f = &worldFile{stamped: rapid.Bool().Draw(rt, "stamped")}
		w.files[name] = f
	}
	kind, _, _ := strings.Cut(name, "_")
	for range rapid.IntRange(0, 4).Draw(rt, "new entries") {
		f.add(randomKey(rt, kind))
	}
	for i := range f.entries {
		f.entries[i].value = float64(rapid.IntRange(0, 100).Draw(rt, "value"))
		f.entries[i].time = float64(rapid.IntRange(0, 5).Draw(rt, "time"))
	}
	w.write(name, f)
}

func (f *worldFile) add(key string) {
	if !slices.ContainsFunc(f.entries, func(e pyEntry) bool { return e.key == key }) {
		f.entries = append(f.entries, pyEntry{key: key})
	}
}

// write writes in place, as a writer does: entries first, then how many bytes
// are in use.
func (w *world) write(name string, f *worldFile) {
	data := pyBytes(f.stamped, f.entries...)
	file, err := os.OpenFile(filepath.Join(w.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(data[8:], 8); err != nil {
		w.t.Fatal(err)
	}
	var header [8]byte
	binary.NativeEndian.PutUint32(header[:], uint32(len(data)))
	if _, err := file.WriteAt(header[:], 0); err != nil {
		w.t.Fatal(err)
	}
}

func randomKey(rt *rapid.T, kind string) string {
	family := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "family")
	labels := rapid.SampledFrom([]string{``, `"x": "1"`, `"x": "2", "y": "\u00e9"`}).Draw(rt, "labels")
	help := rapid.SampledFrom([]string{"One.", "Two."}).Draw(rt, "help")
	sample := family
	switch kind {
	case "counter":
		sample += "_total"
	case "summary":
		sample += rapid.SampledFrom([]string{"_sum", "_count"}).Draw(rt, "sample")
	case "histogram":
		sample += "_sum"
		if bound := rapid.SampledFrom([]string{"", "1.0", "2.5", "+Inf"}).Draw(rt, "bound"); bound != "" {
			sample = family + "_bucket"
			labels = strings.TrimPrefix(labels+`, "le": "`+bound+`"`, ", ")
		}
	}
	return fmt.Sprintf(`["%s", "%s", {%s}, "%s"]`, family, sample, labels, help)
}

// Of two values set at the same time the one of the first file shows, also when
// that file came later.
func TestFollowingKeepsTheOrderOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := world{t: t, dir: dir}
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for _, f := range []struct {
		name, key string
		value     float64
	}{
		{"gauge_sum_2.db", `["c", "c", {}, "One."]`, 0},
		{"gauge_mostrecent_1.db", `["c", "c", {}, "Two."]`, 1},
	} {
		w.write(f.name, &worldFile{stamped: true, entries: []pyEntry{{key: f.key, value: f.value, time: 4}}})
		page(t, c)
	}
	if got, want := page(t, c), page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); got != want {
		t.Errorf("following:\n%s\nanew:\n%s", got, want)
	}
}
