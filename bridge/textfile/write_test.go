package textfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev"
	"polymeter.dev/bridge/textfile"
	"polymeter.dev/metric"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	r := polymeter.NewRegistry(nil)
	polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "rows", Help: "Rows\ncopied.", Labels: []string{"tab.le"}})).With("a\"b").Add(3)
	polymeter.Must(r.NewHistogram(polymeter.HistogramOpts{Name: "h", Buckets: []float64{1}, Native: &polymeter.NativeOpts{}})).Observe(0.5)
	path := newPath(t)
	for range 2 {
		if err := textfile.Write(t.Context(), path, r, nil); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, `# HELP rows_total Rows\ncopied.
# TYPE rows_total counter
rows_total{tab_le="a\"b"} 3
# TYPE h histogram
h_bucket{le="1.0"} 1
h_bucket{le="+Inf"} 1
h_count 1
h_sum 0.5
`)
	}
}

// TestHistograms have a count in any case: the node exporter takes a missing one for 0.
func TestHistograms(t *testing.T) {
	t.Parallel()
	buckets := []metric.Bucket{{UpperBound: metric.Inf(), Count: 2}}
	unknown := metric.NewHistogramFamily("h", "")
	unknown.AddRow(metric.HistogramRow{Buckets: buckets, NoSum: true})
	raw := metric.NewRawFamily("h", "", metric.TypeHistogram)
	raw.AddSample("h_bucket", map[string]string{"le": "+Inf"}, 2)
	gauges := metric.NewGaugeHistogramFamily("h", "")
	gauges.Add(buckets, 5)
	for sum, f := range map[string]metric.Family{"NaN": unknown, "NaN ": raw, "5": gauges} {
		path := newPath(t)
		if err := textfile.Write(t.Context(), path, collecting(f), nil); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum "+strings.TrimSpace(sum)+"\n")
	}
}

// TestMode is what was asked for, whatever the file had before. That the umask does not
// matter is in the child process of TestKilledJobs, which has another one.
func TestMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	path := newPath(t)
	for _, step := range []struct{ mode, want fs.FileMode }{{0, 0o644}, {0o640, 0o640}, {0, 0o644}, {0o666, 0o666}} {
		if err := textfile.Write(t.Context(), path, collecting(gauge("a", 1)), &textfile.Options{Mode: step.mode}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != step.want {
			t.Errorf("mode %v (%v), want %v", info.Mode(), err, step.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for escaping, want := range map[metric.Escaping]string{
		metric.Underscores: "# TYPE a_b gauge\na_b 1\n",
		metric.Dots:        "# TYPE a_dot_b gauge\na_dot_b 1\n",
		metric.Values:      "# TYPE U__a_2e_b gauge\nU__a_2e_b 1\n",
		metric.AllowUTF8:   "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n",
	} {
		path := newPath(t)
		if err := textfile.Write(t.Context(), path, collecting(gauge("a.b", 1)), &textfile.Options{Escaping: escaping}); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, want)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "a.prom")
	put(t, file, "before 1\n")
	tests := []struct {
		name, path string
		c          metric.Collector
		o          *textfile.Options
		want       string
	}{
		{"no path", "", collecting(), nil, "textfile: the path is empty"},
		{"name", filepath.Join(dir, "a.txt"), collecting(), nil, "textfile: " + filepath.Join(dir, "a.txt") + ": the name does not end in .prom, so that the node exporter would not read it"},
		{"no collector", file, nil, nil, "textfile: there is no collector"},
		{"mode", file, collecting(), &textfile.Options{Mode: fs.ModeSetuid | 0o644}, "textfile: " + file + ": the mode urw-r--r-- has more than permissions"},
		{"escaping", file, collecting(), &textfile.Options{Escaping: 9}, "textfile: escaping scheme 9 does not exist"},
		{"timestamp", file, collecting(gauge("a", 1), timed()), nil, "textfile: " + file + `: nothing was written: family "timed": series timed{x="y"}: it has a timestamp, which the node exporter refuses`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, do := range []func(context.Context, string, metric.Collector, *textfile.Options) error{textfile.Write, textfile.Accumulate} {
				if err := do(t.Context(), test.path, test.c, test.o); err == nil || err.Error() != test.want {
					t.Errorf("error %v, want %s", err, test.want)
				}
			}
			wantFile(t, file, "before 1\n")
		})
	}
	missing := filepath.Join(dir, "missing", "a.prom")
	if err := textfile.Write(t.Context(), missing, collecting(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	folder := filepath.Join(t.TempDir(), "folder.prom")
	if err := os.MkdirAll(filepath.Join(folder, "something"), 0o755); err != nil {
		t.Fatal(err)
	}
	wantError(t, textfile.Write(t.Context(), folder, collecting(), nil), folder, "")
	wantFolder(t, folder, "folder.prom")
}

func TestPermitted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page")
	if err := textfile.Write(t.Context(), path, collecting(timed()), &textfile.Options{AnyName: true, DropTimestamps: true}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "# TYPE timed gauge\ntimed{x=\"y\"} 1\n")
	if err := textfile.Write(t.Context(), path, collecting(), &textfile.Options{AnyName: true}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "")
}

// TestLost writes what there is, says what there is not, and keeps the file when there
// is nothing.
func TestLost(t *testing.T) {
	t.Parallel()
	broken := errors.New("out of order")
	failing := func(families ...metric.Family) metric.Collector {
		return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			return errors.Join(metric.EmitAll(emit, families...), broken)
		})
	}
	path := newPath(t)
	put(t, path, "before 1\n")
	if err := textfile.Write(t.Context(), path, failing(), nil); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "before 1\n")
	if err := textfile.Write(t.Context(), path, failing(gauge("a", 1)), nil); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "# TYPE a gauge\na 1\n")
	if err := textfile.Accumulate(t.Context(), path, failing(gauge("a", 2)), nil); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "# TYPE a gauge\na 1\n")
}

// TestEndedContext leaves the file alone.
func TestEndedContext(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	put(t, path, "before 1\n")
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	for _, do := range []func(context.Context, string, metric.Collector, *textfile.Options) error{textfile.Write, textfile.Accumulate} {
		if err := do(ctx, path, collecting(gauge("a", 1)), nil); !errors.Is(err, stopped) {
			t.Errorf("error %v", err)
		}
	}
	wantFile(t, path, "before 1\n")
}

// TestHangingCollector costs the time that there is, and nothing of what was collected.
func TestHangingCollector(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		err := textfile.Write(t.Context(), path, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			if err := emit(gauge("a", 1)); err != nil {
				return err
			}
			<-release
			return nil
		}), &textfile.Options{Timeout: 10 * time.Second})
		wantError(t, err, path, "not done when the scrape had to end")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	wantFile(t, path, "# TYPE a gauge\na 1\n")
}
