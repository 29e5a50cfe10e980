//go:build unix

package multiprocess_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// rising is a collector of a counter that counts collections.
func rising(name string) metric.CollectorFunc {
	var n atomic.Int64
	return func(_ context.Context, emit func(metric.Family) error) error {
		return emit(one(name, metric.TypeCounter, float64(n.Add(1))))
	}
}

// openFailing opens a native store whose disk is full as long as full says so.
func openFailing(t testing.TB, dir string, full *atomic.Bool) *multiprocess.Store {
	t.Helper()
	kernel := &mappedtest.Faults{Kernel: mapped.System(), Fail: func(call string, _ int) error {
		if full.Load() && call == "reserve" {
			return syscall.ENOSPC
		}
		return nil
	}}
	s, err := multiprocess.OpenWith(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("7")}), kernel)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, s) })
	return s
}

// unwritten renders what a store has, but could not write.
func unwritten(t testing.TB, s *multiprocess.Store) string {
	t.Helper()
	var b strings.Builder
	for _, e := range s.Unpublished() {
		if e.ID != "7" {
			t.Errorf("the identifier is %q", e.ID)
		}
		if err := render(&b, e.Family); err != nil {
			t.Error(err)
		}
	}
	return b.String()
}

// TestPublishOnAFullDisk has no room from the beginning, then some, then none
// again.
func TestPublishOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var full atomic.Bool
	full.Store(true)
	s := openFailing(t, dir, &full)
	publish(t, s, rising("a"), nil)
	merge := newCollector(t, dir, multiprocess.CollectorOptions{})
	check := func(wantErr error, onPage, memory string) {
		t.Helper()
		if err := s.Refresh(t.Context()); !errors.Is(err, wantErr) {
			t.Errorf("the error is %v, want %v", err, wantErr)
		}
		if got := page(t, merge); got != onPage {
			t.Errorf("the page is %q, want %q", got, onPage)
		}
		if got := unwritten(t, s); got != memory {
			t.Errorf("memory has %q, want %q", got, memory)
		}
	}
	a := func(value string) string { return "# a counter\na_total{} " + value + "\n" }
	const b = "# b gauge\nb{} 1\n"
	check(syscall.ENOSPC, "", a("1"))
	full.Store(false)
	check(nil, a("2"), "")
	full.Store(true)
	publish(t, s, emitting(one("b", metric.TypeGauge, 1)), &multiprocess.PublishOptions{Mode: metric.GaugeMostRecent})
	check(syscall.ENOSPC, a("2"), b)
	withMemory := metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
		return merge.CollectWith(ctx, s.Unpublished(), emit)
	})
	if got := page(t, withMemory); got != a("2")+b {
		t.Errorf("its own page has %q", got)
	}
	if stats := s.Stats(); stats.PublishFailures != 2 || stats.Published != 1 {
		t.Errorf("%+v", stats)
	}
	full.Store(false)
	check(nil, a("4")+b, "")
	for _, name := range list(t, dir) {
		if strings.HasPrefix(name, ".new-") {
			t.Errorf("%s was left behind", name)
		}
	}
}

// TestMemoryLooksLikeFiles has the page of a process whose disk is full be what it
// is as soon as there is room.
func TestMemoryLooksLikeFiles(t *testing.T) {
	t.Parallel()
	for _, mode := range []metric.GaugeMode{metric.GaugeAll, metric.GaugeMax, metric.GaugeSum, metric.GaugeMostRecent} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var full atomic.Bool
			full.Store(true)
			s := openFailing(t, dir, &full)
			families := append(everything(), one("own", metric.TypeGauge, 1, "pid", "mine"),
				raw("timed", metric.TypeGauge, metric.Sample{Name: "timed", Timestamp: begun}),
				raw("guess", metric.TypeUnknown, metric.Sample{Name: "guess", Timestamp: begun}))
			publish(t, s, emitting(families...), &multiprocess.PublishOptions{Mode: mode})
			if err := s.Refresh(t.Context()); !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			merge := newCollector(t, dir, multiprocess.CollectorOptions{})
			memory := details(t, metric.CollectorFunc(func(ctx context.Context, emit func(metric.Family) error) error {
				return merge.CollectWith(ctx, s.Unpublished(), emit)
			}))
			full.Store(false)
			refresh(t, s)
			if diff := cmp.Diff(memory, details(t, merge)); diff != "" {
				t.Errorf("(-memory +file):\n%s", diff)
			}
			if len(s.Unpublished()) > 0 {
				t.Error("something is left in memory")
			}
		})
	}
}

