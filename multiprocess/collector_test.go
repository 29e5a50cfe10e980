//go:build unix

package multiprocess_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

func TestCollectSums(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", `"x": "b"`, 1), counter("c", `"x": "a"`, 2), counter("z", "", 4))
	put(t, dir, "counter_2.db", counter("c", `"x": "a"`, 0.5))
	put(t, dir, "summary_1.db", pyEntry{key("s", "s_count", ""), 2, 0}, pyEntry{key("s", "s_sum", ""), -3, 0})
	put(t, dir, "summary_2.db", pyEntry{key("s", "s_count", ""), 1, 0}, pyEntry{key("s", "s_sum", ""), 1, 0})
	put(t, dir, "histogram_1.db", pyEntry{key("h", "h_sum", ""), 3, 0}, bucket("1.0", 1), bucket("5.0", 2), bucket("+Inf", 3))
	put(t, dir, "histogram_2.db", pyEntry{key("h", "h_sum", ""), 4, 0}, bucket("1.0", 10), bucket("2.5", 20), bucket("+Inf", 30))
	want := lines(
		`# c counter`, `c_total{x="a"} 2.5`, `c_total{x="b"} 1`,
		`# h histogram`, `h_bucket{le="1.0"} 11`, `h_bucket{le="2.5"} 31`, `h_bucket{le="5.0"} 33`, `h_bucket{le="+Inf"} 66`, `h_count{} 66`, `h_sum{} 7`,
		`# s summary`, `s_count{} 3`, `s_sum{} -2`,
		`# z counter`, `z_total{} 4`,
	)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 3 {
		if got := page(t, c); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestCollectOlderLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putBytes(t, dir, "counter_1.db", pyBytes(false, counter("c", "", 1), counter("d", "", 2)))
	putBytes(t, dir, "counter_2.db", pyBytes(false, counter("c", "", 3), counter("d", "", 4)))
	put(t, dir, "counter_3.db", counter("c", "", 5), counter("d", "", 6))
	want := lines(`# c counter`, `c_total{} 9`, `# d counter`, `d_total{} 12`)
	if got := page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGaugeModes(t *testing.T) {
	t.Parallel()
	nan, inf := metric.NaN(), metric.Inf()
	// Each file in turn has one value, set at its position; zero is never.
	for _, test := range []struct {
		name   string
		modes  string // separated by spaces
		values []float64
		times  []float64
		want   []string
	}{
		{"all", "all liveall", []float64{1, 2}, nil, []string{`g{pid="1"} 1`, `g{pid="2"} 2`}},
		{"all, one NaN", "all liveall", []float64{nan, 2}, nil, []string{`g{pid="1"} NaN`, `g{pid="2"} 2`}},
		{"min", "min livemin", []float64{3, -1, 2}, nil, []string{`g{} -1`}},
		{"min, NaN first", "min livemin", []float64{nan, 3, 2}, nil, []string{`g{} 2`}},
		{"min, NaN last", "min livemin", []float64{3, 2, nan}, nil, []string{`g{} 2`}},
		{"min, all NaN", "min livemin", []float64{nan, nan}, nil, []string{`g{} NaN`}},
		{"min, infinite", "min livemin", []float64{inf, inf}, nil, []string{`g{} +Inf`}},
		{"max", "max livemax", []float64{-3, -1, -2}, nil, []string{`g{} -1`}},
		{"max, NaN first", "max livemax", []float64{nan, 3, 2}, nil, []string{`g{} 3`}},
		{"max, NaN last", "max livemax", []float64{3, 2, nan}, nil, []string{`g{} 3`}},
		{"sum", "sum livesum", []float64{1, 2.5, -1}, nil, []string{`g{} 2.5`}},
		{"sum with NaN", "sum livesum", []float64{1, nan}, nil, []string{`g{} NaN`}},
		{"most recent", "mostrecent livemostrecent", []float64{1, 2, 3}, []float64{5, 7, 6}, []string{`g{} 2`}},
		{"most recent, tie", "mostrecent livemostrecent", []float64{1, 2}, []float64{5, 5}, []string{`g{} 1`}},
		{"most recent, one never set", "mostrecent livemostrecent", []float64{1, 2}, []float64{0, 5}, []string{`g{} 2`}},
		{"most recent, before 1970", "mostrecent livemostrecent", []float64{1}, []float64{-5}, nil},
		{"most recent, NaN time", "mostrecent livemostrecent", []float64{1, 2}, []float64{nan, 1}, []string{`g{} 2`}},
		{"most recent, never set", "mostrecent livemostrecent", []float64{1, 2}, []float64{0, 0}, nil},
	} {
		for mode := range strings.SplitSeq(test.modes, " ") {
			t.Run(test.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				for i, v := range test.values {
					at := 0.0
					if test.times != nil {
						at = test.times[i]
					}
					put(t, dir, "gauge_"+mode+"_"+string(rune('1'+i))+".db", gauge("g", v, at))
				}
				want := lines(append([]string{`# g gauge`}, test.want...)...)
				c := newCollector(t, dir, multiprocess.CollectorOptions{})
				for range 2 {
					if got := page(t, c); got != want {
						t.Errorf("got\n%s\nwant\n%s", got, want)
					}
				}
			})
		}
	}
}

func TestModesOverride(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "gauge_all_1.db", gauge("g", 1, 9), gauge("other", 1, 0))
	put(t, dir, "gauge_all_2.db", gauge("g", 2, 8))
	put(t, dir, "gauge_mostrecent_1.db", gauge("r", 5, 8))
	put(t, dir, "gauge_mostrecent_2.db", gauge("r", 6, 9))
	for mode, want := range map[metric.GaugeMode][]string{
		metric.GaugeSum: {`g{} 3`, `r{} 11`},
		metric.GaugeMax: {`g{} 2`, `r{} 6`},
		// The times of g mean nothing, whatever they are.
		metric.GaugeMostRecent:     {`g{pid="1"} 1`, `g{pid="2"} 2`, `r{} 6`},
		metric.GaugeLiveMostRecent: {`g{pid="1"} 1`, `g{pid="2"} 2`, `r{} 6`},
	} {
		c := newCollector(t, dir, multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"g": mode, "r": mode}})
		last := len(want) - 1
		all := append([]string{`# g gauge`}, want[:last]...)
		all = append(all, `# other gauge`, `other{pid="1"} 1`, `# r gauge`, want[last])
		if got := page(t, c); got != lines(all...) {
			t.Errorf("%v: got\n%s", mode, got)
		}
		named := strings.Contains(page(t, c.SelfMetrics()), `conflict{about="gauge mode",family="g"} 1`)
		if named != (mode.Base() == metric.GaugeMostRecent) {
			t.Errorf("%v: g is named as a conflict: %t", mode, named)
		}
	}
	if _, err := multiprocess.NewCollector(dir, &multiprocess.CollectorOptions{Modes: map[string]metric.GaugeMode{"g": 99}}); err == nil {
		t.Error("an invalid mode was accepted")
	}
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		files map[string][]pyEntry
		want  string
		about string
	}{
		{"help: the first file's", map[string][]pyEntry{
			"counter_1.db": {{`["c", "c_total", {"x": "1"}, "One."]`, 1, 0}},
			"counter_2.db": {{`["c", "c_total", {"x": "1"}, "Two."]`, 2, 0}},
		}, lines(`# c counter`, `c_total{x="1"} 3`), "help"},
		{"mode: the first file's", map[string][]pyEntry{
			"gauge_max_2.db": {gauge("g", 2, 0)},
			"gauge_sum_1.db": {gauge("g", 1, 0)},
		}, lines(`# g gauge`, `g{} 2`), "gauge mode"},
		{"type: the first file's", map[string][]pyEntry{
			"counter_1.db":   {counter("x", "", 1)},
			"gauge_sum_1.db": {gauge("x", 2, 0), gauge("y", 3, 0)},
		}, lines(`# x counter`, `x_total{} 1`, `# y gauge`, `y{} 3`), "type"},
		{"name of a sample taken", map[string][]pyEntry{
			"counter_1.db":   {counter("h_sum", "", 1)},
			"histogram_1.db": {bucket("+Inf", 2)},
			"gauge_sum_1.db": {gauge("h_sum_total", 1, 0)},
		}, lines(`# h_sum counter`, `h_sum_total{} 1`), "name"},
		{"sample of another type", map[string][]pyEntry{
			"counter_1.db": {{key("c", "c_sum", ""), 1, 0}, counter("d", "", 1)},
		}, lines(`# d counter`, `d_total{} 1`), "sample"},
		{"bound that is none", map[string][]pyEntry{
			"histogram_1.db": {bucket("wide", 1), bucket("nan", 1), bucket("+Inf", 1)},
		}, lines(`# h histogram`, `h_bucket{le="+Inf"} 1`), "sample"},
		{"reserved label", map[string][]pyEntry{
			"summary_1.db": {{key("s", "s_sum", `"quantile": "0.5"`), 1, 0}, {key("s", "s_count", ""), 1, 0}},
		}, lines(`# s summary`, `s_count{} 1`, `s_sum{} 0`), "sample"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, entries := range test.files {
				put(t, dir, name, entries...)
			}
			c := newCollector(t, dir, multiprocess.CollectorOptions{})
			if got := page(t, c); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if self := page(t, c.SelfMetrics()); !strings.Contains(self, `polymeter_multiprocess_conflict{about="`+test.about) {
				t.Errorf("no conflict about %q in\n%s", test.about, self)
			}
		})
	}
}

func TestSeriesThatAreOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", `"a": "1", "b": "2"`, 1), counter("c", `"b": "2", "a": "1"`, 2),
		pyEntry{`["c_total","c_total",{"a":"1","b":"2"},"Compact."]`, 4, 0})
	put(t, dir, "histogram_1.db", bucket("1", 1), bucket("1.0", 2), bucket("1e0", 4))
	put(t, dir, "gauge_all_1.db", pyEntry{key("g", "g", `"pid": "mine"`), 1, 0})
	put(t, dir, "gauge_liveall_1.db", pyEntry{key("g", "g", ""), 2, 0})
	want := lines(`# c counter`, `c_total{a="1",b="2"} 7`, `# g gauge`, `g{pid="1"} 2`, `g{pid="mine",process_id="1"} 1`, `# h histogram`, `h_bucket{le="1.0"} 7`, `h_bucket{le="+Inf"} 7`)
	if got := page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestImpossibleCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", "", metric.NaN()))
	put(t, dir, "counter_2.db", counter("c", "", -1))
	put(t, dir, "counter_3.db", counter("c", "", 2))
	put(t, dir, "histogram_1.db", bucket("1.0", metric.NaN()), bucket("2.0", -7), bucket("+Inf", 1), pyEntry{key("h", "h_sum", ""), metric.NaN(), 0})
	want := lines(`# c counter`, `c_total{} 2`, `# h histogram`, `h_bucket{le="1.0"} 0`, `h_bucket{le="2.0"} 0`, `h_bucket{le="+Inf"} 1`, `h_count{} 1`, `h_sum{} NaN`)
	if got := page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", "", 1))
	if err := errors.Join(
		syscall.Mkfifo(filepath.Join(dir, "counter_2.db"), 0o600),
		os.Symlink("counter_1.db", filepath.Join(dir, "counter_3.db")),
		os.Mkdir(filepath.Join(dir, "counter_4.db"), 0o700),
		os.Link(filepath.Join(dir, "counter_1.db"), filepath.Join(dir, "counter_5.db")),
	); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "app.db", counter("d", "", 1))
	put(t, dir, ".counter_6.db", counter("d", "", 1))
	put(t, dir, "counter_7.txt", counter("d", "", 1))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 2 {
		if got := page(t, c); got != lines(`# c counter`, `c_total{} 1`) {
			t.Errorf("got\n%s", got)
		}
	}
	self := page(t, c.SelfMetrics())
	for _, want := range []string{
		`file_problem{file="` + dir + `/app.db",reason="name is not that of a metrics file"} 1`,
		`counter_2.db",reason="not a regular file"} 1`,
		`counter_3.db",reason="not a regular file"} 1`,
		`counter_4.db",reason="not a regular file"} 1`,
		`files{state="whole"} 1`, `files{state="skipped"} 4`,
	} {
		if !strings.Contains(self, want) {
			t.Errorf("%s is missing in\n%s", want, self)
		}
	}
}

func TestDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	absent := filepath.Join(dir, "later")
	c := newCollector(t, absent, multiprocess.CollectorOptions{Also: []string{dir, absent}})
	if got := c.Directories(); !slices.Equal(got, []string{absent, dir}) {
		t.Errorf("Directories() = %q", got)
	}
	if got := page(t, c); got != "" {
		t.Errorf("got\n%s", got)
	}
	if err := os.Mkdir(absent, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, absent, "counter_1.db", counter("c", "", 1))
	put(t, dir, "counter_1.db", counter("c", "", 2))
	if got := page(t, c); got != lines(`# c counter`, `c_total{} 3`) {
		t.Errorf("got\n%s", got)
	}
	if _, err := multiprocess.NewCollector(filepath.Join(dir, "counter_1.db"), nil); err == nil {
		t.Error("a file was accepted as a directory")
	}
}

func TestCollectorReadsTheEnvironment(t *testing.T) {
	t.Setenv("prometheus_multiproc_dir", "")
	t.Setenv(multiprocess.DirEnv, "")
	if _, err := multiprocess.NewCollector("", nil); !errors.Is(err, multiprocess.ErrNoDirectory) {
		t.Errorf("error %v", err)
	}
	dir := t.TempDir()
	t.Setenv(multiprocess.DirEnv, dir)
	if c, err := multiprocess.NewCollector("", nil); err != nil || !slices.Equal(c.Directories(), []string{dir}) {
		t.Errorf("error %v", err)
	}
}

