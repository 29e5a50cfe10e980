package remotewrite_test

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/promread"
	"polymeter.dev/metric"
)

// TestCorpus sends everything there is, and compares what is stored: values, start
// timestamps, native histograms and exemplars.
func TestCorpus(t *testing.T) {
	t.Parallel()
	r := startReceiver(t, remote.WriteV2MessageType)
	families := current()
	w := newWriter(t, r.server.URL, corpus.Collector(families), remotewrite.Options{BatchSize: 10, Shards: 3})
	if err := w.Push(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(expected(families).Points, r.page(t).Points); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// There is one, of unknown type, about which nothing is said.
	if n := r.metric(t, "prometheus_api_remote_write_without_metadata_appended_samples_total"); n != 1 {
		t.Errorf("%v samples came without metadata", n)
	}
	if n := r.metric(t, "prometheus_api_remote_write_invalid_labels_samples_total"); n != 0 {
		t.Errorf("%v samples had invalid labels", n)
	}
}

// current returns the corpus with timestamps of today, without the family that has two
// points of one series: Prometheus stores no old samples.
func current() []corpus.Family {
	now := time.Now().UnixMilli() - 1000
	var families []corpus.Family
	for _, f := range corpus.Families(false) {
		if f.Name == "points" {
			continue
		}
		for i := range f.Points {
			if p := &f.Points[i]; p.Time != 0 {
				p.Time = now
			}
		}
		families = append(families, f)
	}
	return families
}

// expected is what Prometheus must have stored. Quantiles, which go up and down, have no
// start.
func expected(families []corpus.Family) promread.Page {
	view := corpus.View{Escape: func(name string) string { return name }, Metadata: true, Lines: true}
	page := promread.NewPage()
	for i := range families {
		f := &families[i]
		page.Natives(f, view)
		page.Lines(f.OnlyBoth().Lines(view))
		lines := view
		lines.Native = true
		page.Lines(f.Lines(lines))
	}
	for key, point := range page.Points {
		if strings.Contains(key, "quantile=") {
			point.Start = 0
			page.Points[key] = point
		}
	}
	return page
}

// page returns what is stored. A sample that has the time of a collection is one
// without a timestamp.
func (r *receiver) page(t *testing.T) promread.Page {
	t.Helper()
	samples := promread.Samples(t, r.storage)
	var collected int64
	for _, s := range samples {
		collected = max(collected, s.MS)
	}
	exemplars := promread.Exemplars(t, r.storage)
	page := promread.NewPage()
	for _, s := range samples {
		s.Exemplars = exemplars[promread.Key(s.Labels, nil)]
		delete(s.Labels, "job")
		delete(s.Labels, "instance")
		ms := &s.MS
		if s.MS == collected {
			ms = nil
		}
		page.Points[promread.Key(s.Labels, ms)] = s.Point
	}
	return page
}

// metric returns the value of one of the handler's own metrics.
func (r *receiver) metric(t *testing.T, name string) float64 {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("the handler has no metric %q", name)
	return 0
}

// TestQueries asks by PromQL for what a program counts while it goes on, restarts and
// ends.
func TestQueries(t *testing.T) {
	t.Parallel()
	r := startReceiver(t, remote.WriteV2MessageType)
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	program := &program{start: begin}
	w := newWriter(t, r.server.URL, program, remotewrite.Options{})
	for minute := range 10 {
		program.at = begin.Add(time.Duration(minute) * time.Minute)
		program.count += 60
		if err := w.Push(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{
		`jobs_total`:                                             "600",
		`rate(jobs_total[5m])`:                                   "1",
		`histogram_count(size)`:                                  "600",
		`histogram_sum(size)`:                                    "1200",
		`rate(histogram_count(size)[5m:1m])`:                     "1",
		`histogram_fraction(1, 2, size)`:                         "1",
		`histogram_quantile(0.5, time_seconds)`:                  "",
		`histogram_quantile(0.5, rate(time_seconds_bucket[5m]))`: "0.5",
		`time_seconds_sum / time_seconds_count`:                  "0.5",
		`quantiles{quantile="0.9"}`:                              "9",
		`build_info{version="1"}`:                                "1",
		`mode{mode="on"} - ignoring(mode) mode{mode="off"}`:      "1",
	} {
		if got := r.query(t, query, program.at); got != want {
			t.Errorf("%s = %q, want %q", query, got, want)
		}
	}
}

// query returns the value of a query, without labels; nothing when it has no result.
func (r *receiver) query(t *testing.T, query string, at time.Time) string {
	t.Helper()
	engine := promqltest.NewTestEngine(t, false, 0, 1000)
	q, err := engine.NewInstantQuery(t.Context(), r.storage, nil, query, at)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	result := q.Exec(t.Context())
	vector, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return onlyValue(t, query, vector)
}

func onlyValue(t *testing.T, query string, vector promql.Vector) string {
	t.Helper()
	switch {
	case len(vector) == 0:
		return ""
	case len(vector) > 1 || vector[0].H != nil:
		t.Fatalf("%s = %v", query, vector)
	}
	return strconv.FormatFloat(vector[0].F, 'g', 6, 64)
}

// program counts jobs.
type program struct {
	start, at time.Time
	count     float64
}

func (p *program) Collect(_ context.Context, emit func(metric.Family) error) error {
	created, at := metric.TimestampOf(p.start), metric.TimestampOf(p.at)
	jobs := metric.NewCounterFamily("jobs", "Jobs done.")
	jobs.AddRow(metric.CounterRow{Value: p.count, Created: created, Timestamp: at})
	size := metric.NewHistogramFamily("size", "Size of the jobs.")
	size.AddRow(metric.HistogramRow{
		Native: &metric.NativeHistogram{
			Count: p.count, Sum: 2 * p.count,
			PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 1}}, PositiveCounts: []float64{p.count},
		},
		Created: created, Timestamp: at,
	})
	took := metric.NewHistogramFamily("time_seconds", "Time of the jobs.")
	took.AddRow(metric.HistogramRow{
		Buckets: []metric.Bucket{{UpperBound: 1, Count: p.count}, {UpperBound: inf, Count: p.count}}, Sum: p.count / 2,
		Created: created, Timestamp: at,
	})
	quantiles := metric.NewSummaryFamily("quantiles", "")
	quantiles.AddRow(metric.SummaryRow{Count: 1, Sum: 1, Quantiles: []metric.Quantile{{Quantile: 0.9, Value: 9}}, Timestamp: at})
	build := metric.NewInfoFamily("build", "")
	build.AddRow(metric.InfoRow{Info: map[string]string{"version": "1"}, Timestamp: at})
	mode := metric.NewStateSetFamily("mode", "")
	mode.AddRow(metric.StateSetRow{States: map[string]bool{"on": true, "off": false}, Timestamp: at})
	return metric.EmitAll(emit, jobs, size, took, quantiles, build, mode)
}

var inf = math.Inf(1)
