package textfile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"polymeter.dev/bridge/textfile"
	"polymeter.dev/metric"
)

// jobEnv tells a process which file it is to count in.
const jobEnv = "POLYMETER_TEXTFILE_JOB"

func TestMain(m *testing.M) {
	if path := os.Getenv(jobEnv); path != "" {
		job(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// job counts in a file until it is killed, and says after each time that it has.
func job(path string) {
	for {
		if err := textfile.Accumulate(context.Background(), path, collecting(counter("runs", 1)), nil); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("counted")
	}
}

// collecting returns a collector of fixed families.
func collecting(families ...metric.Family) metric.Collector {
	return metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
		return metric.EmitAll(emit, families...)
	})
}

// gauge is a family of one sample, for tests that are not about families.
func gauge(name string, value float64) metric.Family {
	f := metric.NewGaugeFamily(name, "")
	f.Add(value)
	return f
}

// counter is like [gauge].
func counter(name string, value float64) metric.Family {
	f := metric.NewCounterFamily(name, "")
	f.Add(value)
	return f
}

// timed is a family with a timestamp.
func timed() metric.Family {
	f := metric.NewGaugeFamily("timed", "", "x")
	f.AddRow(metric.ValueRow{LabelValues: []string{"y"}, Value: 1, Timestamp: metric.TimestampMilli(5)})
	return f
}

// newPath returns the path of a file that is not there yet.
func newPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "jobs.prom")
}

// put puts a text in a file.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantFile compares the file, and makes sure that it is alone in its folder, but for the
// files that are named.
func wantFile(t *testing.T, path, want string, others ...string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("the file is\n%s(%v), want\n%s", got, err, want)
	}
	wantFolder(t, path, append(others, filepath.Base(path))...)
}

// wantFolder compares what is in the folder of a file.
func wantFolder(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, name := range want {
		left[name] = true
	}
	for _, e := range entries {
		if !left[e.Name()] {
			t.Errorf("there is %s", e.Name())
		}
		delete(left, e.Name())
	}
	for name := range left {
		t.Errorf("there is no %s", name)
	}
}

// wantError looks for a text in an error that begins with the package and the file.
func wantError(t *testing.T, err error, path, want string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "textfile: "+path) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}
