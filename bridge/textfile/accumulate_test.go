//go:build unix

package textfile_test

import (
	"context"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/bridge/textfile"
	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// lockName is that of the file that stays beside a file that is accumulated in.
const lockName = ".jobs.prom.lock"

// run is what one run of a job counts.
func run(version string, tables ...string) metric.Collector {
	r := polymeter.NewRegistry(nil)
	rows := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "rows", Help: "Rows, as " + version + " has it.", Labels: []string{"table"}}))
	polymeter.Must(r.NewInfo(polymeter.InfoOpts{Name: "build"})).Set(map[string]string{"version": version})
	last := polymeter.Must(r.NewGaugeVec(polymeter.GaugeOpts{Name: "last", Labels: []string{"table"}}))
	took := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "took", Buckets: []float64{1, 2}}))
	size := polymeter.Must(r.NewSummary(polymeter.SummaryOpts{Name: "size"}))
	for i, table := range tables {
		rows.With(table).Add(10)
		last.With(table).Set(float64(i))
		took.Observe(float64(i) + 0.5)
		size.Observe(2)
	}
	return r
}

func TestAccumulate(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	for _, c := range []metric.Collector{run("1.0", "a", "b"), collecting(gauge("other", 7)), run("1.1", "b", "c", "d")} {
		if err := textfile.Accumulate(t.Context(), path, c, nil); err != nil {
			t.Fatal(err)
		}
	}
	wantFile(t, path, `# HELP rows_total Rows, as 1.1 has it.
# TYPE rows_total counter
rows_total{table="a"} 10
rows_total{table="b"} 20
rows_total{table="c"} 10
rows_total{table="d"} 10
# TYPE build_info gauge
build_info{version="1.1"} 1
# TYPE last gauge
last{table="b"} 0
last{table="c"} 1
last{table="d"} 2
# TYPE took histogram
took_bucket{le="1.0"} 2
took_bucket{le="2.0"} 4
took_bucket{le="+Inf"} 5
took_count 5
took_sum 6.5
# TYPE size summary
size_count 5
size_sum 10
# TYPE other gauge
other 7
`, lockName)
}

// TestAccumulateDetails adds to what is in the file already.
func TestAccumulateDetails(t *testing.T) {
	t.Parallel()
	histogram := func(gauge bool, bounds ...float64) metric.Family {
		var buckets []metric.Bucket
		for i, bound := range append(bounds, metric.Inf()) {
			buckets = append(buckets, metric.Bucket{UpperBound: bound, Count: float64(i + 1)})
		}
		if gauge {
			f := metric.NewGaugeHistogramFamily("h", "")
			f.Add(buckets, 1)
			return f
		}
		f := metric.NewHistogramFamily("h", "")
		f.Add(buckets, 1)
		return f
	}
	summary := metric.NewSummaryFamily("s", "")
	summary.AddRow(metric.SummaryRow{Count: 1, Sum: 2, Quantiles: []metric.Quantile{{Quantile: 0.5, Value: 2}}})
	untyped := metric.NewUnknownFamily("u", "")
	untyped.Add(2)
	const h = "# TYPE h histogram\n"
	tests := []struct {
		name, before string
		added        metric.Family
		want         string
	}{
		{"the same bounds", h + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 1\n", histogram(false, 1), h + "h_bucket{le=\"1.0\"} 2\nh_bucket{le=\"+Inf\"} 4\nh_count 4\nh_sum 2\n"},
		{"other bounds", h + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 1\n", histogram(false, 2, 3), h + "h_bucket{le=\"2.0\"} 2\nh_bucket{le=\"+Inf\"} 5\nh_count 5\nh_sum 2\n"},
		{"no sum", h + "h_bucket{le=\"+Inf\"} 2\n", histogram(false), h + "h_bucket{le=\"+Inf\"} 3\nh_count 3\nh_sum NaN\n"},
		{"gauge histogram", h + "h_bucket{le=\"+Inf\"} 9\nh_count 9\nh_sum 9\n", histogram(true), h + "h_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1\n"},
		{"quantiles", "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"0.9\"} 1\ns_sum 5\ns_count 5\n", summary, "# TYPE s summary\ns{quantile=\"0.5\"} 2\ns_count 6\ns_sum 7\n"},
		{"untyped", "u 1\n", untyped, "# TYPE u untyped\nu 2\n"},
		{"counter without _total", "# TYPE c counter\nc 1\n", counter("c", 2), "# TYPE c counter\nc 1\n# TYPE c_total counter\nc_total 2\n"},
		{"nothing", "", counter("c", 2), "# TYPE c_total counter\nc_total 2\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			put(t, path, test.before)
			if err := textfile.Accumulate(t.Context(), path, collecting(test.added), nil); err != nil {
				t.Fatal(err)
			}
			wantFile(t, path, test.want, lockName)
		})
	}
}

// TestAccumulateRefuses leaves a file alone that it cannot add to.
func TestAccumulateRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, want string }{
		{"damage", "# TYPE c_total counter\nc_total 1\nc_total", "nothing was added: what is in the file cannot be read: exposition: line 3"},
		{"another type", "# TYPE c_total gauge\nc_total 1\n", `nothing was added: family "c_total" is a counter now, and a gauge in the file`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			put(t, path, test.before)
			err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil)
			wantError(t, err, path, test.want)
			wantFile(t, path, test.before, lockName)
		})
	}
	t.Run("clash", func(t *testing.T) {
		t.Parallel()
		path := newPath(t)
		before := "# TYPE s_count gauge\ns_count 1\n"
		put(t, path, before)
		f := metric.NewSummaryFamily("s", "")
		f.Add(1, 1)
		wantError(t, textfile.Accumulate(t.Context(), path, collecting(f), nil), path, "nothing was added: exposition: ")
		wantFile(t, path, before, lockName)
	})
}

// TestAccumulateProperty adds up to what a registry shows that has counted everything.
func TestAccumulateProperty(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	all := polymeter.NewRegistry(nil)
	observeIn := func(r *polymeter.Registry) func(float64) {
		c := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"n"}}))
		h := polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{2, 4, 8}}))
		return func(v float64) {
			c.With(strings.Repeat("x", int(v)%3)).Add(v)
			h.Observe(v)
		}
	}
	observe := observeIn(all)
	for i := range 20 {
		r := polymeter.NewRegistry(nil)
		once := observeIn(r)
		for j := range i {
			once(float64(i * j % 11))
			observe(float64(i * j % 11))
		}
		if err := textfile.Accumulate(context.Background(), path, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	want, err := exposition.GenerateLatest(all)
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, string(want), lockName)
}
