//go:build unix

package multiprocess_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestNativeCrashes has a process die, or stop for ever, in its kth system call or
// store, for all k until none is left. Whoever reads its file then sees everything
// that it acknowledged, and nothing else.
func TestNativeCrashes(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		w := newDoomed(t, k)
		w.run()
		if !w.kernel.Crashed() {
			if k < 50 {
				t.Errorf("only %d calls", k)
			}
			return
		}
		w.check("stopped", false)
		w.kernel.Bury()
		w.check("buried", true)
		w.succeed()
		if t.Failed() {
			return
		}
	}
}

// doomed is a process that is going to die.
type doomed struct {
	*testing.T
	k      int
	dir    string
	kernel *mappedtest.Crash
	store  *multiprocess.Store
	// counted is what was acknowledged, by series; open is what a call that did
	// not return may have changed.
	counted map[string]float64
	open    string
	info    []string // the texts that it may show
}

func newDoomed(t *testing.T, k int) *doomed {
	return &doomed{T: t, k: k, dir: t.TempDir(), kernel: mappedtest.CrashAt(mapped.System(), k), counted: map[string]float64{}}
}

// run counts and deletes until the end.
func (w *doomed) run() {
	var err error
	o := quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("doomed")})
	if w.store, err = multiprocess.OpenWith(w.dir, o, w.kernel); err != nil {
		return
	}
	for i := range 4 {
		w.counter("a", fmt.Sprint(i))
		w.counter("b", fmt.Sprint(i, longLabel[:9000]))
		w.native(int32(i))
		w.text(fmt.Sprint(i))
		w.delete("a", "1")
		w.reset("a", "0")
	}
	w.attempt("closing")
	_ = w.store.Close()
}

func (w *doomed) attempt(what string) {
	if !w.kernel.Crashed() {
		w.open = what
	}
}

func (w *doomed) counter(label, value string) {
	place, err := w.store.Open(counterSpec(label), []string{value})
	if err != nil || w.kernel.Crashed() {
		return
	}
	place.Words[0].Add(2)
	cell.FloatAt(place.Words[1]).Add(0.5)
	w.counted[fmt.Sprintf("jobs_total{%s=%q}", label, value)] += 2.5
}

func (w *doomed) native(number int32) {
	place, err := w.store.Open(nativeSpec(0), nil)
	if err != nil || w.kernel.Crashed() {
		return
	}
	words, err := place.Annex.Chunk(0, number, false)
	if err == nil && place.Annex.Exemplar(int(number), exemplar("x", 1, int64(number))) == nil && !w.kernel.Crashed() {
		words[1].Add(1)
		w.counted["size_count{}"]++
		w.counted[`size_bucket{le="+Inf"}`]++
	}
}

func (w *doomed) text(version string) {
	place, err := w.store.Open(infoSpec(), []string{"x"})
	if err != nil || w.kernel.Crashed() {
		return
	}
	line := fmt.Sprintf(`build_info{part="x",version=%q}`, version)
	w.info = append(w.info, line)
	if place.Annex.Text(metric.MustLabels("version", version)) == nil && !w.kernel.Crashed() {
		w.info = []string{line}
	}
}

func (w *doomed) delete(label, value string) {
	w.attempt(fmt.Sprintf("jobs_total{%s=%q}", label, value))
	w.store.Remove(counterSpec(label), []string{value})
	if !w.kernel.Crashed() {
		w.counted[w.open], w.open = 0, ""
	}
}

func (w *doomed) reset(label, value string) {
	place, err := w.store.Open(counterSpec(label), []string{value})
	if err != nil || w.kernel.Crashed() {
		return
	}
	place.Words[0].Store(0)
	place.Words[1].Store(0)
	w.counted[fmt.Sprintf("jobs_total{%s=%q}", label, value)] = 0
	_ = place.Annex.Reset(now())
}

// check compares the page with what was acknowledged.
func (w *doomed) check(when string, ended bool) {
	w.Helper()
	c := newCollector(w.T, w.dir, multiprocess.CollectorOptions{})
	got, infos := map[string]float64{}, []string{}
	for line := range strings.Lines(undated(w.T, c)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		name += "}"
		var v float64
		if _, err := fmt.Sscan(value, &v); err != nil || v == 0 {
			continue // a family, or a series that nobody has counted in yet
		}
		if strings.HasPrefix(name, "build_info") {
			infos = append(infos, name)
			continue
		}
		got[name] = v
	}
	want := maps.Clone(w.counted)
	for name := range want {
		if want[name] == 0 || name == w.open && got[name] == 0 {
			delete(want, name)
		}
	}
	if !maps.Equal(got, want) {
		w.Errorf("%s at call %d: got %v, want %v", when, w.k, short(got), short(want))
	}
	w.checkInfos(when, ended, infos)
	selfSays(w.T, c, `files{state="damaged"} 0`, `files{state="skipped"} 0`)
}

// checkInfos compares the text of the info, which the dead do not show.
func (w *doomed) checkInfos(when string, ended bool, infos []string) {
	w.Helper()
	infos = slices.DeleteFunc(infos, func(name string) bool { return name == `build_info{part="x"}` && len(w.info) < 2 })
	switch {
	case w.open == "closing":
	case ended && len(infos) > 0:
		w.Errorf("%s at call %d: it shows %q", when, w.k, infos)
	case ended:
	case len(infos) == 0 && len(w.info) > 1, slices.ContainsFunc(infos, func(name string) bool { return !slices.Contains(w.info, name) }):
		// In the middle of a replacement, both are there.
		w.Errorf("%s at call %d: it shows %q, not one of %q", when, w.k, infos, w.info)
	}
}

func short(counts map[string]float64) map[string]float64 {
	shortened := map[string]float64{}
	for name, v := range counts {
		shortened[strings.ReplaceAll(name, longLabel[:9000], "…")] = v
	}
	return shortened
}

// succeed has another process go on in the directory.
func (w *doomed) succeed() {
	w.Helper()
	s := openNative(w.T, w.dir, "doomed")
	countOne(w.T, s, counterSpec("a"), "0")
	if s.Identifier() != "doomed" {
		w.Errorf("call %d: the next one is called %q", w.k, s.Identifier())
	}
	w.counted[`jobs_total{a="0"}`]++
	w.check("succeeded", true)
	closed(w.T, s)
}
