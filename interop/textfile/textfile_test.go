package textfile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"polymeter.dev"
	"polymeter.dev/bridge/textfile"
	"polymeter.dev/exposition"
	"polymeter.dev/interop/corpus"
	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/samples"
	"polymeter.dev/metric"
)

// eachExporter runs a test before every node exporter, which looks at a folder.
func eachExporter(t *testing.T, test func(t *testing.T, n *peers.NodeExporter, dir string)) {
	t.Parallel()
	for name, find := range map[string]func() (string, error){"1.5": peers.NodeExporter15, "1.9": peers.NodeExporter19} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test(t, peers.StartNodeExporter(t, find, dir), dir)
		})
	}
}

// page is what a node exporter shows.
type page struct {
	samples samples.Set
	types   map[string]string // "type help", by family
}

// read reads a page of text.
func read(t *testing.T, r io.Reader) page {
	t.Helper()
	p := page{samples.Set{}, map[string]string{}}
	for f, err := range exposition.Families(exposition.NewTextDecoder(r, nil)) {
		if err != nil {
			t.Fatal(err)
		}
		p.types[f.Desc().FullName()] = f.Desc().Type.String() + " " + f.Desc().Help
		expanded, err := metric.Expand(f, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range expanded {
			p.samples[samples.Key(s.Name, withNumber(t, s.Labels.Map()))] = s.Value
		}
	}
	return p
}

// withNumber writes a quantile in one way: it may be "1" or "1.0".
func withNumber(t *testing.T, labels map[string]string) map[string]string {
	t.Helper()
	if text, found := labels["quantile"]; found {
		q, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		labels["quantile"] = metric.FormatFloat(q)
	}
	return labels
}

// same compares values. The node exporter writes -0 without its sign.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// shown returns what a node exporter shows, and whether it found a mistake in a file.
func shown(t *testing.T, n *peers.NodeExporter) (p page, mistake bool) {
	t.Helper()
	response, err := http.Get(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	p = read(t, response.Body)
	found, there := p.samples["node_textfile_scrape_error{}"]
	if !there {
		t.Fatalf("the page says nothing about text files")
	}
	// Of its own metrics these two kinds cannot be switched off.
	own := func(name string) bool {
		return strings.HasPrefix(name, "node_") || strings.HasPrefix(name, "promhttp_")
	}
	maps.DeleteFunc(p.samples, func(key string, _ float64) bool { return own(key) })
	maps.DeleteFunc(p.types, func(name, _ string) bool { return own(name) })
	return p, found != 0
}

// families are those of the corpus that a file can have. A native histogram has nothing
// but its +Inf bucket there.
func families() []corpus.Family {
	var kept []corpus.Family
	for _, f := range corpus.Families(false) {
		if f.Name != "points" {
			kept = append(kept, f)
		}
	}
	return kept
}

// TestCorpus has every family shown by the node exporter as it is in the file.
func TestCorpus(t *testing.T) {
	eachExporter(t, func(t *testing.T, n *peers.NodeExporter, dir string) {
		path := filepath.Join(dir, "corpus.prom")
		if err := textfile.Write(t.Context(), path, corpus.Collector(families()), &textfile.Options{DropTimestamps: true}); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := read(t, bytes.NewReader(written))
		got, mistake := shown(t, n)
		if mistake {
			t.Error("the node exporter does not take the file")
		}
		if len(want.samples) < 50 {
			t.Errorf("only %d samples", len(want.samples))
		}
		for _, line := range samples.Diff(want.samples, got.samples, same) {
			t.Error(line)
		}
		for name, is := range want.types {
			// The node exporter says where a family without help comes from.
			if strings.HasSuffix(is, " ") {
				is += "Metric read from " + path
			}
			if got.types[name] != is {
				t.Errorf("%s is %q, want %q", name, got.types[name], is)
			}
		}
	})
}

// TestTimestamps are what the node exporter refuses a file for, and what is therefore not
// written.
func TestTimestamps(t *testing.T) {
	eachExporter(t, func(t *testing.T, n *peers.NodeExporter, dir string) {
		path := filepath.Join(dir, "a.prom")
		f := metric.NewGaugeFamily("a", "")
		f.AddRow(metric.ValueRow{Value: 1, Timestamp: metric.TimestampMilli(1)})
		c := metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error { return emit(f) })
		if err := textfile.Write(t.Context(), path, c, nil); err == nil {
			t.Error("a timestamp was written")
		}
		if _, mistake := shown(t, n); mistake {
			t.Error("there is a mistake in no file")
		}
		if err := textfile.Write(t.Context(), path, c, &textfile.Options{DropTimestamps: true}); err != nil {
			t.Error(err)
		}
		if got, mistake := shown(t, n); mistake || got.samples["a{}"] != 1 {
			t.Errorf("shown is %v", got)
		}
		// What would have been.
		if err := os.WriteFile(path, []byte("a 1 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, mistake := shown(t, n); !mistake {
			t.Errorf("shown is %v", got)
		}
	})
}

// TestReplaced has the node exporter look at a file while it is replaced and added to:
// what it shows is never half a page, and in the end all that was counted.
func TestReplaced(t *testing.T) {
	eachExporter(t, func(t *testing.T, n *peers.NodeExporter, dir string) {
		const runs = 200
		done := make(chan error, 1)
		go func() { done <- countRuns(t.Context(), dir, runs) }()
		last, pages := page{}, 0
		for running := true; running; pages++ {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				running = false
			default:
			}
			got, mistake := shown(t, n)
			if mistake {
				t.Fatal("the node exporter has found a mistake")
			}
			for name, value := range last.samples {
				if now, found := got.samples[name]; !found || now < value {
					t.Fatalf("shown is %v after %v", got.samples, last.samples)
				}
			}
			last = got
		}
		counted, replaced := last.samples["runs_total{}"], last.samples["replaced{}"]
		t.Logf("%d runs, %v counted, %d pages looked at", runs, counted, pages)
		if counted != runs || replaced != runs-1 {
			t.Errorf("shown is %v in the end, want %d", last.samples, runs)
		}
	})
}

// countRuns counts in one file and replaces another.
func countRuns(ctx context.Context, dir string, runs int) error {
	for i := range runs {
		r := polymeter.NewRegistry(nil)
		polymeter.Must(r.NewCounter(polymeter.CounterOpts{Name: "runs"})).Inc()
		other := polymeter.NewRegistry(nil)
		polymeter.Must(other.NewGauge(polymeter.GaugeOpts{Name: "replaced"})).Set(float64(i))
		err := errors.Join(
			textfile.Write(ctx, filepath.Join(dir, "replaced.prom"), other, nil),
			textfile.Accumulate(ctx, filepath.Join(dir, "runs.prom"), r, nil),
		)
		if err != nil {
			return fmt.Errorf("run %d: %w", i, err)
		}
	}
	return nil
}
