//go:build unix

package multiprocess_test

import (
	"strings"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestNativeGaugeModes has a gauge in all modes set by two processes that are
// alive and by two that have ended.
func TestNativeGaugeModes(t *testing.T) {
	t.Parallel()
	all := []string{`depth{pid="1"} 3`, `depth{pid="2"} 7`, `depth{pid="3"} -5`, `depth{pid="4"} 50`}
	for mode, want := range map[metric.GaugeMode][]string{
		metric.GaugeAll:            all,
		metric.GaugeLiveAll:        all[:2],
		metric.GaugeMin:            {`depth{} -5`},
		metric.GaugeLiveMin:        {`depth{} 3`},
		metric.GaugeMax:            {`depth{} 50`},
		metric.GaugeLiveMax:        {`depth{} 7`},
		metric.GaugeSum:            {`depth{} 55`},
		metric.GaugeLiveSum:        {`depth{} 10`},
		metric.GaugeMostRecent:     {`depth{} 50`},
		metric.GaugeLiveMostRecent: {`depth{} 3`},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := newCollector(t, dir, multiprocess.CollectorOptions{})
			var stores []*multiprocess.Store
			for i, v := range []float64{3, 7, -5, 50} {
				s := openNative(t, dir, string(rune('1'+i)))
				set(openPlace(t, s, gaugeSpec(mode)), v, []int64{20, 10, 30, 40}[i])
				stores = append(stores, s)
				undated(t, c)
			}
			closed(t, stores[2])
			closed(t, stores[3])
			if got := undated(t, c); got != lines(append([]string{`# depth gauge`}, want...)...) {
				t.Errorf("following: got\n%s", got)
			}
			shows(t, dir, append([]string{`# depth gauge`}, want...)...)
			closed(t, stores[0])
			closed(t, stores[1])
			if got := undated(t, c); mode.Live() != (got == "") {
				t.Errorf("when all have ended:\n%s", got)
			}
		})
	}
}

// A gauge in a mode of most recent is nowhere before it is set.
func TestNativeGaugesNeverSet(t *testing.T) {
	t.Parallel()
	for mode := metric.GaugeAll; mode.Valid(); mode++ {
		dir := t.TempDir()
		openPlace(t, openNative(t, dir, "1"), gaugeSpec(mode))
		want := map[metric.GaugeMode][]string{
			metric.GaugeMostRecent: {`# depth gauge`},
			metric.GaugeAll:        {`# depth gauge`, `depth{pid="1"} 0`},
		}[mode.Base()]
		if want == nil {
			want = []string{`# depth gauge`, `depth{} 0`}
		}
		shows(t, dir, want...)
	}
}

// A NaN gives way to numbers in min and max.
func TestNativeGaugesOfNaN(t *testing.T) {
	t.Parallel()
	for mode, want := range map[metric.GaugeMode]string{
		metric.GaugeMin: `depth{} 2`, metric.GaugeLiveMax: `depth{} 2`, metric.GaugeSum: `depth{} NaN`,
	} {
		dir := t.TempDir()
		set(openPlace(t, openNative(t, dir, "1"), gaugeSpec(mode)), metric.NaN(), 0)
		shows(t, dir, `# depth gauge`, `depth{} NaN`)
		set(openPlace(t, openNative(t, dir, "2"), gaugeSpec(mode)), 2, 0)
		shows(t, dir, `# depth gauge`, want)
	}
}

func TestNativeModesOverride(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, id := range []string{"1", "2"} {
		s := openNative(t, dir, id)
		set(openPlace(t, s, gaugeSpec(metric.GaugeAll)), float64(i+1), 0)
		spec := gaugeSpec(metric.GaugeMostRecent)
		spec.Name = "latest"
		set(openPlace(t, s, spec), float64(i+1), int64(9-i))
		say(t, openPlace(t, s, infoSpec(), "x"), "version", "1")
		openPlace(t, s, statesSpec("a", "b")).Words[0].Store(uint64(1 << i))
	}
	any := []string{`# build info`, `build_info{part="x",version="1"} 1`}
	anyState := []string{`# phase stateset`, `phase{phase="a"} 1`, `phase{phase="b"} 1`}
	for mode, want := range map[metric.GaugeMode][]string{
		metric.GaugeAll: {
			`# build info`, `build_info{part="x",pid="1",version="1"} 1`, `build_info{part="x",pid="2",version="1"} 1`,
			`# depth gauge`, `depth{pid="1"} 1`, `depth{pid="2"} 2`,
			`# latest gauge`, `latest{pid="1"} 1`, `latest{pid="2"} 2`,
			`# phase stateset`, `phase{phase="a",pid="1"} 1`, `phase{phase="a",pid="2"} 0`,
			`phase{phase="b",pid="1"} 0`, `phase{phase="b",pid="2"} 1`,
		},
		metric.GaugeMin:        append(append(any, `# depth gauge`, `depth{} 1`, `# latest gauge`, `latest{} 1`), anyState...),
		metric.GaugeLiveMax:    append(append(any, `# depth gauge`, `depth{} 2`, `# latest gauge`, `latest{} 2`), anyState...),
		metric.GaugeSum:        append(append(any, `# depth gauge`, `depth{} 3`, `# latest gauge`, `latest{} 3`), anyState...),
		metric.GaugeMostRecent: append(append(any, `# depth gauge`, `depth{pid="1"} 1`, `depth{pid="2"} 2`, `# latest gauge`, `latest{} 1`), anyState...),
	} {
		modes := map[string]metric.GaugeMode{"depth": mode, "latest": mode, "build": mode, "phase": mode}
		c := newCollector(t, dir, multiprocess.CollectorOptions{Modes: modes})
		for range 2 {
			if got := undated(t, c); got != lines(want...) {
				t.Errorf("%v: got\n%s\nwant\n%s", mode, got, lines(want...))
			}
		}
	}
}