// TestPublishLeavesRoomForFolding refuses the last bytes of a disk.
func TestPublishLeavesRoomForFolding(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var small atomic.Bool
	kernel := smallDisk{mapped.System(), &small}
	s, err := multiprocess.OpenWith(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("7")}), kernel)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, s)
	countOne(t, s, counterSpec())
	publish(t, s, rising("a"), nil)
	small.Store(true)
	if err := s.Refresh(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
	small.Store(false)
	refresh(t, s)
}

type smallDisk struct {
	mapped.Kernel
	small *atomic.Bool
}

func (d smallDisk) Free(fd int) (int64, error) {
	if d.small.Load() {
		return 1 << 20, nil
	}
	return d.Kernel.Free(fd)
}

// TestPublishUnderFaults lets the kth system call of a second publication fail,
// for all k: the page has the first one, or the second.
func TestPublishUnderFaults(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		dir := t.TempDir()
		var failing atomic.Bool
		calls := 0
		kernel := &mappedtest.Faults{Kernel: mapped.System()}
		kernel.Fail = func(string, int) error {
			if !failing.Load() {
				return nil
			}
			if calls++; calls == k {
				return syscall.EIO
			}
			return nil
		}
		s, err := multiprocess.OpenWith(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("7")}), kernel)
		if err != nil {
			t.Fatal(err)
		}
		publish(t, s, rising("a"), nil)
		merge := newCollector(t, dir, multiprocess.CollectorOptions{})
		refresh(t, s)
		failing.Store(true)
		err = s.Refresh(t.Context())
		failing.Store(false)
		want := lines("# a counter", "a_total{} 2")
		if err != nil {
			want = lines("# a counter", "a_total{} 1")
		}
		if got := page(t, merge); got != want {
			t.Errorf("call %d, error %v: got %q, want %q", k, err, got, want)
		}
		refresh(t, s)
		if got := page(t, merge); got != lines("# a counter", "a_total{} 3") {
			t.Errorf("after call %d: got %q", k, got)
		}
		closed(t, s)
		if calls < k {
			return
		}
	}
}

// TestCrashWhilePublishing has the process die at each call of its second
// publication: one of the two counts, and goes on counting when it is folded.
func TestCrashWhilePublishing(t *testing.T) {
	t.Parallel()
	for k := range crashWhilePublishing(t, 1<<30) {
		crashWhilePublishing(t, k+1)
	}
}

func crashWhilePublishing(t *testing.T, k int) (calls int) {
	t.Helper()
	dir := t.TempDir()
	kernel := mappedtest.CrashAt(mapped.System(), k)
	s, err := multiprocess.OpenWith(dir, quiet(multiprocess.Options{Format: multiprocess.FormatNative, Identifier: named("7")}), kernel)
	if err == nil {
		_, err = s.Publish(rising("a"), nil)
	}
	var firstErr, secondErr error
	if err == nil {
		firstErr = s.Refresh(t.Context())
		secondErr = s.Refresh(t.Context())
	}
	calls = kernel.Calls()
	kernel.Bury()
	got := pageOf(t, dir)
	var possible []string
	switch {
	case err != nil || firstErr != nil:
		possible = []string{"", "1"}
	case secondErr != nil:
		possible = []string{"1", "2"}
	default:
		possible = []string{"2"}
	}
	if !slices.Contains(possible, got) {
		t.Errorf("call %d, errors %v, %v and %v: the total is %q", k, err, firstErr, secondErr, got)
	}
	if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
		t.Errorf("call %d: %v", k, err)
	}
	if folded := pageOf(t, dir); folded != got {
		t.Errorf("call %d: the total is %q, and %q when it is folded", k, got, folded)
	}
	if names := published(t, dir); len(names) > 0 {
		t.Errorf("call %d: %q is left after folding", k, names)
	}
	if s != nil {
		_ = s.Close() // whose calls all fail
	}
	return calls
}

