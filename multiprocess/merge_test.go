//go:build unix

package multiprocess_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func renderAll(t *testing.T, families []*metric.Snapshot) string {
	t.Helper()
	var b strings.Builder
	for _, f := range families {
		if err := render(&b, f); err != nil {
			t.Error(err)
		}
	}
	return b.String()
}

func TestMerge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := []string{
		put(t, dir, "histogram_2.db", bucket("1.0", 1), bucket("+Inf", 2), pyEntry{key("h", "h_sum", ""), 3, 0}),
		put(t, dir, "gauge_mostrecent_1.db", gauge("g", 1, 5)),
		put(t, dir, "histogram_1.db", bucket("0.5", 10), bucket("+Inf", 20), pyEntry{key("h", "h_sum", ""), 30, 0}),
		put(t, dir, "counter_1.db", counter("c", "", 1)),
	}
	for accumulate, want := range map[bool]string{
		true:  lines(`# c counter`, `c_total{} 1`, `# g gauge`, `g{} 1`, `# h histogram`, `h_bucket{le="0.5"} 10`, `h_bucket{le="1.0"} 11`, `h_bucket{le="+Inf"} 33`, `h_count{} 33`, `h_sum{} 33`),
		false: lines(`# c counter`, `c_total{} 1`, `# g gauge`, `g{} 1`, `# h histogram`, `h_bucket{le="0.5"} 10`, `h_bucket{le="1.0"} 1`, `h_bucket{le="+Inf"} 22`, `h_sum{} 33`),
	} {
		families, errs := multiprocess.Merge(files, accumulate)
		if got := renderAll(t, families); got != want || len(errs) > 0 {
			t.Errorf("accumulate %v: got\n%s%v", accumulate, got, errs)
		}
	}
}

func TestMergeInTheGivenOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := put(t, dir, "gauge_max_1.db", gauge("g", 1, 0))
	b := put(t, dir, "gauge_min_2.db", gauge("g", 2, 0))
	for want, files := range map[string][]string{`g{} 2`: {a, b}, `g{} 1`: {b, a}} {
		families, errs := multiprocess.Merge(files, true)
		if got := renderAll(t, families); got != lines(`# g gauge`, want) {
			t.Errorf("got\n%s", got)
		}
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), `conflict about gauge mode, file "`+files[1]) {
			t.Errorf("errors %v", errs)
		}
	}
}

func TestMergeReportsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := pyBytes(true, counter("a", "", 1), counter("b", "", 2))
	cut := putBytes(t, dir, "counter_1.db", whole[:len(whole)-8])
	foreign := putBytes(t, dir, "app.db", []byte("SQLite format 3\x00"))
	families, errs := multiprocess.Merge([]string{cut, foreign, filepath.Join(dir, "counter_2.db")}, true)
	if got := renderAll(t, families); got != lines(`# a counter`, `a_total{} 1`) {
		t.Errorf("got\n%s", got)
	}
	var damage *multiprocess.DamageError
	if !errors.As(errors.Join(errs...), &damage) || damage.Path != cut || damage.Offset == 0 {
		t.Errorf("damage %+v", damage)
	}
	if err := errors.Join(errs...); len(errs) != 3 || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), foreign) {
		t.Errorf("errors %v", errs)
	}
}

