//go:build unix

package multiprocess_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// TestNativeEverySystemCallFails lets the kth system call fail, for all k until
// none is left: what was accepted must be on the page, what was refused must be
// accepted the next time, and nothing may be left half done.
func TestNativeEverySystemCallFails(t *testing.T) {
	t.Parallel()
	for _, injected := range []error{syscall.ENOSPC, syscall.EMFILE, syscall.EROFS} {
		t.Run(injected.Error(), func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				if calls := nativeWithFault(t, k, injected); calls < k {
					if k < 20 {
						t.Errorf("only %d calls", calls)
					}
					return
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// nativeWithFault does everything that a store can do, once again where it fails.
func nativeWithFault(t *testing.T, k int, injected error) (calls int) {
	t.Helper()
	dir := t.TempDir()
	countOne(t, openNative(t, dir, "P"), counterSpec()) // somebody to share the directory with
	kernel := mappedtest.FailAt(mapped.System(), k, injected)
	o := quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("P")})
	s, err := multiprocess.OpenWith(dir, o, kernel)
	if err != nil {
		if !errors.Is(err, injected) {
			t.Fatalf("call %d: %v", k, err)
		}
		return kernel.Calls()
	}
	refused := 0
	again := func(err error) bool { // whether to try again: one call fails, so the next time none does
		if err != nil && !errors.Is(err, injected) {
			t.Errorf("call %d: %v, want one that wraps %v", k, err, injected)
		}
		return err != nil
	}
	open := func(spec *cell.Spec, values ...string) cell.Place {
		place, err := s.Open(spec, values)
		if again(err) {
			refused++
			place = openPlace(t, s, spec, values...)
		}
		return place
	}
	count(t, open(counterSpec()), 0, 1)
	for i := range 6 {
		count(t, open(counterSpec("long"), fmt.Sprint(i, longLabel)), 0, 1)
	}
	native := open(nativeSpec(0))
	for number := range int32(40) { // enough for another mapping
		words, err := native.Annex.Chunk(0, number, false)
		if again(err) {
			words, err = native.Annex.Chunk(0, number, false)
		}
		if err != nil {
			t.Fatal(err)
		}
		words[0].Add(1)
	}
	if again(native.Annex.Exemplar(0, exemplar("x", 1, 1))) {
		keepExemplar(t, native, 0, exemplar("x", 1, 1))
	}
	info := open(infoSpec(), "x")
	for _, version := range []string{"1", "2"} {
		text := metric.MustLabels("version", version, "long", longLabel)
		if again(info.Annex.Text(text)) && info.Annex.Text(text) != nil {
			t.Errorf("call %d: no text", k)
		}
	}
	count(t, open(counterSpec("deleted"), "x"), 0, 1)
	s.Remove(counterSpec("deleted"), []string{"x"})
	if failures := s.Stats().Failures; failures != uint64(refused) || refused > 1 {
		t.Errorf("call %d: %d failures counted, %d seen", k, failures, refused)
	}
	checkNativePage(t, k, dir)
	if s.Renew() {
		t.Errorf("call %d: the store began new files", k)
	}
	if err := s.Close(); err != nil && !errors.Is(err, injected) {
		t.Errorf("call %d: close: %v", k, err)
	}
	for _, name := range list(t, dir) {
		if strings.HasPrefix(name, ".new-") && len(nativeFiles(t, dir)) < 2 {
			t.Errorf("call %d: %s is left, and no other file", k, name)
		}
	}
	return kernel.Calls()
}

func checkNativePage(t *testing.T, k int, dir string) {
	t.Helper()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	page := strings.ReplaceAll(undated(t, c), longLabel, "LONG")
	want := lines(`# build info`, `build_info{long="LONG",part="x",version="2"} 1`,
		`# jobs counter`, `jobs_total{} 2`, `jobs_total{long="0LONG"} 1`, `jobs_total{long="1LONG"} 1`, `jobs_total{long="2LONG"} 1`,
		`jobs_total{long="3LONG"} 1`, `jobs_total{long="4LONG"} 1`, `jobs_total{long="5LONG"} 1`,
		`# size histogram`, `size_bucket{le="+Inf"} 40`, `size_count{} 40`, `size_sum{} 0`)
	if page != want {
		t.Errorf("call %d: got\n%s\nwant\n%s", k, page, want)
	}
	if got := sampleOf(t, c, "size", "{}"); len(got.Exemplars) != 1 || len(got.Histogram.Native.PositiveCounts) != 40 {
		t.Errorf("call %d: the native histogram has %+v, %v", k, got.Histogram.Native, got.Exemplars)
	}
	selfSays(t, c, `files{state="damaged"} 0`, `files{state="skipped"} 0`, `processes{state="living"} 2`)
}

// TestNativeFullDisk keeps the disk full for a while, and counts on meanwhile in
// what is open.
func TestNativeFullDisk(t *testing.T) {
	t.Parallel()
	full := false
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if full && call == "reserve" {
			return syscall.ENOSPC
		}
		return nil
	}}
	dir := t.TempDir()
	s := openWith(t, dir, "P", kernel)
	full = true
	if _, err := s.Open(counterSpec(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a new file on a full disk: %v", err)
	}
	if names := list(t, dir); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
	full = false
	early := openPlace(t, s, counterSpec())
	size := s.Stats().Bytes
	full = true
	refused := 0
	for i := range 20 {
		if _, err := s.Open(counterSpec("long"), []string{fmt.Sprint(i, longLabel)}); errors.Is(err, syscall.ENOSPC) {
			refused++
		} else {
			t.Errorf("20 kB fitted into 16 KiB: %v", err)
		}
		add(t, early, 1, 1)
	}
	if stats := s.Stats(); stats.Bytes != size || stats.Series != 1 || stats.Failures != uint64(refused)+1 {
		t.Errorf("full: %+v", stats)
	}
	shows(t, dir, `# jobs counter`, `jobs_total{} 20`)
	full = false
	for i := range 20 {
		countOne(t, s, counterSpec("long"), fmt.Sprint(i, longLabel))
	}
	if got := strings.Count(undatedDir(t, dir), "\n"); got != 22 {
		t.Errorf("%d lines, want 22", got)
	}
}

// TestNativeHeadroom has the disk be nearly full: a writer leaves what folding
// needs.
func TestNativeHeadroom(t *testing.T) {
	t.Parallel()
	memory, dir := memoryDir(t)
	memory.Limit(1<<20 + 8<<10)
	s := openWith(t, dir, "P", memory)
	if _, err := s.Open(counterSpec(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("with less than a mebibyte free: %v", err)
	}
	memory.Limit(1<<20 + 40<<10)
	openPlace(t, s, counterSpec())
	for i := range 1000 {
		if _, err := s.Open(counterSpec("i"), []string{fmt.Sprint(i)}); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if used := memory.Used(); used != 32<<10 || s.Stats().Failures == 0 {
		t.Errorf("%d bytes are used", used)
	}
	if err := memory.WriteFile(dir+"/archive.pm", make([]byte, 8<<10)); err != nil {
		t.Fatal(err)
	}
	memory.Limit(1<<20 + 76<<10) // enough to double, but not for folding an archive as well
	if _, err := s.Open(counterSpec(), []string{}); err != nil {
		t.Errorf("a series that is open: %v", err)
	}
	if _, err := s.Open(counterSpec("i"), []string{"999"}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("with an archive: %v", err)
	}
	memory.Limit(1<<20 + 80<<10)
	openPlace(t, s, counterSpec("i"), "999")
}