// pageOf returns the value of the counter that is all that a directory has.
func pageOf(t testing.TB, dir string) string {
	t.Helper()
	text := page(t, newCollector(t, dir, multiprocess.CollectorOptions{}))
	return strings.TrimSpace(strings.TrimPrefix(text, "# a counter\na_total{} "))
}

// TestRenewedPublication has somebody remove files under the process.
func TestRenewedPublication(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{"all": "*.pm", "process file": "w-*.pm"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openNative(t, dir, "7")
			publish(t, s, rising("a"), nil)
			refresh(t, s)
			before := published(t, dir)
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			if !s.Renew() {
				t.Error("nothing was renewed")
			}
			after := published(t, dir)
			if len(after) != 1 || slices.Equal(before, after) {
				t.Errorf("there is %q after %q", after, before)
			}
			if got := pageOf(t, dir); got != "1" {
				t.Errorf("what was published is %q", got)
			}
			refresh(t, s)
			if got := pageOf(t, dir); got != "2" {
				t.Errorf("what is published then is %q", got)
			}
		})
	}
}

// TestPublicationThatIsRemoved comes back.
func TestPublicationThatIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	stop := publish(t, s, rising("a"), nil)
	refresh(t, s)
	for _, name := range published(t, dir) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	refresh(t, s)
	if got := pageOf(t, dir); got != "2" {
		t.Errorf("what is published is %q", got)
	}
	for _, name := range published(t, dir) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if stats := s.Stats(); stats.PublishFailures > 0 || stats.Published > 0 {
		t.Errorf("%+v", stats)
	}
}

// TestCloseWhileCollecting closes a store whose collectors hang, or are about to
// give more.
func TestCloseWhileCollecting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := openNative(t, dir, "7")
		publish(t, s, hangsAfter(), nil)
		publish(t, s, rising("a"), nil)
		done := make(chan error)
		go func() { done <- s.Refresh(context.Background()) }()
		synctest.Wait()
		begun := time.Now()
		closed(t, s)
		if took := time.Since(begun); took > 11*time.Second { // which is what a collector may take
			t.Errorf("closing took %v", took)
		}
		if err := <-done; err == nil {
			t.Error("the refresh has not failed")
		}
		if got := pageOf(t, dir); got != "2" {
			t.Errorf("what was published last is %q", got)
		}
		if losses := s.Stats().PublishLosses; losses != 1 { // of the one that hangs, at the end
			t.Errorf("%d losses are counted", losses)
		}
		time.Sleep(2 * time.Hour)
	})
}

// TestCloseWaitsForTheLastValues closes a store while a collector is at work that
// takes no notice of being cancelled: it runs once more.
func TestCloseWaitsForTheLastValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := openNative(t, dir, "7")
		inner := rising("a")
		publish(t, s, metric.CollectorFunc(func(_ context.Context, emit func(metric.Family) error) error {
			time.Sleep(30 * time.Millisecond)
			return inner.Collect(context.Background(), emit)
		}), nil)
		go func() { _ = s.Refresh(context.Background()) }()
		synctest.Wait()
		closed(t, s)
		if got := pageOf(t, dir); got != "2" {
			t.Errorf("what was published last is %q", got)
		}
	})
}

// TestLivingPublicationIsNotFolded compacts while a process publishes whose file
// somebody has removed.
func TestLivingPublicationIsNotFolded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "7")
	publish(t, s, rising("a"), nil)
	refresh(t, s)
	names, err := filepath.Glob(filepath.Join(dir, "w-*.pm"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := multiprocess.Compact(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	s.Renew()
	if got := pageOf(t, dir); got != "1" {
		t.Errorf("the total is %q", got)
	}
}
