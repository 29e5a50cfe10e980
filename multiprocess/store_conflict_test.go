//go:build unix

package multiprocess_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"polymeter.dev/internal/cell"
	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// seed makes a file counter_P.db of the given layout with one count in it.
func seed(t *testing.T, dir string, layout multiprocess.Layout) string {
	t.Helper()
	s := openStore(t, dir, multiprocess.Options{Identifier: named("P"), Layout: layout})
	add(t, openPlace(t, s, counterSpec()), 0, 40)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "counter_P.db")
}

// TestConflicts puts something in the way of counter_P.db: the store must leave
// it as it is, and count in counter_P-2.db.
func TestConflicts(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]func(t *testing.T, dir, path string){
		"symbolic link": func(t *testing.T, dir, path string) {
			target := filepath.Join(t.TempDir(), "target")
			if err := os.Rename(seed(t, dir, multiprocess.LayoutNewer), target); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
		},
		"dangling link": func(t *testing.T, _, path string) {
			if err := os.Symlink(filepath.Join(t.TempDir(), "nothing"), path); err != nil {
				t.Fatal(err)
			}
		},
		"pipe": func(t *testing.T, _, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"directory": func(t *testing.T, _, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"other layout": func(t *testing.T, dir, _ string) { seed(t, dir, multiprocess.LayoutOlder) },
		"foreign": func(t *testing.T, _, path string) {
			if err := os.WriteFile(path, []byte("SQLite format 3\x00 and more"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"cut short": func(t *testing.T, dir, path string) {
			if err := os.Truncate(seed(t, dir, multiprocess.LayoutNewer), 20); err != nil {
				t.Fatal(err)
			}
		},
		"writer without a lock": func(t *testing.T, dir, _ string) {
			f, err := os.OpenFile(seed(t, dir, multiprocess.LayoutNewer), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "counter_P.db")
			block(t, dir, path)
			before := contents(path)
			s := openStore(t, dir, multiprocess.Options{Identifier: named("P"), Layout: multiprocess.LayoutNewer})
			add(t, openPlace(t, s, counterSpec()), 0, 2)
			if got := values(t, filepath.Join(dir, "counter_P-2.db"))["jobs_total"]; got != 2 {
				t.Errorf("counter_P-2.db has %v, want 2", got)
			}
			if after := contents(path); !bytes.HasPrefix(after, before) {
				t.Error("what was in the way has changed")
			}
			for _, name := range list(t, dir) {
				if strings.HasPrefix(name, ".new-") {
					t.Errorf("left behind: %s", name)
				}
			}
		})
	}
}

// contents returns those of a regular file, and nothing for anything else: a pipe
// would keep its reader waiting.
func contents(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	data, _ := os.ReadFile(path)
	return data
}

// TestEmptyFile is about a Python process that died between creating its file
// and writing the header.
func TestEmptyFile(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{"no bytes": nil, "zeros": make([]byte, 65536), "half a header": []byte("\x08\x00\x00")} {
		dir := t.TempDir()
		path := filepath.Join(dir, "counter_P.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s := openStore(t, dir, multiprocess.Options{Identifier: named("P")})
		add(t, openPlace(t, s, counterSpec()), 0, 2)
		want := path
		if runtime.GOOS != "linux" { // nothing proves there that nobody uses the file
			want = filepath.Join(dir, "counter_P-2.db")
		}
		if got := values(t, want)["jobs_total"]; got != 2 {
			t.Errorf("%s: %v, want 2", name, got)
		}
	}
}

func TestMarkProcessDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir, multiprocess.Options{Identifier: named("worker_2")})
	for mode := metric.GaugeAll; mode.Valid(); mode++ {
		openPlace(t, s, gaugeSpec(mode))
	}
	openPlace(t, s, counterSpec())
	for _, name := range []string{"gauge_liveall_worker_2.db", "gauge_livemin_worker-22.db", "gauge_livemax_other.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is nothing to remove
		if err := multiprocess.MarkProcessDead(dir, "worker_2"); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"counter_worker-2.db", "gauge_all_worker-2.db", "gauge_livemax_other.db", "gauge_livemin_worker-22.db",
		"gauge_max_worker-2.db", "gauge_min_worker-2.db", "gauge_mostrecent_worker-2.db", "gauge_sum_worker-2.db",
	}
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("files left:\n%v\nwant\n%v", got, want)
	}
	for _, id := range []string{"", "../x", "a/b", "a\x00b"} {
		if err := multiprocess.MarkProcessDead(dir, id); err == nil {
			t.Errorf("identifier %q was accepted", id)
		}
	}
	if err := multiprocess.MarkProcessDead(filepath.Join(dir, "counter_worker-2.db"), "1"); err == nil {
		t.Error("a file was accepted for a directory")
	}
}

func TestIdentifiers(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"4711":                   "4711",
		"worker_1":               "worker-1",
		"a/../b":                 "a-..-b",
		"*?[x]":                  "---x-",
		"é\xff":                  "--",
		"web.1":                  "web.1",
		strings.Repeat("x", 300): strings.Repeat("x", 120),
		"polymeter-archive":      "polymeter-archive-2",
	} {
		dir := t.TempDir()
		openPlace(t, openStore(t, dir, multiprocess.Options{Identifier: named(given)}), counterSpec())
		if got := list(t, dir); !slices.Equal(got, []string{"counter_" + want + ".db"}) {
			t.Errorf("identifier %q gives %v", given, got)
		}
	}
}

func TestVanishedDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	s := openStore(t, dir, multiprocess.Options{})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(counterSpec(), nil); err == nil {
		t.Fatal("a file was opened nowhere")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if place := openPlace(t, s, counterSpec()); !cell.FloatAt(place.Words[0]).Valid() {
		t.Error("no word")
	}
	if got := s.Stats().Failures; got != 1 {
		t.Errorf("%d failures, want 1", got)
	}
}
