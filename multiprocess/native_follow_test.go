//go:build unix

package multiprocess_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// whileRunning runs a goroutine over and over again until the function it returns
// is called.
func whileRunning(do func(i int)) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-quit:
				return
			default:
				do(i)
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// TestNativeKnownFileIsCut cuts a file that a reader knows, of a living process:
// its values stay, and it is named.
func TestNativeKnownFileIsCut(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	path := putNative(t, dir, nativeHeader("1"), fragile)
	whole := contents(path)
	whole = append(whole, make([]byte, 16<<10-len(whole))...)
	rewrite(t, path, whole)
	living(t, path)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := page(t, c)
	for _, size := range []int64{16<<10 - 1, 8 << 10, 4096, 4095, 1000, 320, 319, 100, 0} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if got := page(t, c); got != want {
			t.Fatalf("cut to %d bytes, lost what was known:\n%s", size, got)
		}
		selfSays(t, c, problem(path, "cut short while it was read"), `files{state="damaged"} 1`, `processes{state="living"} 1`)
	}
	put(t, dir, "counter_1.db", counter("new", "", 1)) // so that the merge is planned anew
	if got := page(t, c); !strings.Contains(got, "new_total{} 1\n") || !strings.Contains(got, "c_total{} 9\n") {
		t.Errorf("planned anew, lost what was known:\n%s", got)
	}
	os.Remove(filepath.Join(dir, "counter_1.db"))
	binary.NativeEndian.PutUint64(whole[pmfile.ChangesAt:], 2)
	rewrite(t, path, whole)
	if got := page(t, c); got != want {
		t.Errorf("it is whole again, but\n%s", got)
	}
	selfSays(t, c, `files{state="whole"} 2`, `files{state="damaged"} 0`)
}

// TestNativeKnownFileIsDamaged damages a file whose records change, too: what the
// reader knew stays, until all can be read again.
func TestNativeKnownFileIsDamaged(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	path := putNative(t, dir, nativeHeader("1"), fragile)
	living(t, path)
	whole := contents(path)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	want := page(t, c)
	damaged := bytes.Clone(whole)
	eachSeries(whole, func(name string, r pmfile.Record) {
		if name == "h" {
			damaged[r.Offset+17]++
		}
	})
	binary.NativeEndian.PutUint64(damaged[pmfile.ChangesAt:], 2)
	rewrite(t, path, damaged)
	for range 3 {
		if got := page(t, c); got != want {
			t.Fatalf("lost what was known:\n%s", got)
		}
		selfSays(t, c, `files{state="damaged"} 1`)
	}
	fresh := newCollector(t, dir, multiprocess.CollectorOptions{})
	if got := page(t, fresh); strings.Contains(got, "c_total") {
		t.Errorf("a new reader knows what comes after the damage:\n%s", got)
	}
	eachSeries(whole, func(name string, r pmfile.Record) {
		if name == "c" {
			binary.NativeEndian.PutUint64(whole[r.Cells+16:], 10)
		}
	})
	binary.NativeEndian.PutUint64(whole[pmfile.ChangesAt:], 4)
	rewrite(t, path, whole)
	for name, c := range map[string]*multiprocess.Collector{"following": c, "new": fresh} {
		if got := page(t, c); !strings.Contains(got, "c_total{} 10\n") || !strings.Contains(got, `a_total{x="1"} 7.5`) {
			t.Errorf("the %s collector does not see that it was put right:\n%s", name, got)
		}
		selfSays(t, c, `files{state="whole"} 2`, `files{state="damaged"} 0`)
	}
}

// Native files are cut and restored while a scrape reads them.
func TestNativeCutDuringScrapes(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	const series = 2000
	path := putNative(t, dir, nativeHeader("1"), func(b *pmfile.Builder) {
		f := b.Family(&pmfile.Family{Name: "big", Type: metric.TypeCounter, LabelNames: []string{"n"}})
		for i := range series {
			b.Series(f, []string{fmt.Sprint(i)}, nil, []uint64{0, 1, 1, 0})
		}
	})
	living(t, path)
	data := contents(path)
	stop := whileRunning(func(i int) {
		os.Truncate(path, int64(i*4096%len(data)))
		rewrite(t, path, data)
	})
	known := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 100 {
		for _, c := range []*multiprocess.Collector{known, newCollector(t, dir, multiprocess.CollectorOptions{})} {
			if got := page(t, c); !strings.Contains(got, healthy) {
				t.Errorf("nothing healthy in\n%.200s", got)
			}
		}
	}
	stop()
	for _, c := range []*multiprocess.Collector{known, newCollector(t, dir, multiprocess.CollectorOptions{})} {
		if got := page(t, c); strings.Count(got, "big_total") != series {
			t.Errorf("%d series at the end", strings.Count(got, "big_total"))
		}
	}
}

