package graphite_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// pushed returns the lines of a push at the moment "now".
func pushed(t *testing.T, o graphite.Options, families ...metric.Family) (lines []string, self1 map[string]float64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		b := newBridge(t, r, collecting(families...), o)
		push(t, b)
		for _, line := range r.all() {
			lines = append(lines, strings.Replace(line, " 946684800", " now", 1))
		}
		if len(r.invalid) > 0 {
			t.Errorf("lines that are not valid: %q", r.invalid)
		}
		self1 = self(t, b)
	})
	return lines, self1
}

// requests is the seed's example, as a family.
func requests() metric.Family {
	f := metric.NewCounterFamily("app_requests", "Total requests.", "endpoint")
	f.AddRow(metric.CounterRow{LabelValues: []string{"/api/users"}, Value: 100, Created: metric.NewTimestamp(7, 5e8)})
	f.AddRow(metric.CounterRow{LabelValues: []string{"/api/orders"}, Value: 50})
	return f
}

func TestForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options graphite.Options
		want    string
	}{
		{"tags", graphite.Options{Tags: true}, `
			app_requests_total;endpoint=/api/users 100 now
			app_requests_total;endpoint=/api/orders 50 now
			app_memory_bytes 536870912 now
		`},
		{"levels", graphite.Options{}, `
			app_requests_total.endpoint._api_users 100 now
			app_requests_total.endpoint._api_orders 50 now
			app_memory_bytes 536870912 now
		`},
		{"prefix and labels", graphite.Options{Prefix: "prod.web", Labels: map[string]string{"instance": "a.b:1", "endpoint": "x", "zone": ""}}, `
			prod.web.app_requests_total.endpoint._api_users.instance.a_b:1 100 now
			prod.web.app_requests_total.endpoint._api_orders.instance.a_b:1 50 now
			prod.web.app_memory_bytes.endpoint.x.instance.a_b:1 536870912 now
		`},
		{"dots", graphite.Options{Dots: true, Labels: map[string]string{"instance": ".a..b."}}, `
			app_requests_total.endpoint._api_users.instance._.a._.b._ 100 now
			app_requests_total.endpoint._api_orders.instance._.a._.b._ 50 now
			app_memory_bytes.instance._.a._.b._ 536870912 now
		`},
		{"everything with tags", graphite.Options{Tags: true, Prefix: "p", Labels: map[string]string{"i": "a.b"}, Created: true}, `
			p.app_requests_total;endpoint=/api/users;i=a.b 100 now
			p.app_requests_created;endpoint=/api/users;i=a.b 7.5 now
			p.app_requests_total;endpoint=/api/orders;i=a.b 50 now
			p.app_memory_bytes;i=a.b 536870912 now
		`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lines, _ := pushed(t, test.options, requests(), gauge("app_memory_bytes", 512<<20))
			wantLines(t, lines, test.want)
		})
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	histogram := metric.NewHistogramFamily("h", "")
	histogram.AddRow(metric.HistogramRow{
		Buckets: []metric.Bucket{{UpperBound: 0.5, Count: 1}, {UpperBound: 1e6, Count: 2}, {UpperBound: metric.Inf(), Count: 3}}, Sum: 1.25,
		Created: metric.NewTimestamp(9, 0),
	})
	native := metric.NewHistogramFamily("n", "")
	native.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
		Count: 4, Sum: 8, PositiveSpans: []metric.BucketSpan{{Offset: 1, Length: 1}}, PositiveCounts: []float64{4},
	}})
	custom := metric.NewHistogramFamily("c", "")
	custom.AddRow(metric.HistogramRow{Native: &metric.NativeHistogram{
		Schema: metric.CustomBoundsSchema, Count: 4, Sum: 8, CustomBounds: []float64{2},
		PositiveSpans: []metric.BucketSpan{{Offset: 0, Length: 2}}, PositiveCounts: []float64{1, 3},
	}})
	gauges := metric.NewGaugeHistogramFamily("g", "")
	gauges.AddRow(metric.GaugeHistogramRow{Buckets: []metric.Bucket{{UpperBound: metric.Inf(), Count: 3}}, GSum: 2})
	summary := metric.NewSummaryFamily("s", "", "a")
	summary.AddRow(metric.SummaryRow{LabelValues: []string{"x"}, Count: 2, Sum: 3, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 1}}})
	info := metric.NewInfoFamily("build", "")
	info.AddRow(metric.InfoRow{Info: map[string]string{"version": "1.2"}})
	states := metric.NewStateSetFamily("mode", "")
	states.AddRow(metric.StateSetRow{States: map[string]bool{"on": true, "off": false}})
	raw := metric.NewRawFamily("r", "", metric.TypeCounter)
	raw.Add(metric.Sample{Name: "r_total", Value: 5})
	raw.Add(metric.Sample{Name: "r_created", Value: 6, Start: metric.NewTimestamp(6, 0)})
	families := []metric.Family{histogram, native, custom, gauges, summary, info, states, raw}

	t.Run("levels", func(t *testing.T) {
		t.Parallel()
		lines, _ := pushed(t, graphite.Options{}, families...)
		wantLines(t, lines, `
			h_bucket.le.0_5 1 now
			h_bucket.le.1e_06 2 now
			h_bucket.le._Inf 3 now
			h_count 3 now
			h_sum 1.25 now
			n_bucket.le._Inf 4 now
			n_count 4 now
			n_sum 8 now
			c_bucket.le.2_0 1 now
			c_bucket.le._Inf 4 now
			c_count 4 now
			c_sum 8 now
			g_bucket.le._Inf 3 now
			g_gcount 3 now
			g_gsum 2 now
			s.a.x.quantile.0_5 1 now
			s_count.a.x 2 now
			s_sum.a.x 3 now
			build_info.version.1_2 1 now
			mode.mode.off 0 now
			mode.mode.on 1 now
			r_total 5 now
		`)
	})
	t.Run("tags", func(t *testing.T) {
		t.Parallel()
		lines, _ := pushed(t, graphite.Options{Tags: true, Created: true}, families...)
		wantLines(t, lines, `
			h_bucket;le=0.5 1 now
			h_bucket;le=1e+06 2 now
			h_bucket;le=+Inf 3 now
			h_count 3 now
			h_sum 1.25 now
			h_created 9 now
			n_bucket;le=+Inf 4 now
			n_count 4 now
			n_sum 8 now
			c_bucket;le=2.0 1 now
			c_bucket;le=+Inf 4 now
			c_count 4 now
			c_sum 8 now
			g_bucket;le=+Inf 3 now
			g_gcount 3 now
			g_gsum 2 now
			s;a=x;quantile=0.5 1 now
			s_count;a=x 2 now
			s_sum;a=x 3 now
			build_info;version=1.2 1 now
			mode;mode=off 0 now
			mode;mode=on 1 now
			r_total 5 now
			r_created 6 now
		`)
	})
}

func TestValues(t *testing.T) {
	t.Parallel()
	f := metric.NewGaugeFamily("g", "", "n")
	for name, v := range map[string]float64{
		"whole": 1<<53 - 1, "great": 1 << 60, "small": 1e-300, "third": 1.0 / 3, "inf": math.Inf(1), "minus": math.Inf(-1), "zero": math.Copysign(0, -1), "nan": math.NaN(),
	} {
		f.Add(v, name)
	}
	lines, counts := pushed(t, graphite.Options{Tags: true}, f)
	got := map[string]bool{}
	for _, line := range lines {
		got[line] = true
	}
	for _, want := range []string{
		"g;n=whole 9007199254740991 now", "g;n=great 1.152921504606847e+18 now", "g;n=small 1e-300 now", "g;n=third 0.3333333333333333 now",
		"g;n=inf inf now", "g;n=minus -inf now", "g;n=zero -0 now",
	} {
		if !got[want] {
			t.Errorf("no line %q", want)
		}
		delete(got, want)
	}
	if len(got) > 0 || counts[`lost_total{reason="nan"}`] != 1 {
		t.Errorf("lines too many: %v; %v lost", got, counts[`lost_total{reason="nan"}`])
	}
}
