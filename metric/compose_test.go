package metric_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestComposeUndoesExpand(t *testing.T) {
	t.Parallel()
	var composer metric.Composer
	rapid.Check(t, func(t *rapid.T) {
		f := drawFamily(t)
		expanded, err := metric.Expand(f, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := visited(composer.Compose(&fakeFamily{desc: f.desc, samples: expanded}, 0))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.samples, got, equal); diff != "" {
			t.Fatalf("composing the lines %v differs (-want +got):\n%s", expanded, diff)
		}
	})
}

func TestExpandUndoesCompose(t *testing.T) {
	t.Parallel()
	var composer metric.Composer
	rapid.Check(t, func(t *rapid.T) {
		f := drawLines(t)
		got, err := metric.Expand(composer.Compose(f, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.samples, got, equal); diff != "" {
			t.Fatalf("lines differ (-want +got):\n%s", diff)
		}
	})
}

// TestComposeAnyOrder shuffles the lines: the series stay the same, in the
// order in which each first occurs.
func TestComposeAnyOrder(t *testing.T) {
	t.Parallel()
	var composer metric.Composer
	rapid.Check(t, func(t *rapid.T) {
		f := drawLines(t)
		want, err := visited(composer.Compose(f, 0))
		if err != nil {
			t.Fatal(err)
		}
		shuffled := &fakeFamily{desc: f.desc, samples: rapid.Permutation(f.samples).Draw(t, "lines")}
		got, err := visited(composer.Compose(shuffled, max(len(want), 1)))
		if err != nil {
			t.Fatal(err)
		}
		first := firstSeen(shuffled.samples)
		if !slices.IsSortedFunc(got, func(a, b metric.Sample) int { return first[a.Labels] - first[b.Labels] }) {
			t.Fatal("series are not in the order in which they first occur")
		}
		byLabels := func(a, b metric.Sample) int { return strings.Compare(a.Labels.Text(), b.Labels.Text()) }
		slices.SortFunc(got, byLabels)
		slices.SortFunc(want, byLabels)
		for i := range got {
			sortQuantiles(got[i].Summary)
		}
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Fatalf("series differ (-want +got):\n%s", diff)
		}
	})
}

func firstSeen(lines []metric.Sample) map[metric.Labels]int {
	first := make(map[metric.Labels]int)
	for i, s := range lines {
		l := s.Labels.Without("le").Without("quantile")
		if _, found := first[l]; !found {
			first[l] = i
		}
	}
	return first
}

func sortQuantiles(s *metric.Summary) {
	if s != nil {
		slices.SortFunc(s.Quantiles, func(a, b metric.Quantile) int { return int((a.Quantile - b.Quantile) * 1e6) })
	}
}

