package remotewrite_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// everything returns families of all types, with all that their samples can have.
func everything(t *testing.T) []metric.Family {
	t.Helper()
	at := func(seconds int) metric.Timestamp {
		return metric.TimestampOf(time.Now().Add(time.Duration(seconds) * time.Second))
	}
	requests := metric.NewCounterFamily("requests_seconds", "Requests.", "code")
	requests.SetUnit("seconds")
	requests.AddRow(metric.CounterRow{
		LabelValues: []string{"200"}, Value: 3, Created: at(-60),
		Exemplar: &metric.Exemplar{Labels: metric.MustLabels("trace", "x"), Value: 1, Timestamp: at(-5)},
	})
	depth := metric.NewGaugeFamily("depth", "Depth.")
	depth.AddRow(metric.ValueRow{Value: -1.5, Timestamp: at(-2)})
	latency := metric.NewHistogramFamily("latency", "")
	latency.AddRow(metric.HistogramRow{
		Buckets: []metric.Bucket{{UpperBound: 1, Count: 2}, {UpperBound: math.Inf(1), Count: 3}}, Sum: 7, Created: at(-60),
		Exemplars: []metric.Exemplar{{Value: 0.5, Timestamp: at(-4)}},
	})
	sizes := metric.NewHistogramFamily("sizes", "")
	sizes.AddRow(metric.HistogramRow{Created: at(-60), Sum: 9, Native: &metric.NativeHistogram{
		Count: 6, Sum: 9, Schema: 1, ZeroThreshold: 0.001, ZeroCount: 1,
		PositiveSpans: []metric.BucketSpan{{Offset: -1, Length: 2}}, PositiveCounts: []float64{2, 1},
		NegativeSpans: []metric.BucketSpan{{Offset: 3, Length: 1}}, NegativeCounts: []float64{2},
	}, Exemplars: []metric.Exemplar{{Value: 2, Timestamp: at(-3)}, {Value: 1, Timestamp: at(-4)}}})
	backlog := metric.NewGaugeHistogramFamily("backlog", "")
	backlog.AddRow(metric.GaugeHistogramRow{
		Buckets: []metric.Bucket{{UpperBound: 1, Count: 2.5}, {UpperBound: math.Inf(1), Count: 2.5}}, GSum: 2,
		Native: &metric.NativeHistogram{Count: 2.5, Sum: 2, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{2.5}},
	})
	times := metric.NewSummaryFamily("times", "")
	times.AddRow(metric.SummaryRow{Count: 2, Sum: 3, Created: at(-60), Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 1}}})
	build := metric.NewInfoFamily("build", "")
	build.Add(map[string]string{"version": "1"})
	state := metric.NewStateSetFamily("state", "")
	state.Add(map[string]bool{"on": true, "off": false})
	other := metric.NewUnknownFamily("other", "")
	other.Add(math.Float64frombits(0x7ff0000000000002)) // which is for writers alone
	return []metric.Family{requests, depth, latency, sizes, backlog, times, build, state, other}
}

const everything2 = `
	{__name__=requests_seconds_total,code=200,job=j} 3 @0 st@-60000 # {trace=x} 1 @-5000 counter "Requests." "seconds"
	{__name__=depth,job=j} -1.5 @-2000 gauge "Depth." ""
	{__name__=latency_bucket,job=j,le=1.0} 2 @0 st@-60000 # {} 0.5 @-4000 histogram
	{__name__=latency_bucket,job=j,le=+Inf} 3 @0 st@-60000 histogram
	{__name__=latency_count,job=j} 3 @0 st@-60000 histogram
	{__name__=latency_sum,job=j} 7 @0 st@-60000 histogram
	{__name__=sizes,job=j} native(int count:6 zero:1 sum:9 schema:1 threshold:0.001 pos -1,2 deltas[2 -1] neg 3,1 deltas[2]) @0 st@-60000 # {} 1 @-4000 # {} 2 @-3000 histogram
	{__name__=backlog,job=j} native(float count:2.5 zero:0 sum:2 schema:0 threshold:0 pos 0,1 counts[2.5] gauge) @0 gaugehistogram
	{__name__=backlog_bucket,job=j,le=1.0} 2.5 @0 gaugehistogram
	{__name__=backlog_bucket,job=j,le=+Inf} 2.5 @0 gaugehistogram
	{__name__=backlog_gcount,job=j} 2.5 @0 gaugehistogram
	{__name__=backlog_gsum,job=j} 2 @0 gaugehistogram
	{__name__=times,job=j,quantile=0.5} 1 @0 summary
	{__name__=times_count,job=j} 2 @0 st@-60000 summary
	{__name__=times_sum,job=j} 3 @0 st@-60000 summary
	{__name__=build_info,job=j,version=1} 1 @0 info
	{__name__=state,job=j,state=off} 0 @0 stateset
	{__name__=state,job=j,state=on} 1 @0 stateset
	{__name__=other,job=j} NaN @0 unspecified
`