func TestCollectWith(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", `"x": "b"`, 1), counter("c", `"x": "d"`, 2))
	put(t, dir, "histogram_1.db", bucket("1.0", 1), bucket("+Inf", 1), pyEntry{key("h", "h_sum", ""), 3, 0})
	put(t, dir, "summary_1.db", pyEntry{key("s", "s_count", ""), 1, 0}, pyEntry{key("s", "s_sum", ""), 2, 0})
	put(t, dir, "gauge_all_1.db", gauge("all", 1, 0))
	put(t, dir, "gauge_livesum_1.db", gauge("sum", 1, 0))
	put(t, dir, "gauge_min_1.db", gauge("min", 1, 0))
	put(t, dir, "gauge_mostrecent_1.db", gauge("recent", 1, 100), gauge("older", 1, 100), gauge("unset", 1, 0))

	c := metric.NewCounterFamily("c", "Help of c.", "x")
	for _, x := range []string{"e", "a", "d"} {
		c.Add(10, x)
	}
	h := metric.NewHistogramFamily("h", "")
	h.Add([]metric.Bucket{{UpperBound: 0.5, Count: 10}, {UpperBound: metric.Inf(), Count: 30}}, 40)
	s := metric.NewSummaryFamily("s", "")
	s.Add(10, 20)
	info := metric.NewInfoFamily("i", "")
	info.Add(map[string]string{"version": "1"})
	extra := []multiprocess.Extra{{Family: c}, {Family: h}, {Family: s}, {Family: info}, {Family: info}}
	for name, at := range map[string]int64{"all": 0, "sum": 0, "min": 0, "recent": 101, "older": 99, "unset": 7, "only": 0} {
		g := metric.NewGaugeFamily(name, "")
		row := metric.ValueRow{Value: 0.5}
		if at > 0 {
			row.Timestamp = metric.NewTimestamp(at, 0)
		}
		g.AddRow(row)
		extra = append(extra, multiprocess.Extra{Family: g, Mode: metric.GaugeMax, ID: "me"})
	}
	want := lines(
		`# all gauge`, `all{pid="1"} 1`, `all{pid="me"} 0.5`,
		`# c counter`, `c_total{x="a"} 10`, `c_total{x="b"} 1`, `c_total{x="d"} 12`, `c_total{x="e"} 10`,
		`# h histogram`, `h_bucket{le="0.5"} 10`, `h_bucket{le="1.0"} 11`, `h_bucket{le="+Inf"} 32`, `h_count{} 32`, `h_sum{} 43`,
		`# i info`, `i_info{version="1"} 1`,
		`# min gauge`, `min{} 0.5`,
		`# older gauge`, `older{} 1`,
		`# only gauge`, `only{} 0.5`,
		`# recent gauge`, `recent{} 0.5`,
		`# s summary`, `s_count{} 11`, `s_sum{} 22`,
		`# sum gauge`, `sum{} 1.5`,
		`# unset gauge`, `unset{} 0.5`,
	)
	collector := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 2 {
		var b strings.Builder
		err := collector.CollectWith(t.Context(), extra, func(f metric.Family) error { return render(&b, f) })
		if got := b.String(); err != nil || got != want {
			t.Fatalf("got\n%s%v\nwant\n%s", got, err, want)
		}
	}
	if got := page(t, collector); strings.Contains(got, "10") || strings.Contains(got, "me") {
		t.Errorf("something was left over:\n%s", got)
	}
}

func TestCollectWithWhatClashes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", "", 1))
	gaugeC, gaugeD := metric.NewGaugeFamily("c", ""), metric.NewGaugeFamily("c_total", "")
	gaugeC.Add(1)
	gaugeD.Add(1)
	broken := metric.NewGaugeFamily("broken", "", "x")
	broken.Add(1)
	fine := metric.NewGaugeFamily("fine", "")
	fine.Add(1)
	var b strings.Builder
	err := newCollector(t, dir, multiprocess.CollectorOptions{}).CollectWith(t.Context(), []multiprocess.Extra{
		{Family: gaugeC, Mode: metric.GaugeSum}, {Family: gaugeD}, {Family: broken}, {Family: fine, Mode: metric.GaugeSum},
	}, func(f metric.Family) error { return render(&b, f) })
	if got := b.String(); got != lines(`# c counter`, `c_total{} 1`, `# fine gauge`, `fine{} 1`) {
		t.Errorf("got\n%s", got)
	}
	for _, want := range []string{`family "c" is both a counter and a gauge`, `"c_total"`, `"broken"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in: %v", want, err)
		}
	}
}

func TestMergeOfNativeHistograms(t *testing.T) {
	t.Parallel()
	native := func(count float64) *metric.HistogramFamily {
		f := metric.NewHistogramFamily("n", "")
		f.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
			Count: count, Sum: count, Schema: 0, ZeroThreshold: 1e-10,
			PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 1}}, PositiveCounts: []float64{count},
		}})
		return f
	}
	var got *metric.NativeHistogram
	c := newCollector(t, t.TempDir(), multiprocess.CollectorOptions{})
	err := c.CollectWith(t.Context(), []multiprocess.Extra{{Family: native(2)}, {Family: native(3)}}, func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error { got = s.Histogram.Native.Clone(); return nil })
	})
	if err != nil || got == nil || got.Count != 5 || got.PositiveCounts[0] != 5 {
		t.Errorf("got %+v, %v", got, err)
	}
}