// The label of the process gives way to one of the application.
func TestNativeLabelOfTheApplication(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, id := range []string{"1", "2"} {
		spec := gaugeSpec(metric.GaugeAll)
		spec.LabelNames = []string{"pid"}
		s := openNative(t, dir, id)
		set(openPlace(t, s, spec, "app"), 5, 0)
		set(openPlace(t, s, spec, "other"), 6, 0)
	}
	shows(t, dir, `# depth gauge`,
		`depth{pid="app",process_id="1"} 5`, `depth{pid="app",process_id="2"} 5`,
		`depth{pid="other",process_id="1"} 6`, `depth{pid="other",process_id="2"} 6`)
}

// TestNativeInfos replaces the text of an info, which living processes show, and
// one that several say once.
func TestNativeInfos(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	a, b := openNative(t, dir, "1"), openNative(t, dir, "2")
	first, second := openPlace(t, a, infoSpec(), "x"), openPlace(t, b, infoSpec(), "x")
	expect := func(want ...string) {
		t.Helper()
		if got := undated(t, c); got != lines(want...) {
			t.Errorf("got\n%s\nwant\n%s", got, lines(want...))
		}
		shows(t, dir, want...)
	}
	say(t, first, "version", "1")
	say(t, second, "version", "1")
	expect(`# build info`, `build_info{part="x",version="1"} 1`)
	for range 3 {
		say(t, first, "version", "2", "é", "\n\"")
	}
	expect(`# build info`, `build_info{part="x",version="1"} 1`, `build_info{part="x",version="2","é"="\n\""} 1`)
	say(t, second)
	expect(`# build info`, `build_info{part="x"} 1`, `build_info{part="x",version="2","é"="\n\""} 1`)
	again := openPlace(t, a, infoSpec(), "x")
	say(t, again, "version", "3")
	expect(`# build info`, `build_info{part="x"} 1`, `build_info{part="x",version="3"} 1`)
	closed(t, a)
	expect(`# build info`, `build_info{part="x"} 1`)
	b.Remove(infoSpec(), []string{"x"})
	expect()
}

// A state holds when any process that is alive says so.
func TestNativeStateSets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openNative(t, dir, "1"), openNative(t, dir, "2")
	first, second := openPlace(t, a, statesSpec("x", "y", "z")), openPlace(t, b, statesSpec("z", "y"))
	first.Words[0].Store(0b011)
	second.Words[0].Store(0b00)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	expect := func(x, y, z string) {
		t.Helper()
		want := lines(`# phase stateset`, `phase{phase="x"} `+x, `phase{phase="y"} `+y, `phase{phase="z"} `+z)
		want = strings.ReplaceAll(want, `phase{phase="x"} `+"-\n", "")
		if got := undated(t, c); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	expect("1", "1", "0")
	second.Words[0].Store(0b01)
	expect("1", "1", "1")
	first.Words[0].Store(0b100)
	expect("0", "0", "1")
	closed(t, a)
	expect("-", "0", "1")
}

// A place of a gauge says that its time is in nanoseconds.
func TestNativePlaces(t *testing.T) {
	t.Parallel()
	s := openNative(t, t.TempDir(), "1")
	for _, tc := range []struct {
		spec    *cell.Spec
		values  []string
		words   int
		stamped bool
	}{
		{counterSpec(), nil, 2, false},
		{gaugeSpec(metric.GaugeLiveMin), nil, 2, true},
		{summarySpec(), nil, 2, false},
		{histogramSpec(1, 2), []string{"/", "200"}, 4, false},
		{nativeSpec(0), nil, 3, false},
		{nativeSpec(0, 1), nil, 5, false},
		{infoSpec(), []string{"x"}, 0, false},
		{statesSpec("a", "b"), nil, 1, false},
	} {
		p := openPlace(t, s, tc.spec, tc.values...)
		if len(p.Words) != tc.words || p.Stamped != tc.stamped || !p.Whole || !p.Nanoseconds || p.Annex == nil || p.Start == nil {
			t.Errorf("%v: %+v", tc.spec.Type, p)
		}
		if len(p.Block) != len(p.Words) {
			t.Errorf("%v: a block of %d words", tc.spec.Type, len(p.Block))
		}
		for i, w := range p.Words {
			if w.Load() != 0 || w != &p.Block[i] {
				t.Errorf("%v: word %d", tc.spec.Type, i)
			}
		}
	}
}
