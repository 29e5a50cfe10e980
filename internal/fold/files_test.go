package fold_test

import (
	"context"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// run runs a pass that must not fail.
func run(t *testing.T, dir string, o fold.Options) fold.Result {
	t.Helper()
	result, err := runWith(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func runWith(dir string, o fold.Options) (fold.Result, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return fold.Run(context.Background(), dir, &o)
}

// needFolding skips tests that need the system to show who uses files.
func needFolding(t *testing.T) {
	t.Helper()
	kernel := mapped.System()
	dir, err := kernel.Directory(t.TempDir())
	if err != nil {
		t.Skipf("no shared files on this platform: %v", err)
	}
	defer kernel.Close(dir)
	if trusted, err := kernel.Trusted(dir); err != nil || !trusted || mapped.Boot() == [16]byte{} {
		t.Skipf("nothing is folded on this file system (error: %v)", err)
	}
}

// clock returns the time so much from now.
func clock(after time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(after) }
}

// dead builds the native file of a process that has ended.
type dead struct {
	*pmfile.Builder
	header pmfile.Header
}

func newDead(identifier string) *dead {
	return deadWith(pmfile.Header{Role: pmfile.RoleProcess, ID: pmfile.NewID(), Identifier: identifier})
}

// deadWith fills in the boot.
func deadWith(h pmfile.Header) *dead {
	if h.Boot == [16]byte{} {
		h.Boot = mapped.Boot()
	}
	return &dead{pmfile.NewBuilder(&h), h}
}

func (d *dead) name() string { return pmfile.FileName(d.header.Role, d.header.ID) }

// in writes the file and returns its name.
func (d *dead) in(t *testing.T, dir string) string {
	t.Helper()
	write(t, dir, d.name(), d.Bytes())
	return d.name()
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// counter adds a counter with the label path.
func (d *dead) counter(path string, whole uint64, rest float64) int64 {
	family := d.Family(&pmfile.Family{Name: "requests", Type: metric.TypeCounter, LabelNames: []string{"path"}})
	return d.Series(family, []string{path}, nil, []uint64{0, 1000, whole, math.Float64bits(rest)})
}

// gauge adds a gauge without labels.
func (d *dead) gauge(mode metric.GaugeMode, value float64, stamp int64) {
	family := d.Family(&pmfile.Family{Name: "depth_" + mode.String(), Type: metric.TypeGauge, Mode: mode})
	d.Series(family, nil, nil, []uint64{0, 1000, math.Float64bits(value), uint64(stamp)})
}

// histogram adds a histogram with both kinds of buckets, and an exemplar.
func (d *dead) histogram(counts [2]uint64, sum float64, chunk int32, exemplar string) {
	family := d.Family(&pmfile.Family{
		Name: "latency", Type: metric.TypeHistogram, Bounds: []float64{1, metric.Inf()},
		Native: true, ZeroThreshold: 0.001,
	})
	series := d.Series(family, nil, nil, []uint64{0, 2000, counts[0], counts[1], math.Float64bits(sum), 1, 2})
	buckets := [pmfile.ChunkCells]uint64{3: counts[0], 15: counts[1]}
	d.Chunk(series, 3, chunk, false, &buckets)
	d.Chunk(series, 3, chunk, true, &buckets)
	labels, err := metric.MakeLabels([]string{"trace"}, []string{exemplar})
	if err != nil {
		panic(err)
	}
	d.Exemplar(series, 1, &metric.Exemplar{Labels: labels, Value: sum, Timestamp: metric.NewTimestamp(int64(counts[0]), 0)})
}

// list returns the names in a directory, sorted.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// wantFiles checks the names in a directory, in any order.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("files are\n\t%s\nwant\n\t%s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// living keeps a file locked and open, as its writer does.
func living(t *testing.T, dir, name string) (end func()) {
	t.Helper()
	kernel := mapped.System()
	fd := openForWriting(t, dir, name)
	if err := kernel.Lock(fd); err != nil {
		t.Fatal(err)
	}
	return func() { kernel.Close(fd) }
}

// openForWriting opens a file as a writer does that takes no lock.
func openForWriting(t *testing.T, dir, name string) (fd int) {
	t.Helper()
	kernel := mapped.System()
	at, err := kernel.Directory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close(at)
	if fd, err = kernel.Open(at, name); err != nil {
		t.Fatal(err)
	}
	return fd
}

// skipped returns the error of a file that was skipped.
func skipped(t *testing.T, r fold.Result, name string) error {
	t.Helper()
	for _, p := range r.Skipped {
		if p.Name == name {
			return p.Err
		}
	}
	t.Errorf("%q was not skipped, but %v", name, r.Skipped)
	return nil
}

func fileBytes(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
