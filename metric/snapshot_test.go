package metric_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestSnapshotIsDeep(t *testing.T) {
	t.Parallel()
	sample := fullSample(t)
	f := &fakeFamily{desc: &metric.Desc{Name: "x", Type: metric.TypeHistogram}, samples: []metric.Sample{sample}}
	live := sample.Clone()
	spoiling := collected{f.desc, func(visit func(*metric.Sample) error) error {
		if err := visit(live); err != nil {
			return err
		}
		spoil(live)
		return nil
	}}
	s, err := metric.Copy(spoiling)
	if err != nil {
		t.Fatal(err)
	}
	if s.Desc() != f.desc || s.Len() != 1 {
		t.Errorf("Desc %+v and Len %d, want %+v and 1", s.Desc(), s.Len(), f.desc)
	}
	for range 2 {
		checkSamples(t, samplesOf(t, s), []metric.Sample{sample})
	}
}

// collected makes a function a Family.
type collected struct {
	desc *metric.Desc
	each func(visit func(*metric.Sample) error) error
}

func (f collected) Desc() *metric.Desc                          { return f.desc }
func (f collected) Each(visit func(*metric.Sample) error) error { return f.each(visit) }

// spoil overwrites all that a sample points to.
func spoil(s *metric.Sample) {
	for i := range s.Exemplars {
		s.Exemplars[i] = metric.Exemplar{Value: -1}
	}
	if h := s.Histogram; h != nil {
		for i := range h.Buckets {
			h.Buckets[i] = metric.Bucket{}
		}
		spoilNative(h.Native)
		*h = metric.Histogram{}
	}
	if s.Summary != nil {
		for i := range s.Summary.Quantiles {
			s.Summary.Quantiles[i] = metric.Quantile{}
		}
		*s.Summary = metric.Summary{}
	}
}

func spoilNative(n *metric.NativeHistogram) {
	if n == nil {
		return
	}
	for _, counts := range [][]float64{n.PositiveCounts, n.NegativeCounts, n.CustomBounds} {
		clear(counts)
	}
	clear(n.PositiveSpans)
	clear(n.NegativeSpans)
	*n = metric.NativeHistogram{}
}

// fullSample has something in every field.
func fullSample(t testing.TB) metric.Sample {
	return metric.Sample{
		Name: "x", Labels: labels(t, "a", "1"), Value: 3, Timestamp: taken, Start: created,
		Exemplars: []metric.Exemplar{{Labels: labels(t, "trace_id", "t"), Value: 1, Timestamp: taken}, {Value: 2}},
		Histogram: &metric.Histogram{
			Count: 10, Sum: 3, NoSum: true,
			Buckets: []metric.Bucket{{UpperBound: 1, Count: 4}, {UpperBound: inf, Count: 10}},
			Native: &metric.NativeHistogram{
				Count: 10, Sum: 3, Schema: 1, ZeroThreshold: 0.1, ZeroCount: 1,
				PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 2}}, PositiveCounts: []float64{1, 2},
				NegativeSpans: []metric.BucketSpan{{Offset: 4, Length: 1}}, NegativeCounts: []float64{6},
				CustomBounds: []float64{7},
			},
		},
		Summary: &metric.Summary{Count: 1, Sum: 2, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 7}}},
	}
}

// TestSnapshotSlicesAreApart appends to what one sample points to, which must
// not reach the next one.
func TestSnapshotSlicesAreApart(t *testing.T) {
	t.Parallel()
	want := []metric.Sample{fullSample(t), fullSample(t)}
	s, err := metric.Copy(&fakeFamily{desc: &metric.Desc{Name: "x"}, samples: want})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Each(func(s *metric.Sample) error {
		_ = append(s.Exemplars, metric.Exemplar{Value: -1})
		_ = append(s.Histogram.Buckets, metric.Bucket{})
		_ = append(s.Histogram.Native.PositiveSpans, metric.BucketSpan{})
		_ = append(s.Histogram.Native.PositiveCounts, -1)
		_ = append(s.Summary.Quantiles, metric.Quantile{})
		return nil
	})
	checkSamples(t, samplesOf(t, s), want)
}

func TestSnapshotLoadReplaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s metric.Snapshot
		for range 3 {
			f := drawFamily(t)
			if err := s.Load(f); err != nil {
				t.Fatal(err)
			}
			got, _ := visited(&s)
			if diff := cmp.Diff(f.samples, got, equal); diff != "" {
				t.Fatalf("samples differ (-want +got):\n%s", diff)
			}
		}
	})
}