func TestRestrict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("a", "", 1), counter("b", "", 1))
	put(t, dir, "histogram_1.db", bucket("+Inf", 2))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := lines(`# b counter`, `b_total{} 1`, `# h histogram`, `h_bucket{le="+Inf"} 2`)
	if got := page(t, c.Restrict([]string{"b_total", "h_bucket", "none"})); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestCollectEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("a", "", 1), counter("b", "", 1))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	stop := errors.New("stop")
	if err := c.Collect(t.Context(), func(metric.Family) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	emitted := 0
	err := c.Collect(ctx, func(metric.Family) error { emitted++; cancel(stop); return nil })
	if !errors.Is(err, stop) || emitted != 1 {
		t.Errorf("%d families, error %v", emitted, err)
	}
	if err := c.Collect(ctx, func(metric.Family) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if got := page(t, c); got != lines(`# a counter`, `a_total{} 1`, `# b counter`, `b_total{} 1`) {
		t.Errorf("got\n%s", got)
	}
}

// A scrape whose client hangs must not keep others from theirs, nor see their
// values.
func TestCollectWhileAnotherHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "counter_1.db", counter("c", "", 1))
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	var late string
	err := c.Collect(t.Context(), func(f metric.Family) error {
		put(t, dir, "counter_2.db", counter("c", "", 2))
		if got := page(t, c); got != lines(`# c counter`, `c_total{} 3`) {
			t.Errorf("got\n%s", got)
		}
		var b strings.Builder
		err := render(&b, f)
		late = b.String()
		return err
	})
	if err != nil || late != lines(`# c counter`, `c_total{} 1`) {
		t.Errorf("the first scrape saw\n%s%v", late, err)
	}
}