func TestTypes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(everything(t)...), remotewrite.Options{Labels: map[string]string{"job": "j"}})
		push(t, w)
		wantLines(t, r.lines(), everything2)
		wantSelf(t, w, map[string]float64{
			`written_total{kind="sample"}`: 17, `written_total{kind="histogram"}`: 2, `written_total{kind="exemplar"}`: 4,
			`series{}`: 19, `waiting_samples{}`: 0, `protocol_version{}`: 2, `requests_total{outcome="accepted"}`: 1,
		})
	})
}

func TestTypesInVersion1(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(everything(t)...), remotewrite.Options{Protocol: remotewrite.Version1})
		push(t, w)
		wantLines(t, r.lines(), `
			{__name__=requests_seconds_total,code=200} 3 @0 # {trace=x} 1 @-5000
			{__name__=depth} -1.5 @-2000
			{__name__=latency_bucket,le=1.0} 2 @0 # {} 0.5 @-4000
			{__name__=latency_bucket,le=+Inf} 3 @0
			{__name__=latency_count} 3 @0
			{__name__=latency_sum} 7 @0
			{__name__=sizes} native(int count:6 zero:1 sum:9 schema:1 threshold:0.001 pos -1,2 deltas[2 -1] neg 3,1 deltas[2]) @0 # {} 1 @-4000 # {} 2 @-3000
			{__name__=backlog} native(float count:2.5 zero:0 sum:2 schema:0 threshold:0 pos 0,1 counts[2.5] gauge) @0
			{__name__=backlog_bucket,le=1.0} 2.5 @0
			{__name__=backlog_bucket,le=+Inf} 2.5 @0
			{__name__=backlog_gcount} 2.5 @0
			{__name__=backlog_gsum} 2 @0
			{__name__=times,quantile=0.5} 1 @0
			{__name__=times_count} 2 @0
			{__name__=times_sum} 3 @0
			{__name__=build_info,version=1} 1 @0
			{__name__=state,state=off} 0 @0
			{__name__=state,state=on} 1 @0
			{__name__=other} NaN @0
			# requests_seconds_total counter "Requests." "seconds"
			# depth gauge "Depth." ""
			# latency histogram "" ""
			# sizes histogram "" ""
			# backlog gaugehistogram "" ""
			# times summary "" ""
			# build_info info "" ""
			# state stateset "" ""
			# other unknown "" ""
		`)
		header := r.accepted()[0].header
		for name, want := range map[string]string{
			"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	})
}

// TestMetadataInVersion1 has it once a minute, not with every request.
func TestMetadataInVersion1(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		w := newWriter(t, r, collecting(gauge("depth", 1)), remotewrite.Options{Protocol: remotewrite.Version1})
		told := 0
		for range 5 {
			push(t, w)
			told += len(r.last()) - 1
			time.Sleep(20 * time.Second)
		}
		if told != 2 {
			t.Errorf("metadata was sent %d times in 80 seconds, want 2", told)
		}
	})
}

func TestClassicOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		native := &metric.NativeHistogram{Count: 2, Sum: 3, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{2}}
		alone, both := metric.NewHistogramFamily("alone", ""), metric.NewHistogramFamily("both", "")
		alone.AddRow(metric.HistogramRow{Native: native, Sum: 3})
		both.AddRow(metric.HistogramRow{Native: native, Sum: 3, Buckets: []metric.Bucket{{UpperBound: 1, Count: 1}, {UpperBound: math.Inf(1), Count: 2}}})
		r := newReceiver()
		push(t, newWriter(t, r, collecting(alone, both), remotewrite.Options{ClassicOnly: true}))
		wantLines(t, r.lines(), `
			{__name__=alone_bucket,le=+Inf} 2 @0 histogram
			{__name__=alone_count} 2 @0 histogram
			{__name__=alone_sum} 3 @0 histogram
			{__name__=both_bucket,le=1.0} 1 @0 histogram
			{__name__=both_bucket,le=+Inf} 2 @0 histogram
			{__name__=both_count} 2 @0 histogram
			{__name__=both_sum} 3 @0 histogram
		`)
	})
}

// TestCustomBounds sends native buckets with custom bounds as the classic ones that
// they are.
func TestCustomBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewHistogramFamily("h", "")
		f.AddRow(metric.HistogramRow{Sum: 3, Native: &metric.NativeHistogram{
			Schema: metric.CustomBoundsSchema, CustomBounds: []float64{1, 2}, Count: 3, Sum: 3,
			PositiveSpans: []metric.BucketSpan{{Length: 2}}, PositiveCounts: []float64{2, 1},
		}})
		r := newReceiver()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{}))
		wantLines(t, r.lines(), `
			{__name__=h_bucket,le=1.0} 2 @0 histogram
			{__name__=h_bucket,le=2.0} 3 @0 histogram
			{__name__=h_bucket,le=+Inf} 3 @0 histogram
			{__name__=h_count} 3 @0 histogram
			{__name__=h_sum} 3 @0 histogram
		`)
	})
}

// TestUnknownSum has a native histogram whose sum is not known.
func TestUnknownSum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewHistogramFamily("h", "")
		f.AddRow(metric.HistogramRow{NoSum: true, Native: &metric.NativeHistogram{
			Count: 1, PositiveSpans: []metric.BucketSpan{{Length: 1}}, PositiveCounts: []float64{1},
		}})
		r := newReceiver()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{}))
		wantLines(t, r.lines(), `{__name__=h} native(int count:1 zero:0 sum:NaN schema:0 threshold:0 pos 0,1 deltas[1]) @0 histogram`)
	})
}

// TestPages sends what pages say, line by line: lines are put together, so that start
// times and exemplars come along, and names stay as they were written.
func TestPages(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, page, want string }{
		{
			"counter with a created line", "# TYPE a counter\na_total 1\na_created 946684740\n# EOF\n",
			`{__name__=a_total} 1 @0 st@-60000 counter`,
		},
		{
			"histogram", "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1 # {x=\"y\"} 0.5\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 3\nh_created 946684740\n# EOF\n",
			`{__name__=h_bucket,le=1.0} 1 @0 st@-60000 # {x=y} 0.5 @0 histogram
			{__name__=h_bucket,le=+Inf} 2 @0 st@-60000 histogram
			{__name__=h_count} 2 @0 st@-60000 histogram
			{__name__=h_sum} 3 @0 st@-60000 histogram`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			families, err := exposition.ParseOpenMetrics(test.page)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver()
				push(t, newWriter(t, r, collecting(families...), remotewrite.Options{}))
				wantLines(t, r.lines(), test.want)
			})
		})
	}
}

func TestCounterWithoutTotal(t *testing.T) {
	t.Parallel()
	families, err := exposition.ParseText("# TYPE node_cpu counter\nnode_cpu 1\n")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		push(t, newWriter(t, r, collecting(families...), remotewrite.Options{}))
		wantLines(t, r.lines(), `{__name__=node_cpu} 1 @0 counter`)
	})
}

// TestStrayNames sends samples that are not named like their family as they are.
func TestStrayNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewRawFamily("build", "", metric.TypeInfo)
		f.AddSample("build", nil, 1)
		f.AddSample("builds", nil, 2)
		r := newReceiver()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{}))
		wantLines(t, r.lines(), "{__name__=build_info} 1 @0 info\n{__name__=builds} 2 @0 info")
	})
}