func TestSnapshotLoadErrors(t *testing.T) {
	t.Parallel()
	desc := &metric.Desc{Name: "x"}
	good := &fakeFamily{desc: desc, samples: []metric.Sample{{Name: "x"}}}
	tests := []struct {
		name   string
		family metric.Family
		want   string
	}{
		{"nil", nil, "metric: the family is nil"},
		{"no Desc", &fakeFamily{}, "metric: family of type *metric_test.fakeFamily has no description"},
		{"Each fails", &fakeFamily{desc: desc, samples: good.samples, err: errBroken}, "broken"},
		{
			"nil sample",
			collected{desc, func(visit func(*metric.Sample) error) error { return visit(nil) }},
			"metric: a visited sample is nil",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := metric.Copy(good)
			if err != nil {
				t.Fatal(err)
			}
			checkError(t, s.Load(tt.family), tt.want)
			if s.Len() != 0 || s.Desc() != nil {
				t.Errorf("after an error, Len is %d and Desc %v, want an empty snapshot", s.Len(), s.Desc())
			}
			checkError(t, s.Validate(metric.UTF8Validation), "metric: the snapshot is empty")
		})
	}
	if s, err := metric.Copy(nil); s != nil || err == nil {
		t.Errorf("Copy(nil) is %v, %v", s, err)
	}
}

func TestSnapshotEachConcurrently(t *testing.T) {
	t.Parallel()
	want := []metric.Sample{fullSample(t), fullSample(t)}
	s, err := metric.Copy(&fakeFamily{desc: &metric.Desc{Name: "x"}, samples: want})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, _ := visited(s)
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("samples differ (-want +got):\n%s", diff)
			}
		})
	}
	group.Wait()
}

func TestSnapshotAllocations(t *testing.T) {
	samples := make([]metric.Sample, 10_000)
	for i := range samples {
		samples[i] = fullSample(t)
		samples[i].Labels = labels(t, "a", strconv.Itoa(i))
		samples[i].Summary = nil
		samples[i].Histogram.Native.CustomBounds = nil
	}
	f := collected{&metric.Desc{Name: "x", Type: metric.TypeHistogram}, func(visit func(*metric.Sample) error) error {
		for i := range samples {
			if err := visit(&samples[i]); err != nil {
				return err
			}
		}
		return nil
	}}
	s, err := metric.Copy(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		max  float64
		run  func() error
	}{
		{"Load", 2, func() error { return s.Load(f) }},
		{"Validate", 4, func() error { return s.Validate(metric.UTF8Validation) }},
		{"Each", 1, func() error { return s.Each(func(*metric.Sample) error { return nil }) }},
	} {
		got := testing.AllocsPerRun(3, func() {
			if err := tt.run(); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.max {
			t.Errorf("%s of %d samples allocates %v times, want at most %v", tt.name, len(samples), got, tt.max)
		}
	}
}

func TestSnapshotOfCollector(t *testing.T) {
	t.Parallel()
	var kept []*metric.Snapshot
	collector := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		f := metric.NewGaugeFamily("x", "h", "a")
		for i := range 3 {
			f.Reset()
			f.Add(float64(i), "1")
			if err := emit(f); err != nil {
				return err
			}
		}
		f.Add(1)
		return emit(f)
	})
	err := collector.Collect(t.Context(), func(f metric.Family) error {
		s, err := metric.Copy(f)
		if err == nil {
			kept = append(kept, s)
		}
		return err
	})
	checkError(t, err, `metric: 0 label values [] for the 1 label names ["a"] in family "x"`)
	for i, s := range kept {
		checkSamples(t, samplesOf(t, s), []metric.Sample{{Name: "x", Labels: labels(t, "a", "1"), Value: float64(i)}})
	}
	if len(kept) != 3 {
		t.Errorf("%d families were emitted without error, want 3", len(kept))
	}
}

