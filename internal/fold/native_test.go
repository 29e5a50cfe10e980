package fold_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"polymeter.dev/internal/fold"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// twoDead writes the files of two processes that have ended, and a publication.
func twoDead(t *testing.T, dir string) {
	t.Helper()
	first := newDead("1")
	first.counter("/a", 3, 0.1)
	first.counter("/b", 1, 0)
	first.gauge(metric.GaugeMax, 7, 0)
	first.gauge(metric.GaugeSum, 0.1, 0)
	first.histogram([2]uint64{1, 2}, 0.3, 0, "first")
	first.in(t, dir)
	published := deadWith(pmfile.Header{Role: pmfile.RolePublication, ID: first.header.ID, Identifier: "1"})
	published.counter("/published", 5, 0.2)
	published.in(t, dir)
	second := newDead("2")
	second.counter("/a", 4, 0.7)
	second.gauge(metric.GaugeMax, 5, 0)
	second.gauge(metric.GaugeSum, 1e20, 0)
	second.histogram([2]uint64{5, 6}, 1e17, 3, "second")
	second.in(t, dir)
}

func TestNativeFold(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	twoDead(t, dir)
	want := read(t, dir)
	result := run(t, dir, fold.Options{})
	if result.Native != 3 || len(result.Skipped) > 0 || result.Bytes == 0 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, pmfile.ArchiveName)
	wantTotals(t, dir, want)

	// The same again, on top of an archive.
	third := newDead("3")
	third.counter("/a", math.MaxUint64, 0.2)
	third.in(t, dir)
	before := loadArchive(t, dir)
	run(t, dir, fold.Options{})
	after := loadArchive(t, dir)
	if after.header.Generation != before.header.Generation+1 {
		t.Errorf("generation %d follows %d", after.header.Generation, before.header.Generation)
	}
	if got := after.value(t, `requests[/a][]`, 0); got != math.MaxInt64 {
		t.Errorf("the count is %d, want the highest there is", got)
	}

	// Nothing to do.
	if result := run(t, dir, fold.Options{}); result.Native != 0 {
		t.Errorf("result is %+v", result)
	}
	if again := loadArchive(t, dir); again.header.ID != after.header.ID {
		t.Error("the archive was written again although there was nothing to fold")
	}
}

func TestNativeFoldIsExact(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	want := sums{}
	for i := range 40 {
		d := newDead(fmt.Sprint(i))
		d.counter("/a", 1, math.Ldexp(random.Float64(), random.IntN(120)-60))
		family := d.Family(&pmfile.Family{Name: "weights", Type: metric.TypeGaugeHistogram, Native: true, FloatCounts: true})
		series := d.Series(family, nil, nil, []uint64{
			0, 1, math.Float64bits(-0.1), math.Float64bits(0.1), math.Float64bits(math.Ldexp(random.Float64(), i)),
		})
		d.Chunk(series, 0, 0, false, &[pmfile.ChunkCells]uint64{math.Float64bits(0.3), math.Float64bits(math.Ldexp(0.7, -i))})
		d.in(t, dir)
		for name, v := range readOne(d) {
			want.add(name, v.total)
		}
		if i%7 == 3 || i == 39 {
			run(t, dir, fold.Options{})
			wantFiles(t, dir, pmfile.ArchiveName)
			wantTotals(t, dir, want)
		}
	}
}

func readOne(d *dead) sums {
	s := sums{}
	s.readNative(d.Bytes())
	return s
}

func TestLivingFilesStay(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	locked, open, publishing := newDead("1"), newDead("2"), newDead("3")
	for _, d := range []*dead{locked, open, publishing} {
		d.counter("/a", 1, 0)
		d.in(t, dir)
	}
	defer living(t, dir, locked.name())()
	published := deadWith(pmfile.Header{Role: pmfile.RolePublication, ID: locked.header.ID})
	published.counter("/b", 1, 0)
	published.in(t, dir)
	fd := openForWriting(t, dir, open.name()) // the lock is not to be seen from here
	want := read(t, dir)
	if result := run(t, dir, fold.Options{}); result.Native != 1 || len(result.Skipped) > 0 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, pmfile.ArchiveName, locked.name(), open.name(), published.name())
	wantTotals(t, dir, want)
	closeFile(t, fd)
	run(t, dir, fold.Options{})
	wantFiles(t, dir, pmfile.ArchiveName, locked.name(), published.name())
	wantTotals(t, dir, want)
}

func TestPublicationOfFoldedProcess(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	published := deadWith(pmfile.Header{Role: pmfile.RolePublication, ID: pmfile.NewID()})
	published.counter("/b", 1, 0)
	published.in(t, dir)
	run(t, dir, fold.Options{})
	wantFiles(t, dir, pmfile.ArchiveName)
}

func TestEarlierBoot(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	other := [16]byte{1, 2, 3}
	for _, role := range []pmfile.Role{pmfile.RoleProcess, pmfile.RolePublication, pmfile.RoleArchive} {
		d := deadWith(pmfile.Header{Role: role, ID: pmfile.NewID(), Boot: other})
		d.counter("/old", 5, 0)
		d.in(t, dir)
	}
	used := deadWith(pmfile.Header{Role: pmfile.RoleProcess, ID: pmfile.NewID(), Boot: other})
	used.in(t, dir)
	defer closeFile(t, openForWriting(t, dir, used.name()))
	ours := newDead("1")
	ours.counter("/new", 1, 0)
	ours.in(t, dir)
	if result := run(t, dir, fold.Options{}); result.Discarded != 3 || result.Native != 1 {
		t.Errorf("result is %+v", result)
	}
	wantFiles(t, dir, pmfile.ArchiveName, used.name())
	wantTotals(t, dir, readOne(ours))
}