func TestComposePassesOn(t *testing.T) {
	t.Parallel()
	h := &metric.Histogram{Count: 1, Buckets: []metric.Bucket{{UpperBound: inf, Count: 1}}}
	many := make([]metric.Sample, 5)
	for i := range many {
		many[i] = metric.Sample{Name: "x_total", Labels: labels(t, "a", strconv.Itoa(i)), Value: float64(i), Start: created}
	}
	noStart := make([]metric.Sample, 5)
	for i := range noStart {
		noStart[i] = many[i]
		noStart[i].Start = metric.Timestamp{}
		noStart[i].Exemplars = []metric.Exemplar{{Value: float64(i)}}
	}
	type list = []metric.Sample
	tests := []struct {
		name    string
		desc    metric.Desc
		samples list
	}{
		{"gauge", metric.Desc{Name: "x", Type: metric.TypeGauge}, list{{Name: "x", Value: 1, Timestamp: taken}, {Name: "x"}, {Name: "x"}}},
		{"info", metric.Desc{Name: "x", Type: metric.TypeInfo}, list{{Name: "x_info", Value: 1}}},
		{"unknown composite", metric.Desc{Name: "x"}, list{{Name: "x", Histogram: h}, {Name: "x", Value: 1}}},
		{"histogram", metric.Desc{Name: "x", Type: metric.TypeHistogram}, list{{Name: "x", Histogram: h}, {Name: "x", Histogram: h}, {Name: "x", Histogram: h}}},
		{"counters with start beyond the limit", metric.Desc{Name: "x", Type: metric.TypeCounter}, many},
		{"counters without start beyond the limit", metric.Desc{Name: "x", Type: metric.TypeCounter}, noStart},
		{"points of a counter", metric.Desc{Name: "x", Type: metric.TypeCounter}, list{
			{Name: "x_total", Labels: labels(t, "a", "1"), Timestamp: metric.NewTimestamp(1, 0)},
			{Name: "x_total", Timestamp: taken},
			{Name: "x_total", Labels: labels(t, "a", "1"), Timestamp: taken},
			{Name: "x_total", Start: created, Labels: labels(t, "a", "2")},
		}},
		{"counter named as written", metric.Desc{Name: "x", Written: "y", Type: metric.TypeCounter}, list{{Name: "y"}}},
		{"counter without suffix", metric.Desc{Name: "x", Type: metric.TypeCounter}, list{{Name: "x"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var composer metric.Composer
			f := composer.Compose(&fakeFamily{desc: &tt.desc, samples: tt.samples}, 2)
			if f.Desc() != &tt.desc {
				t.Errorf("Desc is %v, want that of the family", f.Desc())
			}
			checkSamples(t, samplesOf(t, f), tt.samples)
		})
	}
}

func TestComposeDetails(t *testing.T) {
	t.Parallel()
	line := func(name string, value float64, pairs ...string) metric.Sample {
		return metric.Sample{Name: name, Labels: labels(t, pairs...), Value: value}
	}
	with := func(s metric.Sample, exemplars ...metric.Exemplar) metric.Sample {
		s.Exemplars = exemplars
		return s
	}
	type list = []metric.Sample
	tests := []struct {
		name    string
		typ     metric.Type
		samples list
		want    list
	}{
		{"buckets in any order", metric.TypeHistogram, list{
			line("x_bucket", 3, "le", "+Inf"), line("x_bucket", 1, "le", "1e0"),
		}, list{{Name: "x", Histogram: &metric.Histogram{
			Count: 3, NoSum: true, Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 3}},
		}}}},
		{"exemplars of all lines join", metric.TypeHistogram, list{
			with(line("x_bucket", 1, "le", "1"), metric.Exemplar{Value: 5}),
			with(line("x_bucket", 3, "le", "+Inf"), metric.Exemplar{Value: 6}),
			with(line("x_count", 3), metric.Exemplar{Value: 7}),
		}, list{{Name: "x", Exemplars: []metric.Exemplar{{Value: 5}, {Value: 6}, {Value: 7}}, Histogram: &metric.Histogram{
			Count: 3, NoSum: true, Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: inf, Count: 3}},
		}}}},
		{"created before and far from the value", metric.TypeCounter, list{
			line("x_created", 1700000000.25, "a", "1"), line("x_total", 2, "a", "2"), line("x_total", 1, "a", "1"),
		}, list{
			{Name: "x_total", Labels: labels(t, "a", "1"), Value: 1, Start: created},
			{Name: "x_total", Labels: labels(t, "a", "2"), Value: 2},
		}},
		{"created to the microsecond", metric.TypeCounter, list{
			line("x_total", 1), line("x_created", 1520879607.789123),
		}, list{{Name: "x_total", Value: 1, Start: metric.NewTimestamp(1520879607, 789123000)}}},
		{"le next to quantile", metric.TypeHistogram, list{
			line("x_bucket", 1, "le", "+Inf", "quantile", "0.5"),
		}, list{{Name: "x", Labels: labels(t, "quantile", "0.5"), Histogram: &metric.Histogram{
			Count: 1, NoSum: true, Buckets: []metric.Bucket{{UpperBound: inf, Count: 1}},
		}}}},
		{"gauge histogram", metric.TypeGaugeHistogram, list{
			line("x_bucket", 1, "le", "+Inf"), line("x_gcount", 1), line("x_gsum", -3),
		}, list{{Name: "x", Histogram: &metric.Histogram{
			Count: 1, Sum: -3, Buckets: []metric.Bucket{{UpperBound: inf, Count: 1}},
		}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var composer metric.Composer
			f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: tt.typ}, samples: tt.samples}
			checkSamples(t, samplesOf(t, composer.Compose(f, 0)), tt.want)
		})
	}
}

