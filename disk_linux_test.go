package polymeter_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"polymeter.dev"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// smallDisk mounts a file system in memory of the given size.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+strconv.Itoa(size)); err != nil {
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the space that is left, and returns what gives it back.
func fill(t *testing.T, dir string) (release func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// totalOf adds up the series of a counter, or the observations of a histogram.
func totalOf(t *testing.T, c metric.Collector, sample string) (total float64) {
	t.Helper()
	for _, s := range gather(t, c) {
		switch {
		case s.Name != sample:
		case s.Histogram != nil:
			total += s.Histogram.Count
		default:
			total += s.Value
		}
	}
	return total
}

// TestFullDisk fills the disk under a program that counts. Series that have a
// place go on, new ones live in memory and show on the page of this process alone,
// and when there is space again they move over: at no moment is a count lost or
// doubled.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, 8<<20)
	r := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: openStore(t, dir, "one")})
	v := polymeter.Must(r.NewCounterVec(polymeter.CounterOpts{Name: "c", Labels: []string{"n"}}))
	h := polymeter.Must(r.NewHistogramVec(polymeter.HistogramOpts{
		Name: "h", Labels: []string{"n"}, Buckets: []float64{1}, Native: &polymeter.NativeOpts{},
	}))
	const series = 2000
	count := func(from, to int) {
		for i := from; i < to; i++ {
			v.With(strconv.Itoa(i)).Inc()
			h.With(strconv.Itoa(i % 10)).Observe(float64(i))
		}
	}
	others := polymeter.Must(multiprocess.NewCollector(dir, nil))
	total := func(page func() float64, want float64, when string) {
		t.Helper()
		if got := page(); got != want {
			t.Errorf("%s: %v counted, want %v", when, got, want)
		}
	}
	own := func() float64 { return totalOf(t, r, "c_total") }
	merged := func() float64 { return totalOf(t, others, "c_total") }

	count(0, series)
	total(merged, series, "before")
	release := fill(t, dir)
	count(0, 2*series)
	total(own, 3*series, "on a full disk, on the own page")
	if got := merged(); got < 2*series || got >= 3*series {
		t.Errorf("on a full disk others see %v, want what is in the file: from %d, below %d", got, 2*series, 3*series)
	}
	if got := selfMetric(t, r, "polymeter_store_failures_total"); got == "0" {
		t.Error("no failure is counted")
	}
	release()
	total(own, 3*series, "with space again, on the own page")
	total(merged, 3*series, "with space again, on others' pages")
	count(0, 2*series)
	total(own, 5*series, "afterwards")
	total(merged, 5*series, "afterwards, on others' pages")
	if got := totalOf(t, others, "h"); got != 5*series {
		t.Errorf("the histograms have %v observations, want %d", got, 5*series)
	}
	if got := selfMetric(t, r, "polymeter_store_series"); got != strconv.Itoa(2*series+10) {
		t.Errorf("%s series are in the file, want %d", got, 2*series+10)
	}
}
