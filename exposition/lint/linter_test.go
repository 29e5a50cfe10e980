package lint_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/exposition/lint"
	"polymeter.dev/metric"
)

func shown(findings []lint.Finding) []string {
	var lines []string
	for i := range findings {
		lines = append(lines, findings[i].String())
	}
	return lines
}

func TestFindings(t *testing.T) {
	t.Parallel()
	empty := of(gauge, "jobs").help("")
	for range 3 {
		empty.samples = append(empty.samples, line("jobs", 1, "queue", "", "a.b", "c"))
	}
	empty.samples[1].Labels = metric.MustLabels("queue", "", "a.b", "d")
	empty.samples[2].Labels = metric.MustLabels("queue", "", "a.b", "e")
	got := check(t, lint.Options{MaxPageSeries: 5},
		empty,
		of(counter, "requests", line("requests_total", 1)),
		of(counter, "read", line("read", -2)).written("read"),
		of(gauge, "load", line("load", 1)).help("load"),
	)
	want := []string{
		`warning: jobs: there is no help [help-missing]`,
		`info: jobs: older readers cannot take the label name "a.b" [label-name-not-legacy]`,
		`info: jobs{"a.b"="c",queue=""}: label "queue" is empty (and 2 more) [label-value-empty]`,
		`error: read: the value is -2, less than 0 [counter-negative]`,
		`warning: read: the name of the counter does not end in _total [counter-without-total]`,
		`info: load: the help "load" only repeats the name [help-is-name]`,
		`warning: the page has 6 series, more than 5, the most of them in jobs (3), requests_total (1), read (1) [page-series]`,
	}
	if diff := cmp.Diff(want, shown(got)); diff != "" {
		t.Error(diff)
	}
	if fix := got[4].Fix; fix != "Call it read_total." {
		t.Errorf("fix %q", fix)
	}
	if f := got[2]; f.Label != "queue" || f.Count != 3 || f.Family != "jobs" || f.Series.Get("a.b") != "c" {
		t.Errorf("finding %+v", f)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	page := []*family{of(unknown, "queueLength").help("")}
	tests := []struct {
		name    string
		options lint.Options
		want    []string
	}{
		{"default", lint.Options{}, []string{"warning help-missing", "warning metric-name-case", "warning type-unknown"}},
		{"enabled", lint.Options{Enable: []string{"type-unknown", "help-is-name"}}, []string{"warning type-unknown"}},
		{"disabled", lint.Options{Disable: []string{"type-unknown", "help-is-name"}}, []string{"warning help-missing", "warning metric-name-case"}},
		{"both", lint.Options{Enable: []string{"type-unknown"}, Disable: []string{"type-unknown"}}, nil},
		{
			"severities",
			lint.Options{Severities: map[string]lint.Severity{"type-unknown": lint.Error, "help-missing": lint.Info}},
			[]string{"info help-missing", "warning metric-name-case", "error type-unknown"},
		},
		{
			"severity of a disabled one",
			lint.Options{Disable: []string{"help-missing", "metric-name-case", "type-unknown"}, Severities: map[string]lint.Severity{"type-unknown": lint.Error}},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range check(t, tt.options, page...) {
				got = append(got, f.Severity.String()+" "+f.Rule)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]lint.Options{
		`no rule "enabled"`:    {Enable: []string{"enabled"}},
		`no rule "disabled"`:   {Disable: []string{"disabled"}},
		`no rule "severe"`:     {Severities: map[string]lint.Severity{"severe": lint.Error}},
		`invalid severity 100`: {Severities: map[string]lint.Severity{"type-unknown": 100}},
	} {
		if _, err := lint.New(&o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := lint.New(nil); err != nil {
		t.Error(err)
	}
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	for _, s := range []lint.Severity{lint.Info, lint.Warning, lint.Error} {
		text, err := s.MarshalText()
		var back lint.Severity = 100
		if err != nil || back.UnmarshalText(text) != nil || back != s {
			t.Errorf("%v became %q and %v", s, text, back)
		}
	}
	if !(lint.Info < lint.Warning && lint.Warning < lint.Error) {
		t.Error("severities do not ascend")
	}
	if _, err := lint.ParseSeverity("fatal"); err == nil || !strings.Contains(err.Error(), `"fatal"`) {
		t.Errorf("error %v", err)
	}
	if got := lint.Severity(9).String(); got != "invalid" {
		t.Errorf("invalid severity is %q", got)
	}
}

// broken is a family that fails after its samples.
type broken struct{ *family }

var errBroken = errors.New("disk on fire")

func (b broken) Each(visit func(*metric.Sample) error) error {
	return errors.Join(b.family.Each(visit), errBroken)
}

// bare is a family without a description.
type bare struct{ metric.Family }

func (bare) Desc() *metric.Desc { return nil }

func TestErrors(t *testing.T) {
	t.Parallel()
	l, err := lint.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Family(broken{of(counter, "jobs", line("jobs_total", -1))}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
	if err := l.Family(nil); err == nil {
		t.Error("no error for a nil family")
	}
	if err := l.Family(bare{}); err == nil || !strings.Contains(err.Error(), "lint_test.bare") {
		t.Errorf("error %v", err)
	}
	// What was seen before stays, and the next family is not mixed up with it.
	if err := l.Family(of(counter, "others", line("others_total", 1))); err != nil {
		t.Fatal(err)
	}
	want := []string{"error: jobs_total: the value is -1, less than 0 [counter-negative]"}
	if diff := cmp.Diff(want, shown(l.Findings())); diff != "" {
		t.Error(diff)
	}
}

// TestFindingsAreBounded checks that findings which are left out count all the same.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	l, err := lint.New(&lint.Options{MaxFindings: 1, MaxPageSeries: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*family{
		of(gauge, "load", line("load", 1)).help("load"), // info
		of(unknown, "depth", line("depth", 1)),          // warning
		of(counter, "jobs", line("jobs_total", -1)),     // error
	} {
		if err := l.Family(f); err != nil {
			t.Fatal(err)
		}
	}
	got := [...]int{len(l.Findings()), l.Omitted(), l.Count(lint.Info), l.Count(lint.Warning), l.Count(lint.Error)}
	if diff := cmp.Diff([...]int{2, 2, 4, 3, 1}, got); diff != "" {
		t.Errorf("findings, omitted, counts (-want +got)\n%s", diff)
	}
}

func TestLargest(t *testing.T) {
	t.Parallel()
	l, err := lint.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		n := (i * 7) % 20 // each size once, in no order
		if err := l.Family(of(gauge, fmt.Sprintf("g%02d", n), many(n, "g", "a", "%d")...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Family(of(hist, "h", buckets(1, 1, inf, 1))); err != nil {
		t.Fatal(err)
	}
	largest := l.Largest()
	var want []lint.FamilySize
	for n := 19; n > 9; n-- {
		want = append(want, lint.FamilySize{Family: fmt.Sprintf("g%02d", n), Series: n})
	}
	if !slices.Equal(largest, want) {
		t.Errorf("largest %v", largest)
	}
	if n := l.Series(); n != 190+4 {
		t.Errorf("%d series", n)
	}
}

// TestManyLabels checks that a family with no end of label names is looked at as
// far as it goes.
func TestManyLabels(t *testing.T) {
	t.Parallel()
	f := of(gauge, "jobs")
	for i := range 200 {
		f.samples = append(f.samples, line("jobs", 1, fmt.Sprint("label", i), ""))
	}
	got := check(t, lint.Options{}, f)
	counts := map[string]int{}
	for _, finding := range got {
		counts[finding.Rule]++
	}
	if n := counts["label-value-empty"]; n == 0 || n > 64 || counts["label-names-inconsistent"] != 1 {
		t.Errorf("findings by rule: %v", counts)
	}
}

// endless is a family of n series, each with a value of its own in each label.
type endless struct {
	*family
	n int
}

func (e endless) Each(visit func(*metric.Sample) error) error {
	for i := range e.n {
		s := line("jobs", 1, "a", fmt.Sprint("a", i), "b", fmt.Sprint("b", i))
		if err := visit(&s); err != nil {
			return err
		}
	}
	return nil
}

// TestMemory checks that what is remembered does not grow with the series.
func TestMemory(t *testing.T) {
	heap := func(n int) uint64 {
		l, err := lint.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Family(endless{of(gauge, "jobs"), n}); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if len(l.Findings()) == 0 {
			t.Fatal("no findings")
		}
		runtime.KeepAlive(l)
		l = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		return before.HeapAlloc - min(after.HeapAlloc, before.HeapAlloc)
	}
	small, large := heap(2_000), heap(200_000)
	if large > small+64<<10 {
		t.Errorf("a linter holds %d bytes after 2,000 series and %d after 200,000", small, large)
	}
}