func TestSnapshotValidate(t *testing.T) {
	t.Parallel()
	const legacy, utf8 = metric.LegacyValidation, metric.UTF8Validation
	a, b := labels(t, "a", "1"), labels(t, "a", "2")
	good := &metric.Histogram{Count: 1, Buckets: []metric.Bucket{{UpperBound: inf, Count: 1}}}
	later := metric.NewTimestamp(taken.Seconds()+1, 0)
	type list = []metric.Sample
	tests := []struct {
		name       string
		typ        metric.Type
		samples    list
		validation metric.Validation
		want       string
	}{
		{"no samples", metric.TypeGauge, nil, legacy, ""},
		{"simple", metric.TypeGauge, list{{Name: "x", Labels: a}, {Name: "x", Labels: b}}, legacy, ""},
		{"raw with any name", metric.TypeGauge, list{{Name: "other"}, {Name: "another"}}, legacy, ""},
		{"expanded", metric.TypeHistogram, list{{Name: "x_bucket", Labels: labels(t, "le", "+Inf")}, {Name: "x_count"}}, legacy, ""},
		{"histogram", metric.TypeHistogram, list{{Name: "x", Histogram: good}}, legacy, ""},
		{"histogram of unknown type", metric.TypeUnknown, list{{Name: "x", Histogram: good}}, legacy, ""},
		{"summary", metric.TypeSummary, list{{Name: "x", Summary: &metric.Summary{}}}, legacy, ""},
		{"UTF-8 names", metric.TypeGauge, list{{Name: "é", Labels: labels(t, "ü", "1")}}, utf8, ""},
		{"reserved text in a value", metric.TypeGauge, list{{Name: "x", Labels: labels(t, "a", "__")}}, legacy, ""},
		{"le in a simple sample", metric.TypeHistogram, list{{Name: "x_bucket", Labels: labels(t, "le", "1")}}, legacy, ""},
		{"le only inside a name", metric.TypeHistogram, list{{Name: "x", Labels: labels(t, "title", "le="), Histogram: good}}, legacy, ""},
		{"le in a summary", metric.TypeSummary, list{{Name: "x", Labels: labels(t, "le", "1"), Summary: &metric.Summary{}}}, legacy, ""},

		{
			"sample name not legacy", metric.TypeGauge,
			list{{Name: "é"}},
			legacy,
			`metric: metric name "é" has 'é' at byte 0, which legacy validation ([a-zA-Z_:][a-zA-Z0-9_:]*) does not allow: sample é{} of gauge family "x"`,
		},
		{
			"sample name empty", metric.TypeGauge,
			list{{Name: ""}},
			utf8,
			`metric: metric name "" is empty: sample {} of gauge family "x"`,
		},
		{
			"sample name not UTF-8", metric.TypeGauge,
			list{{Name: "\xff"}},
			utf8,
			`metric: metric name "\xff" is not valid UTF-8 at byte 0: sample ` + "\xff" + `{} of gauge family "x"`,
		},
		{
			"label name not legacy", metric.TypeGauge,
			list{{Name: "x", Labels: labels(t, "ü", "1")}},
			legacy,
			`metric: label name "ü" has 'ü' at byte 0, which legacy validation ([a-zA-Z_][a-zA-Z0-9_]*) does not allow: sample x{"ü"="1"} of gauge family "x"`,
		},
		{
			"label name reserved", metric.TypeGauge,
			list{{Name: "x", Labels: labels(t, "__a", "1")}},
			utf8,
			`metric: label name "__a" starts with the reserved "__": sample x{__a="1"} of gauge family "x"`,
		},
		{
			"le in a histogram", metric.TypeHistogram,
			list{{Name: "x", Labels: labels(t, "le", "1"), Histogram: good}},
			utf8,
			`metric: label name "le" is reserved: sample x{le="1"} of histogram family "x"`,
		},
		{
			"quantile in a summary", metric.TypeSummary,
			list{{Name: "x", Labels: labels(t, "quantile", "1"), Summary: &metric.Summary{}}},
			utf8,
			`metric: label name "quantile" is reserved: sample x{quantile="1"} of summary family "x"`,
		},
		{
			"composite with another name", metric.TypeHistogram,
			list{{Name: "x_total", Histogram: good}},
			utf8,
			`metric: composite sample is not named like the family: sample x_total{} of histogram family "x"`,
		},
		{
			"histogram in a gauge", metric.TypeGauge,
			list{{Name: "x", Histogram: good}},
			utf8,
			`metric: composite value does not belong to the type: sample x{} of gauge family "x"`,
		},
		{
			"summary in a histogram", metric.TypeHistogram,
			list{{Name: "x", Summary: &metric.Summary{}}},
			utf8,
			`metric: composite value does not belong to the type: sample x{} of histogram family "x"`,
		},
		{
			"histogram in a summary", metric.TypeSummary,
			list{{Name: "x", Histogram: good}},
			utf8,
			`metric: composite value does not belong to the type: sample x{} of summary family "x"`,
		},
		{
			"histogram and summary", metric.TypeUnknown,
			list{{Name: "x", Histogram: good, Summary: &metric.Summary{}}},
			utf8,
			`metric: composite value does not belong to the type: sample x{} of unknown family "x"`,
		},
		{
			"bad histogram", metric.TypeHistogram,
			list{{Name: "x", Histogram: &metric.Histogram{}}},
			utf8,
			`metric: histogram has no buckets: sample x{} of histogram family "x"`,
		},
		{
			"bad summary", metric.TypeSummary,
			list{{Name: "x", Summary: &metric.Summary{Count: -1}}},
			utf8,
			`metric: summary count -1 is negative or NaN: sample x{} of summary family "x"`,
		},

		{
			"duplicate", metric.TypeGauge,
			list{{Name: "x", Labels: a}, {Name: "x", Labels: b}, {Name: "x", Labels: a}},
			utf8,
			`metric: series x{a="1"} occurs twice in family "x"`,
		},
		{"points ascend", metric.TypeGauge, list{{Name: "x", Timestamp: taken}, {Name: "x", Timestamp: later}}, utf8, ""},
		{"points apart", metric.TypeGauge, list{{Name: "x", Timestamp: taken}, {Name: "y"}, {Name: "x", Timestamp: later}}, utf8, ""},
		{
			"points at one time", metric.TypeGauge,
			list{{Name: "x", Timestamp: taken}, {Name: "x", Timestamp: taken}},
			utf8,
			`metric: series x{} occurs twice in family "x"`,
		},
		{
			"points descend", metric.TypeGauge,
			list{{Name: "x", Timestamp: later}, {Name: "x", Timestamp: taken}},
			utf8,
			`metric: series x{} occurs twice in family "x"`,
		},
		{
			"third point descends", metric.TypeGauge,
			list{{Name: "x", Timestamp: created}, {Name: "x", Timestamp: later}, {Name: "x", Timestamp: taken}},
			utf8,
			`metric: series x{} occurs twice in family "x"`,
		},
		{
			"second without time", metric.TypeGauge,
			list{{Name: "x", Timestamp: taken}, {Name: "x"}},
			utf8,
			`metric: series x{} occurs twice in family "x"`,
		},
		{
			"first without time", metric.TypeGauge,
			list{{Name: "x"}, {Name: "x", Timestamp: taken}},
			utf8,
			`metric: series x{} occurs twice in family "x"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := metric.Copy(&fakeFamily{desc: &metric.Desc{Name: "x", Type: tt.typ}, samples: tt.samples})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				checkError(t, s.Validate(tt.validation), tt.want)
			}
		})
	}
}

func TestSnapshotValidateDesc(t *testing.T) {
	t.Parallel()
	s, err := metric.Copy(metric.NewGaugeFamily("é", "h"))
	if err != nil {
		t.Fatal(err)
	}
	checkError(t, s.Validate(metric.UTF8Validation), "")
	var nameError *metric.NameError
	if err := s.Validate(metric.LegacyValidation); !errors.As(err, &nameError) {
		t.Errorf("the error is %v, want a NameError", err)
	}
}

// TestSnapshotFindsAnyDuplicate grows and shrinks one snapshot, so that its
// table is reused at all sizes.
func TestSnapshotFindsAnyDuplicate(t *testing.T) {
	t.Parallel()
	var s metric.Snapshot
	for _, n := range []int{3, 1000, 2, 17, 5000, 1, 64} {
		f := &fakeFamily{desc: &metric.Desc{Name: "x"}}
		for i := range n {
			f.samples = append(f.samples, metric.Sample{Name: "x" + strconv.Itoa(i%3), Labels: labels(t, "a", strconv.Itoa(i/3))})
		}
		if err := s.Load(f); err != nil {
			t.Fatal(err)
		}
		checkError(t, s.Validate(metric.LegacyValidation), "")
		twice := f.samples[n/2]
		f.samples = append(f.samples, twice)
		if err := s.Load(f); err != nil {
			t.Fatal(err)
		}
		checkError(t, s.Validate(metric.LegacyValidation), fmt.Sprintf(`metric: series %s%s occurs twice in family "x"`, twice.Name, twice.Labels))
	}
}

func BenchmarkSnapshot(b *testing.B) {
	f := metric.NewGaugeFamily("x", "h", "a", "b", "c")
	for i := range 10_000 {
		f.Add(1, strconv.Itoa(i), "constant", "/some/path")
	}
	var s metric.Snapshot
	b.Run("Load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Load(f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Validate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Validate(metric.UTF8Validation); err != nil {
				b.Fatal(err)
			}
		}
	})
}
