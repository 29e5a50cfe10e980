package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/multiprocess"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMain makes the test binary the command when it is started as that, be it
// by a test or by the command itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == signalled {
		os.Exit(tellSignals())
	}
	if len(os.Args) == 4 && os.Args[1] == brief {
		os.Exit(countBriefly(os.Args[2], os.Args[3]))
	}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// signalled is the argument that makes the test binary a program that says which
// signals it gets.
const signalled = "tell-signals"

// tellSignals says that it is ready, and then every signal, in lines. Its exit
// code after the end of its input is 7.
func tellSignals() int {
	signals := make(chan os.Signal, 64)
	signal.Notify(signals)
	end := make(chan struct{})
	go func() {
		defer close(end)
		io.Copy(io.Discard, os.Stdin)
	}()
	fmt.Println("ready")
	for {
		select {
		case s := <-signals:
			if s.String() != "urgent I/O condition" { // with which Go interrupts its own goroutines
				fmt.Println("got", s)
			}
		case <-end:
			return 7
		}
	}
}

// result is what a command has done.
type result struct {
	code        int
	out, errors string
}

// invoke runs the command line in this process.
func invoke(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errors bytes.Buffer
	code := runContext(context.Background(), args, strings.NewReader(stdin), &out, &errors)
	return result{code, out.String(), errors.String()}
}

// want compares a result.
func (r result) want(t *testing.T, code int, out, errors string) {
	t.Helper()
	if diff := cmp.Diff(result{code, out, errors}, r, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// golden compares text with a file in testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", file, diff)
	}
}

// stored is an entry of a store file.
type stored struct {
	family, sample string
	labels         []pyfile.Label
	value, time    float64
}

// storeFile returns the bytes of a store file.
func storeFile(layout pyfile.Layout, entries ...stored) []byte {
	data := make([]byte, 8)
	for _, e := range entries {
		key := pyfile.AppendKey(nil, e.family, e.sample, e.labels, "Help of "+e.family+".")
		data = binary.NativeEndian.AppendUint32(data, uint32(len(key)))
		data = append(data, key...)
		data = append(data, strings.Repeat(" ", 8-(len(key)+4)%8)...)
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.value))
		if layout == pyfile.Newer {
			data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.time))
		}
	}
	binary.NativeEndian.PutUint32(data, uint32(len(data)))
	return append(data, make([]byte, 64)...)
}

func writeFile(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func label(name, value string) []pyfile.Label { return []pyfile.Label{{Name: name, Value: value}} }

// storeDir makes a directory in which two processes have counted.
func storeDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := multiprocess.NewCollector(dir, nil); err != nil {
		t.Skip(err) // not on this platform
	}
	for file, data := range map[string][]byte{
		"counter_1.db": storeFile(pyfile.Newer,
			stored{"jobs", "jobs_total", label("queue", "mail"), 2, 0},
			stored{"jobs", "jobs_total", label("queue", "größe"), 0.5, 0}),
		"counter_2.db":       storeFile(pyfile.Older, stored{"jobs", "jobs_total", label("queue", "mail"), 40, 0}),
		"gauge_livesum_1.db": storeFile(pyfile.Newer, stored{"busy", "busy", nil, 3, 1700000000.25}),
		"gauge_all_2.db":     storeFile(pyfile.Newer, stored{"busy.threads", "busy.threads", nil, math.Inf(1), 1700000000}),
		"histogram_2.db": storeFile(pyfile.Newer,
			stored{"wait", "wait_sum", nil, 1.5, 0},
			stored{"wait", "wait_bucket", label("le", "1.0"), 2, 0},
			stored{"wait", "wait_bucket", label("le", "+Inf"), 1, 0}),
	} {
		writeFile(t, filepath.Join(dir, file), data)
	}
	return dir
}

// broken is a writer that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
