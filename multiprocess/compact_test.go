//go:build unix

package multiprocess_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// compact compacts a directory, where that can be done.
func compact(t testing.TB, dir string) multiprocess.CompactResult {
	t.Helper()
	result, err := multiprocess.Compact(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Untrusted {
		t.Skip("nothing is folded on this file system")
	}
	return result
}

// TestCompactChangesNoPage folds some processes after others, while one lives.
// A page shows the same before and after, whoever reads it.
func TestCompactChangesNoPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	living := openNative(t, dir, "living")
	use := func(s *multiprocess.Store, trace string, second int64) {
		countOne(t, s, counterSpec("kind"), "mail")
		add(t, openPlace(t, s, counterSpec("kind"), "mail"), 1, 0.1)
		observe(t, openPlace(t, s, histogramSpec(1, 2), "/", "200"), []float64{1, 2, metric.Inf()}, 1.7)
		place := openPlace(t, s, nativeSpec(0.001, 1))
		observe(t, place, []float64{1, metric.Inf()}, 0.3)
		count(t, chunk(t, place, 3, -1, false), 5, 1)
		keepExemplar(t, place, 0, exemplar(trace, 0.3, second))
		add(t, openPlace(t, s, gaugeSpec(metric.GaugeSum)), 0, 0.7)
	}
	use(living, "living", 50)
	reader := newCollector(t, dir, multiprocess.CollectorOptions{})
	for round := range int64(3) {
		for _, identifier := range []string{"one", "two"} {
			s := openNative(t, dir, identifier)
			use(s, identifier, 100*round)
			closed(t, s)
		}
		before := page(t, reader)
		if result := compact(t, dir); result.Native != 2 || len(result.Skipped) > 0 || result.Bytes == 0 {
			t.Errorf("compacting did %+v", result)
		}
		if after := page(t, reader); after != before {
			t.Errorf("the page was\n%s\nand is\n%s", before, after)
		}
		if fresh := page(t, newCollector(t, dir, multiprocess.CollectorOptions{})); fresh != before {
			t.Errorf("the page was\n%s\nand is, for a reader that begins now,\n%s", before, fresh)
		}
		if files := list(t, dir); len(files) != 2 || files[0] != "archive.pm" {
			t.Errorf("files are %v, want the archive and the living process's", files)
		}
	}
}

// TestCompactGaugesOfTheDead looks at what does not add up.
func TestCompactGaugesOfTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openNative(t, dir, "worker-1")
	gauge := func(name string, mode metric.GaugeMode, v float64, at int64) {
		spec := &cell.Spec{Desc: metric.Desc{Name: name, Type: metric.TypeGauge}, Mode: mode}
		set(openPlace(t, s, spec), v, at)
	}
	gauge("all", metric.GaugeAll, 1, 0)
	gauge("live", metric.GaugeLiveSum, 2, 0)
	gauge("max", metric.GaugeMax, 3, 0)
	gauge("recent", metric.GaugeMostRecent, 4, 1e9)
	say(t, openPlace(t, s, infoSpec(), "app"), "version", "1")
	closed(t, s)
	compact(t, dir)
	got := undatedDir(t, dir)
	want := lines("# all gauge", `all{pid="worker-1"} 1`, "# max gauge", "max{} 3", "# recent gauge", "recent{} 4")
	if got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
	if _, err := multiprocess.Compact(context.Background(), dir, &multiprocess.CompactOptions{Retention: -1}); err != nil {
		t.Fatal(err)
	}
	if got, want := undatedDir(t, dir), lines("# max gauge", "max{} 3", "# recent gauge", "recent{} 4"); got != want {
		t.Errorf("without a retention the page is\n%s\nwant\n%s", got, want)
	}
}

func TestCompactNamesWhatItSkips(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	damaged := filepath.Join(dir, "w-00112233445566778899aabbccddeeff.pm")
	if err := os.WriteFile(damaged, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	result := compact(t, dir)
	if len(result.Skipped) != 1 || result.Skipped[0].Path != damaged || result.Skipped[0].Reason != "shorter than its header" {
		t.Fatalf("compacting did %+v", result)
	}
	var damage *multiprocess.DamageError
	if !errors.As(result.Skipped[0].Err, &damage) {
		t.Errorf("the error is %v", result.Skipped[0].Err)
	}
	if !slices.Equal(list(t, dir), []string{filepath.Base(damaged)}) {
		t.Errorf("files are %v", list(t, dir))
	}
}

func TestCompactDirectory(t *testing.T) {
	t.Setenv(multiprocess.DirEnv, "")
	if _, err := multiprocess.Compact(context.Background(), "", nil); !errors.Is(err, multiprocess.ErrNoDirectory) {
		t.Errorf("without a directory the error is %v", err)
	}
	t.Setenv(multiprocess.DirEnv, filepath.Join(t.TempDir(), "none"))
	if _, err := multiprocess.Compact(context.Background(), "", nil); err != nil {
		t.Errorf("for a directory that is not there the error is %v", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	s := openNative(t, dir, "1")
	countOne(t, s, counterSpec())
	closed(t, s)
	if _, err := multiprocess.Compact(cancelled, dir, nil); !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("after cancelling the error is %v", err)
	}
}
