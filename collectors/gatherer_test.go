package collectors_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"

	"polymeter.dev"
	"polymeter.dev/collectors"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// everything has families of all types that the protobuf format has.
func everything() *polymeter.Registry {
	r := polymeter.NewRegistry(nil)
	requests := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "requests", Help: "Requests.", Labels: []string{"path"}}))
	requests.With("/a").AddWithExemplar(2, metric.MustLabels("trace_id", "abc"))
	requests.With("/b \"quoted\"\n").Inc()
	polymeter.Must(r.NewGauge(polymeter.GaugeOpts{Name: "level_bytes", Unit: "bytes"})).Set(math.Inf(-1))
	classic := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "classic", Buckets: []float64{-1, 1}}))
	native := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "native", Native: &polymeter.NativeOpts{}}))
	both := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "both", Buckets: []float64{1}, Native: &polymeter.NativeOpts{}}))
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "unused", Native: &polymeter.NativeOpts{}}))
	for _, v := range []float64{-3, 0, 0.5, 1, 7, 7.1, 1e6} {
		classic.Observe(v)
		native.Observe(v)
		both.ObserveWithExemplar(v, metric.MustLabels("trace_id", "def"))
	}
	size := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "size", Quantiles: []float64{0.5, 0.9}}))
	size.Observe(3)
	r.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		unknown := metric.NewUnknownFamily("unknown", "")
		unknown.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.TimestampMilli(1520879607789)})
		waiting := metric.NewGaugeHistogramFamily("waiting", "")
		waiting.Add([]metric.Bucket{{UpperBound: 1, Count: 2}, {UpperBound: math.Inf(1), Count: 3}}, 4)
		return metric.EmitAll(emit, unknown, waiting)
	}))
	return r
}

// There and back again nothing is lost.
func TestGathererRoundTrip(t *testing.T) {
	t.Parallel()
	r := everything()
	back := collectors.FromGatherer(collectors.AsGatherer(r))
	for _, format := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON(),
	} {
		want, got := page(t, r, format), page(t, back, format)
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", format, got, want)
		}
	}
}

func page(t *testing.T, c metric.Collector, format exposition.Format) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := exposition.Write(context.Background(), &b, c, format, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAsGathererReportsWhatIsLost(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	r.MustRegister(metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		bad := metric.NewRawFamily("bad", "", metric.TypeHistogram)
		bad.AddSample("bad_sum", nil, 1)
		good := metric.NewGaugeFamily("good", "")
		good.Add(1)
		return metric.EmitAll(emit, bad, good)
	}))
	families, err := collectors.AsGatherer(r).Gather()
	if len(families) != 1 || families[0].GetName() != "good" {
		t.Errorf("families = %v", families)
	}
	if err == nil || !strings.Contains(err.Error(), `"bad"`) {
		t.Errorf("error = %v", err)
	}
}

func TestFromGatherer(t *testing.T) {
	t.Parallel()
	failure := errors.New("half of it failed")
	c := collectors.FromGatherer(collectors.GathererFunc(func() ([]*dto.MetricFamily, error) {
		return []*dto.MetricFamily{
			{
				Name: proto.String("jobs"), Type: dto.MetricType_COUNTER.Enum(),
				Metric: []*dto.Metric{{Counter: &dto.Counter{Value: proto.Float64(3)}}, {}},
			},
			{
				Name: proto.String("took"), Type: dto.MetricType_HISTOGRAM.Enum(),
				Metric: []*dto.Metric{{Histogram: &dto.Histogram{
					SampleCount: proto.Uint64(2), SampleSum: proto.Float64(1.5),
					Bucket: []*dto.Bucket{{UpperBound: proto.Float64(1), CumulativeCount: proto.Uint64(1)}},
				}}},
			},
		}, failure
	}))
	var b strings.Builder
	_, err := exposition.Write(context.Background(), &b, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return c.Collect(ctx, emit)
	}), exposition.FormatText(), nil)
	if !errors.Is(err, failure) {
		t.Errorf("error = %v, want %v", err, failure)
	}
	want := `# TYPE took histogram
took_bucket{le="1.0"} 1
took_bucket{le="+Inf"} 2
took_count 2
took_sum 1.5
`
	// The counters clash: neither has a label.
	if !strings.Contains(err.Error(), `"jobs"`) || b.String() != want {
		t.Errorf("error = %v, page:\n%s", err, b.String())
	}
}

// A counter whose name does not end in _total keeps it in text.
// TestFromGathererNamesOnce shows a counter and a gauge that client_golang's own collector
// of the Go runtime has.
func TestFromGathererNamesOnce(t *testing.T) {
	t.Parallel()
	counter, gauge := dto.MetricType_COUNTER, dto.MetricType_GAUGE
	families := collectors.GathererFunc(func() ([]*dto.MetricFamily, error) {
		return []*dto.MetricFamily{
			{Name: proto.String("alloc_bytes"), Type: &gauge, Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: proto.Float64(1)}}}},
			{Name: proto.String("alloc_bytes_total"), Type: &counter, Metric: []*dto.Metric{{Counter: &dto.Counter{Value: proto.Float64(2)}}}},
			{Name: proto.String("frees_total"), Type: &counter, Metric: []*dto.Metric{{Counter: &dto.Counter{Value: proto.Float64(3)}}}},
		}, nil
	})
	r := polymeter.NewRegistry(nil)
	r.MustRegister(collectors.FromGatherer(families))
	const want = "# TYPE alloc_bytes gauge\nalloc_bytes 1\n# TYPE alloc_bytes_total unknown\nalloc_bytes_total 2\n" +
		"# TYPE frees counter\nfrees_total 3\n# EOF\n"
	if got := page(t, r, exposition.FormatOpenMetrics()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFromGathererKeepsNames(t *testing.T) {
	t.Parallel()
	c := collectors.FromGatherer(collectors.GathererFunc(func() ([]*dto.MetricFamily, error) {
		return []*dto.MetricFamily{{
			Name: proto.String("jobs"), Type: dto.MetricType_COUNTER.Enum(),
			Metric: []*dto.Metric{{Counter: &dto.Counter{Value: proto.Float64(3)}}},
		}}, nil
	}))
	if got, want := page(t, c, exposition.FormatText()), "# TYPE jobs counter\njobs 3\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := page(t, c, exposition.FormatOpenMetrics()), "# TYPE jobs counter\njobs_total 3\n# EOF\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
