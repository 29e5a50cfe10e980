package scrape_test

import (
	"bytes"
	"context"
	"testing"

	"polymeter.dev/collectors/scrape"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	a := serveOpenMetrics(t, "a", `# TYPE jobs counter
jobs_total{queue="x"} 1.5 # {id="old"} 1 10
jobs_created{queue="x"} 200
jobs_total{queue="y"} 7
jobs_created{queue="y"} 5
# TYPE took histogram
took_bucket{le="1.0"} 1
took_bucket{le="4.0"} 3
took_bucket{le="+Inf"} 4
took_sum 10
took_count 4
took_created 30
# TYPE waits summary
waits{quantile="0.5"} 1
waits_sum 2
waits_count 3
# TYPE level gauge
level 3
# TYPE peak gauge
peak 3
# TYPE sum gauge
sum 3
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="on"} 1
state{state="off"} 0
# TYPE points counter
points_total 1 10
points_total 2 20
# TYPE buffer gaugehistogram
buffer_bucket{le="+Inf"} 2
buffer_gsum 5
buffer_gcount 2
`)
	b := serveOpenMetrics(t, "b", `# TYPE jobs counter
jobs_total{queue="x"} 2.25 # {id="new"} 1 20
jobs_created{queue="x"} 100
jobs_total{queue="y"} 1
# TYPE took histogram
took_bucket{le="2.0"} 10
took_bucket{le="+Inf"} 10
took_sum 15
took_count 10
took_created 20
# TYPE waits summary
waits_sum 20
waits_count 30
# TYPE level gauge
level 4
# TYPE peak gauge
peak 4
# TYPE sum gauge
sum 4
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{state="on"} 0
state{state="off"} 1
# TYPE points counter
points_total 30 5
# TYPE buffer gaugehistogram
buffer_bucket{le="+Inf"} 3
buffer_gsum 6
buffer_gcount 3
`)
	wantPage(t, newCollector(t, &scrape.Options{
		Targets: []scrape.Target{a, b}, Merge: true,
		Modes: map[string]metric.GaugeMode{"peak": metric.GaugeLiveMax, "sum": metric.GaugeSum},
	}), `# TYPE jobs counter
jobs_total{queue="x"} 3.75 # {id="new"} 1 20
jobs_created{queue="x"} 100
jobs_total{queue="y"} 8
# TYPE took histogram
took_bucket{le="1.0"} 1
took_bucket{le="2.0"} 11
took_bucket{le="4.0"} 13
took_bucket{le="+Inf"} 14
took_count 14
took_sum 25
took_created 20
# TYPE waits summary
waits_count 33
waits_sum 22
# TYPE level gauge
level{instance="a"} 3
level{instance="b"} 4
# TYPE peak gauge
peak 4
# TYPE sum gauge
sum 7
# TYPE build info
build_info{version="1"} 1
# TYPE state stateset
state{instance="a",state="on"} 1
state{instance="a",state="off"} 0
state{instance="b",state="on"} 0
state{instance="b",state="off"} 1
# TYPE points counter
points_total 32 20
# TYPE buffer gaugehistogram
buffer_bucket{le="+Inf"} 5
buffer_gcount 5
buffer_gsum 11
`)
}

func TestMergeModes(t *testing.T) {
	t.Parallel()
	const page = "# TYPE g gauge\ng{x=\"a\"} %\ng{x=\"nan\"} NaN\n# TYPE s stateset\ns{s=\"on\"} 1\ns{s=\"off\"} %\n"
	var targets []scrape.Target
	for name, value := range map[string]string{"a": "0", "b": "1"} {
		targets = append(targets, serveOpenMetrics(t, name, string(bytes.ReplaceAll([]byte(page), []byte("%"), []byte(value)))))
	}
	for mode, want := range map[metric.GaugeMode][2]string{
		metric.GaugeMin: {"0", "0"}, metric.GaugeLiveMax: {"1", "1"}, metric.GaugeSum: {"1", "1"},
	} {
		c := newCollector(t, &scrape.Options{Targets: targets, Merge: true, Mode: mode})
		wantPage(t, c, "# TYPE g gauge\ng{x=\"a\"} "+want[0]+"\ng{x=\"nan\"} NaN\n"+
			"# TYPE s stateset\ns{s=\"on\"} 1\ns{s=\"off\"} "+want[1]+"\n")
	}
}

