package multiprocess_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// pyEntry is one pyEntry of a file of the Python client, written by hand here so
// that reader and writer of this module are not merely each other's inverse.
type pyEntry struct {
	key         string
	value, time float64
}

// pyBytes returns the bytes of a file. stamped is the layout with times.
func pyBytes(stamped bool, entries ...pyEntry) []byte {
	data := make([]byte, 8)
	for _, e := range entries {
		data = appendEntry(data, stamped, e)
	}
	binary.NativeEndian.PutUint32(data, uint32(len(data)))
	return data
}

func appendEntry(data []byte, stamped bool, e pyEntry) []byte {
	data = binary.NativeEndian.AppendUint32(data, uint32(len(e.key)))
	data = append(data, e.key...)
	data = append(data, strings.Repeat(" ", 8-(len(e.key)+4)%8)...)
	data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.value))
	if stamped {
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(e.time))
	}
	return data
}

// key returns a key as Python writes it; labels is the inside of the braces.
func key(family, sample, labels string) string {
	return fmt.Sprintf(`["%s", "%s", {%s}, "Help of %s."]`, family, sample, labels, family)
}

func counter(name, labels string, v float64) pyEntry {
	return pyEntry{key(name, name+"_total", labels), v, 0}
}

func gauge(name string, v, at float64) pyEntry { return pyEntry{key(name, name, ""), v, at} }

// bucket is one bucket of histogram h.
func bucket(le string, n float64) pyEntry {
	return pyEntry{key("h", "h_bucket", `"le": "`+le+`"`), n, 0}
}

func put(t testing.TB, dir, name string, entries ...pyEntry) string {
	t.Helper()
	return putBytes(t, dir, name, pyBytes(true, entries...))
}

func putBytes(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newCollector(t testing.TB, dir string, o multiprocess.CollectorOptions) *multiprocess.Collector {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c, err := multiprocess.NewCollector(dir, &o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// page collects and returns one line for each sample, in expanded form, and one
// for each family.
func page(t testing.TB, c metric.Collector) string {
	t.Helper()
	text, err := tryPage(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func tryPage(c metric.Collector) (string, error) {
	var b strings.Builder
	err := c.Collect(context.Background(), func(f metric.Family) error { return render(&b, f) })
	return b.String(), err
}

func render(b *strings.Builder, f metric.Family) error {
	fmt.Fprintf(b, "# %s %s\n", f.Desc().Name, f.Desc().Type)
	snapshot, err := metric.Copy(f)
	if err != nil {
		return err
	}
	if err := snapshot.Validate(metric.UTF8Validation); err != nil {
		return err
	}
	samples, err := metric.Expand(snapshot, true)
	for _, s := range samples {
		fmt.Fprintf(b, "%s%s %v\n", s.Name, s.Labels, s.Value)
	}
	return err
}

// lines joins lines as page does.
func lines(l ...string) string { return strings.Join(append(l, ""), "\n") }