func TestStrangeNativeFiles(t *testing.T) {
	t.Parallel()
	needFolding(t)
	tests := []struct {
		name   string
		change func(d *dead) []byte
		want   error
		reason string
	}{
		{"empty", func(*dead) []byte { return nil }, nil, "shorter than its header"},
		{"other identity", func(*dead) []byte { return newDead("2").Bytes() }, fold.ErrForeign, ""},
		{"other role", func(d *dead) []byte {
			return deadWith(pmfile.Header{Role: pmfile.RolePublication, ID: d.header.ID}).Bytes()
		}, fold.ErrForeign, ""},
		{"cut", func(d *dead) []byte { return d.Bytes()[:len(d.Bytes())-8] }, nil, "shorter than its bytes in use"},
		{"broken record", func(d *dead) []byte {
			data := d.Bytes()
			data[pmfile.FirstRecord+20] ^= 1
			return data
		}, nil, "record does not match its checksum"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := newDead("1")
			d.counter("/a", 1, 0)
			write(t, dir, d.name(), test.change(d))
			for range 2 {
				err := skipped(t, run(t, dir, fold.Options{}), d.name())
				if test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("the reason is %v, want %v", err, test.want)
				}
				if test.reason != "" {
					wantDamage(t, err, test.reason)
				}
			}
			wantFiles(t, dir, d.name())
		})
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := newDead("worker-1")
	d.gauge(metric.GaugeAll, 5, 0)
	d.gauge(metric.GaugeLiveSum, 5, 0)
	d.gauge(metric.GaugeMostRecent, 1, 0) // never set
	unknown := d.Family(&pmfile.Family{Name: "unknown", Mode: metric.GaugeSum})
	d.Series(unknown, nil, nil, []uint64{0, 0, math.Float64bits(4), 0})
	info := d.Family(&pmfile.Family{Name: "build", Type: metric.TypeInfo})
	d.Series(info, nil, nil, []uint64{0, 0})
	d.in(t, dir)
	newer := newDead("worker-2")
	newer.gauge(metric.GaugeMostRecent, 2, 200)
	newer.in(t, dir)
	older := newDead("worker-3")
	older.gauge(metric.GaugeMostRecent, 3, 100)
	older.in(t, dir)
	run(t, dir, fold.Options{})
	a := loadArchive(t, dir)
	a.wantSeries(t, "depth_all[][{pid worker-1}]", "depth_mostrecent[][]", "unknown[][]")
	if v := math.Float64frombits(a.value(t, "depth_mostrecent[][]", 0)); v != 2 {
		t.Errorf("the most recent value is %v, want 2", v)
	}
	run(t, dir, fold.Options{Now: clock(9 * time.Minute)})
	loadArchive(t, dir).wantSeries(t, "depth_all[][{pid worker-1}]", "depth_mostrecent[][]", "unknown[][]")
	run(t, dir, fold.Options{Now: clock(11 * time.Minute)})
	loadArchive(t, dir).wantSeries(t, "depth_mostrecent[][]", "unknown[][]")
}

// The label of the process gives way to one of the application's own, as it does
// when a page is made of living processes.
func TestOwnLabelPID(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	d := newDead("1")
	gauge := func(name string, labels []string, values []string, more ...pmfile.Label) {
		family := d.Family(&pmfile.Family{Name: name, Type: metric.TypeGauge, LabelNames: labels})
		d.Series(family, values, more, []uint64{0, 0, 0, 0})
	}
	gauge("a", []string{"pid"}, []string{"own"})
	gauge("b", nil, nil, pmfile.Label{Name: "pid", Value: "own"})
	gauge("c", []string{"process_id", "pid"}, []string{"x", "own"})
	gauge("d", []string{"pid"}, []string{""})
	d.in(t, dir)
	run(t, dir, fold.Options{})
	loadArchive(t, dir).wantSeries(t,
		"a[own][{process_id 1}]", "b[][{pid own} {process_id 1}]", "c[1 own][]", "d[1][]")
}

func TestUnborn(t *testing.T) {
	t.Parallel()
	needFolding(t)
	dir := t.TempDir()
	for _, name := range []string{".new-dead", ".new-locked", ".new-open", ".next", ".other"} {
		write(t, dir, name, []byte("half"))
	}
	defer living(t, dir, ".new-locked")()
	defer closeFile(t, openForWriting(t, dir, ".new-open"))
	run(t, dir, fold.Options{})
	wantFiles(t, dir, ".new-locked", ".new-open", ".other")
	d := newDead("1")
	d.counter("/a", 1, 0)
	d.in(t, dir)
	run(t, dir, fold.Options{})
	wantFiles(t, dir, ".new-locked", ".new-open", ".other", pmfile.ArchiveName)
}

func TestNoDirectory(t *testing.T) {
	t.Parallel()
	needFolding(t)
	if result, err := runWith(t.TempDir()+"/none", fold.Options{}); err != nil || result.Native != 0 {
		t.Errorf("got %+v, %v", result, err)
	}
	if _, err := runWith("/dev/null", fold.Options{}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v for what is not a directory", err)
	}
}
