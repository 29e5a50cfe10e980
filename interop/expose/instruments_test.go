package expose_test

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/textparse"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/promread"
	"polymeter.dev/interop/pyclient"
	"polymeter.dev/metric"
)

// registry declares one instrument of every kind and updates it.
func registry(t *testing.T) *polymeter.Registry {
	t.Helper()
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{TargetInfo: map[string]string{"service.name": "shop"}})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	trace := metric.MustLabels("trace_id", "abc")
	visits, err := r.NewCounterVec(polymeter.CounterOpts{Name: "visits", Help: "Visits.", Labels: []string{"path", "http.method"}})
	must(err)
	visits.With("/\"\n", "GET").Add(2.5)
	visits.With("/", "PUT").AddWithExemplar(3, trace)
	level, err := r.NewGauge(polymeter.GaugeOpts{Name: "level", Unit: "bytes"})
	must(err)
	level.Set(-0.25)
	took, err := r.NewHistogram(polymeter.HistogramOpts{Name: "took", Unit: "seconds", Buckets: []float64{0.5, 1}})
	must(err)
	took.Observe(0.25)
	took.ObserveWithExemplar(0.75, trace)
	took.Observe(math.Inf(1))
	native, err := r.NewHistogram(polymeter.HistogramOpts{Name: "native", Native: &polymeter.NativeOpts{Factor: 2}})
	must(err)
	both, err := r.NewHistogram(polymeter.HistogramOpts{Name: "both", Native: &polymeter.NativeOpts{Factor: 2}, Buckets: []float64{1}})
	must(err)
	for _, v := range []float64{-3, 0, 1, 1.5, 2, 100} {
		native.Observe(v)
		both.ObserveWithExemplar(v, trace)
	}
	size, err := r.NewSummary(polymeter.SummaryOpts{Name: "size", Quantiles: []float64{0.5}})
	must(err)
	size.Observe(4)
	info, err := r.NewInfo(polymeter.InfoOpts{Name: "build"})
	must(err)
	info.Set(map[string]string{"version": "1"})
	state, err := r.NewStateSet(polymeter.StateSetOpts{Name: "state", States: []string{"off", "on"}})
	must(err)
	state.Set("on")
	return r
}

// TestPrometheusReadsInstruments compares what instruments show, in every
// format that Prometheus reads, with what they were told.
func TestPrometheusReadsInstruments(t *testing.T) {
	t.Parallel()
	r := registry(t)
	simple := map[string]string{
		`{__name__="visits_total", "http.method"="GET", path="/\"\n"}`: "2.5",
		`{__name__="visits_total", "http.method"="PUT", path="/"}`:     "3",
		`{__name__="level_bytes"}`:                                     "-0.25",
		`{__name__="took_seconds_bucket", le="0.5"}`:                   "1",
		`{__name__="took_seconds_bucket", le="1.0"}`:                   "2",
		`{__name__="took_seconds_bucket", le="+Inf"}`:                  "3",
		`{__name__="took_seconds_count"}`:                              "3",
		`{__name__="took_seconds_sum"}`:                                "+Inf",
		`{__name__="size_count"}`:                                      "1",
		`{__name__="size_sum"}`:                                        "4",
		`{__name__="build_info", version="1"}`:                         "1",
		`{__name__="state", state="off"}`:                              "0",
		`{__name__="state", state="on"}`:                               "1",
		`{__name__="target_info", "service.name"="shop"}`:              "1",
	}
	classic := map[string]string{
		`{__name__="native_bucket", le="+Inf"}`: "6",
		`{__name__="native_count"}`:             "6",
		`{__name__="native_sum"}`:               "101.5",
		`{__name__="both_bucket", le="1.0"}`:    "3",
		`{__name__="both_bucket", le="+Inf"}`:   "6",
		`{__name__="both_count"}`:               "6",
		`{__name__="both_sum"}`:                 "101.5",
	}
	const histogram = "{{count:6 sum:101.5 z_bucket:1 z_bucket_w:2.938735877055719e-39 buckets:[1 2 0 0 0 0 0 1] n_offset:2 n_buckets:[1]}}"
	natives := map[string]string{`{__name__="native"}`: histogram, `{__name__="both"}`: histogram}
	for name, test := range map[string]struct {
		format exposition.Format
		more   map[string]string
	}{
		"text":         {exposition.FormatText100(), classic},
		"openmetrics":  {exposition.FormatOpenMetrics(), classic},
		"openmetrics2": {exposition.FormatOpenMetrics2(), natives},
		"protobuf":     {exposition.FormatProtobuf(), natives},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := promread.Read(t, write(t, r, test.format, nil), test.format.ContentType(), textparse.ParserOptions{})
			want := map[string]string{}
			for _, set := range []map[string]string{simple, test.more} {
				for key, value := range set {
					want[key] = value
				}
			}
			got := map[string]string{}
			for key, p := range page.Points {
				got[key] = p.Value
			}
			const median = `{__name__="size", quantile="0.5"}`
			if f, err := strconv.ParseFloat(got[median], 64); err != nil || math.Abs(f-4) > 0.011*4 {
				t.Errorf("median = %q, want about 4", got[median])
			}
			delete(got, median)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if test.format.Syntax == exposition.Text {
				return
			}
			for _, key := range []string{`{__name__="visits_total", "http.method"="PUT", path="/"}`, `{__name__="took_seconds_count"}`} {
				if page.Points[key].Start == 0 {
					t.Errorf("%s has no start timestamp", key)
				}
			}
			counter := page.Points[`{__name__="visits_total", "http.method"="PUT", path="/"}`].Exemplars
			if len(counter) != 1 || !strings.HasPrefix(counter[0], `{trace_id="abc"} 3 at 1`) {
				t.Errorf("exemplars of the counter: %q", counter)
			}
			bucket := page.Points[`{__name__="took_seconds_bucket", le="1.0"}`].Exemplars
			if len(bucket) != 1 || !strings.HasPrefix(bucket[0], `{trace_id="abc"} 0.75 at 1`) {
				t.Errorf("exemplars of the bucket: %q", bucket)
			}
			if test.format.Syntax != exposition.OpenMetrics && len(page.Points[`{__name__="both"}`].Exemplars) == 0 {
				t.Error("no exemplars of the native histogram")
			}
		})
	}
}