// Stores come and go, and so do files, while scrapes look.
func TestNativeVanishingFiles(t *testing.T) {
	t.Parallel()
	dir := besideHealthy(t)
	stop := whileRunning(func(i int) {
		o := quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("passing")})
		s, err := multiprocess.Open(dir, o)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.Close()
		if _, err := s.Open(counterSpec(), nil); err != nil {
			t.Error(err)
			return
		}
		names, err := filepath.Glob(filepath.Join(dir, "w-*.pm"))
		if err != nil || len(names) == 0 {
			t.Error(err)
			return
		}
		for _, name := range names {
			if !bytes.Contains(contents(name), []byte("healthy")) {
				os.Remove(name)
			}
		}
	})
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	for range 300 {
		if got := page(t, c); !strings.Contains(got, healthy) {
			t.Errorf("nothing healthy in\n%s", got)
		}
		if self := page(t, c.SelfMetrics()); !strings.Contains(self, `files{state="skipped"} 0`) || !strings.Contains(self, `files{state="damaged"} 0`) {
			t.Errorf("something is wrong with files:\n%s", self)
		}
	}
	stop()
}

// TestNativeForgetting has series that no file has any more be forgotten: the rest
// still adds up, be it that of a file that cannot be read any more.
func TestNativeForgetting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	many := openNative(t, dir, "many")
	for i := range 3000 {
		countOne(t, many, counterSpec("n"), fmt.Sprint(i))
	}
	stays := openNative(t, dir, "stays")
	countEverything(t, stays)
	for i := range 700 { // each process has its own, and a deletion is no value
		set(openPlace(t, stays, &labelled, fmt.Sprint(i)), 1, 0)
		stays.Remove(&labelled, []string{fmt.Sprint(i + 1)})
	}
	cut := putNative(t, dir, nativeHeader("cut"), fragile)
	living(t, cut)
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	before := undated(t, c)
	if err := os.Truncate(cut, 0); err != nil {
		t.Fatal(err)
	}
	if got := undated(t, c); got != before {
		t.Fatalf("cut, it lost what was known:\n%.3000s", got)
	}
	closed(t, many)
	for _, name := range nativeFiles(t, dir) {
		if bytes.Contains(contents(filepath.Join(dir, name)), []byte("many")) {
			os.Remove(filepath.Join(dir, name))
		}
	}
	var want strings.Builder
	for line := range strings.Lines(before) {
		if !strings.Contains(line, `jobs_total{n=`) {
			want.WriteString(line)
		}
	}
	for range 2 {
		if got := undated(t, c); got != want.String() {
			t.Fatalf("got\n%.3000s\nwant\n%.3000s", got, want.String())
		}
	}
	countOne(t, stays, counterSpec("kind"), "mail")
	chunk(t, openPlace(t, stays, nativeSpec(0.25)), 1, 4, true).Words[0].Store(7)
	after := undated(t, c)
	if !strings.Contains(after, "jobs_total{kind=\"mail\"} 3.5\n") || !strings.Contains(after, "size_count{} 10\n") {
		t.Errorf("then\n%.3000s", after)
	}
	again := openNative(t, dir, "again")
	for i := range 3000 {
		countOne(t, again, counterSpec("n"), fmt.Sprint(i))
	}
	if got := undated(t, c); strings.Count(got, `jobs_total{n=`) != 3000 || !strings.Contains(got, "size_count{} 10\n") {
		t.Errorf("%d series are back", strings.Count(got, `jobs_total{n=`))
	}
}

// labelled is a gauge that every process shows for itself.
var labelled = func() (spec cell.Spec) {
	spec = *gaugeSpec(metric.GaugeAll)
	spec.Name, spec.LabelNames = "labelled", []string{"n"}
	return spec
}()