// Sums are those of the exact values, in whatever order targets come.
func TestMergeIsExact(t *testing.T) {
	t.Parallel()
	var targets []scrape.Target
	for i, value := range []string{"1e100", "1", "-1e100", "1"} {
		targets = append(targets, serveText(t, string(rune('a'+i)), "# TYPE g gauge\ng "+value+"\n"))
	}
	wantPage(t, newCollector(t, &scrape.Options{Targets: targets, Merge: true, Mode: metric.GaugeSum}), "# TYPE g gauge\ng 2\n")
}

// native returns a page in protobuf with histograms of native buckets.
func native(t *testing.T, histograms map[string]*metric.Histogram) string {
	t.Helper()
	f := metric.NewRawFamily("took", "", metric.TypeHistogram)
	for _, series := range []string{"fine", "half"} {
		if h := histograms[series]; h != nil {
			f.Add(metric.Sample{Name: "took", Labels: metric.MustLabels("s", series), Histogram: h})
		}
	}
	c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error { return emit(f) })
	var page bytes.Buffer
	if _, err := exposition.Write(t.Context(), &page, c, exposition.FormatProtobuf(), nil); err != nil {
		t.Fatal(err)
	}
	return serve(t, exposition.ContentTypeProtobuf, page.String())
}

// Native buckets are added up if all targets have some; else the classic ones tell.
func TestMergeNative(t *testing.T) {
	t.Parallel()
	buckets := func(schema int32, counts ...float64) *metric.NativeHistogram {
		n := &metric.NativeHistogram{Schema: schema, ZeroThreshold: 0.001, PositiveCounts: counts}
		n.PositiveSpans = []metric.BucketSpan{{Offset: 1, Length: uint32(len(counts))}}
		for _, c := range counts {
			n.Count += c
		}
		n.Sum = n.Count
		return n
	}
	both := func(n *metric.NativeHistogram) *metric.Histogram {
		return &metric.Histogram{Count: n.Count, Sum: n.Sum, Native: n}
	}
	classic := &metric.Histogram{Count: 4, Sum: 5, Buckets: []metric.Bucket{{UpperBound: 1, Count: 3}, {UpperBound: metric.Inf(), Count: 4}}}
	targets := []scrape.Target{
		{URL: native(t, map[string]*metric.Histogram{"fine": both(buckets(1, 1, 2, 3)), "half": both(buckets(0, 7))})},
		{URL: native(t, map[string]*metric.Histogram{"fine": both(buckets(0, 4)), "half": classic})},
	}
	got := map[string]*metric.Histogram{}
	err := newCollector(t, &scrape.Options{Targets: targets, Merge: true}).Collect(t.Context(), func(f metric.Family) error {
		return f.Each(func(s *metric.Sample) error {
			got[s.Labels.Get("s")] = s.Histogram.Clone()
			return s.Histogram.Validate()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	fine, half := got["fine"], got["half"]
	if fine.Native == nil || fine.Native.Schema != 0 || fine.Count != 10 || fine.Native.Count != 10 || fine.Sum != 10 || len(fine.Buckets) != 0 {
		t.Errorf("two native histograms become %+v", fine)
	}
	if half.Native != nil || half.Count != 11 || half.Sum != 12 || len(half.Buckets) != 2 || half.Buckets[0].Count != 3 || half.Buckets[1].Count != 11 {
		t.Errorf("a native and a classic histogram become %+v", half)
	}
}