func TestComposeLimit(t *testing.T) {
	t.Parallel()
	line := func(name, a string) metric.Sample {
		s := metric.Sample{Name: name, Labels: labels(t, "a", a)}
		if name == "x_bucket" {
			s.Labels = labels(t, "a", a, "le", "+Inf")
		}
		return s
	}
	type list = []metric.Sample
	tests := []struct {
		name    string
		typ     metric.Type
		samples list
		limit   int
		want    string
	}{
		{"at the limit", metric.TypeHistogram, list{line("x_bucket", "1"), line("x_bucket", "2"), line("x_sum", "1")}, 2, ""},
		{
			"beyond", metric.TypeHistogram,
			list{line("x_bucket", "1"), line("x_bucket", "2")},
			1,
			`metric: family "x" has more than 1 series to compose`,
		},
		{"no limit", metric.TypeHistogram, list{line("x_bucket", "1"), line("x_bucket", "2")}, 0, ""},
		{
			"known counter at the limit", metric.TypeCounter,
			list{line("x_total", "1"), line("x_total", "1")},
			1,
			`metric: sample x_total{a="1"} of family "x" does not compose: duplicate sample`,
		},
		{
			"counters with created", metric.TypeCounter,
			list{line("x_total", "1"), line("x_created", "1"), line("x_total", "2")},
			1,
			`metric: family "x" has more than 1 series to compose`,
		},
		{
			"counters, created first", metric.TypeCounter,
			list{line("x_created", "1"), line("x_created", "2")},
			1,
			`metric: family "x" has more than 1 series to compose`,
		},
		{
			"counters, created too late", metric.TypeCounter,
			list{line("x_total", "1"), line("x_total", "2"), line("x_created", "1")},
			1,
			`metric: family "x" has more than 1 series to compose`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var composer metric.Composer
			_, err := visited(composer.Compose(&fakeFamily{desc: &metric.Desc{Name: "x", Type: tt.typ}, samples: tt.samples}, tt.limit))
			checkError(t, err, tt.want)
			var limit *metric.LimitError
			if strings.HasSuffix(tt.want, "to compose") && (!errors.As(err, &limit) || limit.Limit != tt.limit) {
				t.Errorf("error is %#v, want a LimitError", err)
			}
		})
	}
}

func TestComposeReturnsErrors(t *testing.T) {
	t.Parallel()
	var composer metric.Composer
	desc := &metric.Desc{Name: "x", Type: metric.TypeCounter}
	one := []metric.Sample{{Name: "x_total"}}
	_, err := visited(composer.Compose(&fakeFamily{desc: desc, samples: one, err: errBroken}, 0))
	if !errors.Is(err, errBroken) {
		t.Errorf("the family's error became %v", err)
	}
	many := &fakeFamily{desc: desc, samples: []metric.Sample{{Name: "x_total"}, {Name: "x_total", Labels: labels(t, "a", "1")}}}
	for _, limit := range []int{0, 1} { // held to the end, and let go
		err = composer.Compose(many, limit).Each(func(*metric.Sample) error { return errBroken })
		if !errors.Is(err, errBroken) {
			t.Errorf("the visitor's error became %v under limit %d", err, limit)
		}
	}
	_, err = visited(composer.Compose(&fakeFamily{}, 0))
	checkError(t, err, "metric: family of type *metric_test.fakeFamily has no description")
}

func TestComposeAllocations(t *testing.T) {
	const series = 1000
	lines := metric.NewRawFamily("x", "h", metric.TypeHistogram)
	for i := range series {
		l := map[string]string{"a": strconv.Itoa(i)}
		lines.AddSample("x_sum", l, 1)
		lines.AddSample("x_count", l, 3)
		for _, le := range []string{"1", "2", "+Inf"} {
			l["le"] = le
			lines.AddSample("x_bucket", l, 3)
		}
	}
	var composer metric.Composer
	got := testing.AllocsPerRun(3, func() {
		n := 0
		err := composer.Compose(lines, series).Each(func(*metric.Sample) error { n++; return nil })
		if err != nil || n != series {
			t.Fatal(n, err)
		}
	})
	if got > 10 {
		t.Errorf("composing %d histograms allocates %v times", series, got)
	}
}
