//go:build unix

package multiprocess_test

import (
	"context"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// pools is a directory of four processes with a gauge, of which the last two have
// ended. Its labels may be those by which processes are told apart.
func pools(t *testing.T, mode metric.GaugeMode, names, values []string) string {
	t.Helper()
	dir := t.TempDir()
	for i, id := range []string{"p1", "p2", "p3", "p4"} {
		s := openNative(t, dir, id)
		spec := *gaugeSpec(mode)
		spec.Name, spec.LabelNames = "pool", names
		set(openPlace(t, s, &spec, values...), []float64{1, 4, 3, 4}[i], int64(i+1))
		if i >= 2 {
			closed(t, s)
		}
	}
	return dir
}

// TestModesOverrideTheFolded shows gauges that each process has for itself as they
// are, and in other modes. Folding the dead changes nothing.
func TestModesOverrideTheFolded(t *testing.T) {
	t.Parallel()
	labels := []struct {
		names, values []string
		shown         string
	}{
		{nil, nil, ""},
		{[]string{"x"}, []string{"y"}, `x="y"`},
		{[]string{"pid"}, []string{"mine"}, `pid="mine"`},
		{[]string{"pid"}, []string{""}, `pid=""`},
		{[]string{"process_id"}, []string{"mine"}, `process_id="mine"`},
		{[]string{"pid", "process_id"}, []string{"mine", ""}, `pid="mine",process_id=""`},
		{[]string{"pid", "process_id"}, []string{"", ""}, `pid="",process_id=""`},
	}
	for mode, want := range map[metric.GaugeMode]string{
		metric.GaugeSum: "12", metric.GaugeMin: "1", metric.GaugeMax: "4", metric.GaugeLiveSum: "5", metric.GaugeAll: "",
	} {
		for _, l := range labels {
			dir := pools(t, metric.GaugeAll, l.names, l.values)
			o := multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"pool": mode}}
			following := newCollector(t, dir, o)
			before := page(t, following)
			if want := lines("# pool gauge", "pool{"+l.shown+"} "+want); before != want && mode != metric.GaugeAll {
				t.Errorf("%v: got\n%s\nwant\n%s", mode, before, want)
			}
			compact(t, dir)
			for range 2 {
				for _, c := range []*multiprocess.Collector{following, newCollector(t, dir, o)} {
					if got := page(t, c); got != before {
						t.Errorf("%v, folded: got\n%s\nwant\n%s", mode, got, before)
					}
				}
			}
		}
	}
}

// TestModesCannotTakeTheFoldedApart shows each process's own value of gauges that
// are declared in another mode: of the dead there is only what they were together,
// which says nothing about any of them.
func TestModesCannotTakeTheFoldedApart(t *testing.T) {
	t.Parallel()
	for _, mode := range []metric.GaugeMode{metric.GaugeSum, metric.GaugeMax, metric.GaugeMostRecent} {
		dir := pools(t, mode, nil, nil)
		put(t, dir, "gauge_sum_5.db", gauge("python", 7, 0))
		o := multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{
			"pool": metric.GaugeAll, "python": metric.GaugeAll, "ended": metric.GaugeAll,
		}}
		c := newCollector(t, dir, o)
		want := lines("# pool gauge", `pool{pid="p1"} 1`, `pool{pid="p2"} 4`, `pool{pid="p3"} 3`, `pool{pid="p4"} 4`,
			"# python gauge", `python{pid="5"} 7`)
		if got := page(t, c); got != want {
			t.Errorf("%v: got\n%s\nwant\n%s", mode, got, want)
		}
		compact(t, dir)
		put(t, dir, "gauge_sum_polymeter-archive.db", gauge("python", 9, 0), gauge("ended", 9, 0))
		want = lines("# pool gauge", `pool{pid="p1"} 1`, `pool{pid="p2"} 4`, "# python gauge", `python{pid="5"} 7`)
		for _, c := range []*multiprocess.Collector{c, newCollector(t, dir, o)} {
			if got := page(t, c); got != want {
				t.Errorf("%v, folded: got\n%s\nwant\n%s", mode, got, want)
			}
		}
		declared := newCollector(t, dir, multiprocess.CollectorOptions{})
		if got := sampleOf(t, declared, "python", "{}"); got == nil || got.Value != 16 {
			t.Errorf("as it is declared, it is %+v", got)
		}
	}
}

// TestModesWithoutTimes shows gauges as most recent that have no times, be they in
// files or in memory: they are shown as they are declared, and those in files are
// named.
func TestModesWithoutTimes(t *testing.T) {
	t.Parallel()
	for declared, want := range map[metric.GaugeMode][]string{
		metric.GaugeSum:        {`pool{} 12`},
		metric.GaugeLiveMax:    {`pool{} 4`},
		metric.GaugeAll:        {`pool{pid="p1"} 1`, `pool{pid="p2"} 4`, `pool{pid="p3"} 3`, `pool{pid="p4"} 4`},
		metric.GaugeMostRecent: {`pool{} 4`},
	} {
		dir := pools(t, declared, nil, nil)
		for _, mode := range []metric.GaugeMode{metric.GaugeMostRecent, metric.GaugeLiveMostRecent} {
			o := multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"pool": mode, "memory": mode}}
			c := newCollector(t, dir, o)
			if got := page(t, c); got != lines(append([]string{"# pool gauge"}, want...)...) {
				t.Errorf("%v as %v: got\n%s", declared, mode, got)
			}
			conflict := sampleOf(t, c.SelfMetrics(), "polymeter_multiprocess_conflict", `{about="gauge mode",family="pool"}`)
			if (conflict == nil) != (declared == metric.GaugeMostRecent) {
				t.Errorf("%v as %v: the conflict is %+v", declared, mode, conflict)
			}
			g := metric.NewGaugeFamily("memory", "")
			g.Add(3)
			memory := metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
				return c.CollectWith(ctx, []multiprocess.Extra{{Family: g, Mode: declared, ID: "me"}}, emit)
			})
			if got := page(t, memory); strings.Contains(got, "memory{") != (declared != metric.GaugeMostRecent) {
				t.Errorf("%v as %v, in memory: got\n%s", declared, mode, got)
			}
		}
	}
}