// TestPythonReadsInstruments has the strict parser judge pages of instruments.
func TestPythonReadsInstruments(t *testing.T) {
	t.Parallel()
	page, err := exposition.GenerateOpenMetrics(registry(t))
	if err != nil {
		t.Fatal(err)
	}
	for version, find := range pythons {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			parsed, err := pyclient.Start(t, peers.Require(t, find), "").ParseOpenMetrics(string(page))
			if err != nil {
				t.Fatalf("%v\nin the page\n%s", err, page)
			}
			var names []string
			for _, f := range parsed {
				names = append(names, f.Type+" "+f.Name)
			}
			slices.Sort(names)
			want := []string{
				"counter visits", "gauge level_bytes", "histogram both", "histogram native", "histogram took_seconds",
				"info build", "info target", "stateset state", "summary size",
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestPrometheusReadsCustomBounds: native histograms with custom bounds travel
// as classic ones in every format.
func TestPrometheusReadsCustomBounds(t *testing.T) {
	t.Parallel()
	f := metric.NewHistogramFamily("custom", "")
	f.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
		Count: 6, Sum: 9, Schema: metric.CustomBoundsSchema, CustomBounds: []float64{-1, 1, 2},
		PositiveSpans: []metric.BucketSpan{{Offset: 0, Length: 1}, {Offset: 1, Length: 2}}, PositiveCounts: []float64{1, 2, 3},
	}})
	collector := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error { return emit(f) })
	for _, format := range []exposition.Format{
		exposition.FormatText(), exposition.FormatOpenMetrics(), exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(),
	} {
		got := map[string]string{}
		for key, p := range promread.Read(t, write(t, collector, format, nil), format.ContentType(), textparse.ParserOptions{}).Points {
			got[key] = p.Value
		}
		want := map[string]string{
			`{__name__="custom_bucket", le="-1.0"}`: "1",
			`{__name__="custom_bucket", le="1.0"}`:  "1",
			`{__name__="custom_bucket", le="2.0"}`:  "3",
			`{__name__="custom_bucket", le="+Inf"}`: "6",
		}
		if format.Syntax != exposition.OpenMetrics {
			want[`{__name__="custom_count"}`], want[`{__name__="custom_sum"}`] = "6", "9"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", format, diff)
		}
	}
}
