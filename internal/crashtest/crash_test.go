//go:build linux

// Package crashtest holds the test that kills: processes that count, processes
// that fold and processes that read share a directory, and those of the first
// two kinds are killed at any moment. Every page must be between what had been
// acknowledged before and what had been begun after, and no page may show less
// than an earlier one, whoever read that.
//
// What happens follows from a seed, which a failure prints, as far as it is not a
// matter of who is faster:
//
//	go test ./internal/crashtest -run TestCrash -seed 7
//
// A long run kills more processes:
//
//	POLYMETER_CRASH_KILLS=1000 go test ./internal/crashtest -run TestCrash -v -count 1
package crashtest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"polymeter.dev/internal/mapped"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/internal/pyfile"
	"polymeter.dev/multiprocess"
)

var (
	seed = flag.Uint64("seed", 0, "seed of the crash test; 0 chooses one")
	keep = flag.Bool("keep", false, "keep the directory of a crash test that failed")
)

// killsEnv says how many writers are killed, and a fifth as many folders.
const killsEnv = "POLYMETER_CRASH_KILLS"

func choosePlan(t *testing.T) plan {
	t.Helper()
	p := plan{seed: *seed, writers: 60, folders: 15, time: 4 * time.Second}
	if p.seed == 0 {
		p.seed = rand.Uint64()
	}
	if testing.Short() {
		p.writers, p.folders = 20, 5
	}
	if text := os.Getenv(killsEnv); text != "" {
		kills, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatalf("%s is %q: %v", killsEnv, text, err)
		}
		p.writers, p.folders, p.time = kills, kills/5, time.Duration(kills)*time.Second
	}
	return p
}

// place makes a directory, in memory if possible.
func place(t *testing.T) string {
	t.Helper()
	for _, parent := range []string{"/dev/shm", t.TempDir()} {
		if dir, err := os.MkdirTemp(parent, "polymeter-crash-*"); err == nil {
			t.Cleanup(func() {
				if !t.Failed() || !*keep {
					_ = os.RemoveAll(dir)
				}
			})
			return dir
		}
	}
	t.Fatal("no place for a directory")
	return ""
}

// needFolding skips the test where nothing is folded.
func needFolding(t *testing.T, dir string) {
	t.Helper()
	kernel := mapped.System()
	fd, err := kernel.Directory(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close(fd)
	if trusted, err := kernel.Trusted(fd); err != nil || !trusted || mapped.Boot() == [16]byte{} {
		t.Skipf("nothing is folded in %s (error: %v)", dir, err)
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	base := place(t)
	needFolding(t, base)
	p := choosePlan(t)
	f := &fleet{plan: p, dir: filepath.Join(base, "metrics"), book: filepath.Join(base, "ledger")}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := createLedger(f.book)
	if err != nil {
		t.Fatal(err)
	}
	f.ctx, f.fail = context.WithCancelCause(t.Context())
	begun := time.Now()
	pages, err := f.watch(l, func() error {
		f.run()
		return f.settle()
	})
	if err != nil {
		t.Fatalf("seed %d, in %s: %v", p.seed, f.dir, err)
	}
	summary, err := f.total(l)
	if err != nil {
		t.Fatalf("seed %d, in %s: %v", p.seed, f.dir, err)
	}
	t.Logf("seed %d, %.1f s: %s; %d pages", p.seed, time.Since(begun).Seconds(), summary, pages)
	if f.writersKilled.Load() == 0 || f.foldersKilled.Load() == 0 {
		t.Error("nobody was killed")
	}
}

// watch has two readers at work from before do until after it, and returns how
// many pages they have read.
func (f *fleet) watch(l *ledger, do func() error) (pages int, err error) {
	other, err := start(&task{Role: roleReader, Dir: f.dir, Ledger: f.book})
	if err != nil {
		return 0, err
	}
	quit, done := make(chan struct{}), make(chan struct{})
	own := reader{number: mainReader, ledger: l}
	go func() {
		defer close(done)
		if err := own.read(f.ctx, f.dir, quit); err != nil {
			f.fail(err)
		}
	}()
	otherDone, otherSaid := make(chan struct{}), ""
	go func() {
		defer close(otherDone)
		said, err := "", errEndedItself
		if other.ready() {
			said, err = other.wait(false)
		}
		if otherSaid = said; err != nil {
			f.fail(err)
		}
	}()
	err = do()
	close(quit)
	_ = other.input.Close() // it may have ended
	<-done
	<-otherDone
	if err == nil || f.ctx.Err() != nil {
		err = context.Cause(f.ctx)
	}
	if err != nil {
		return 0, err
	}
	pages, err = strconv.Atoi(otherSaid)
	return pages + own.pages, err
}

// settle folds until nothing but archives is left.
func (f *fleet) settle() error {
	const passes = 4
	var left []string
	for range passes {
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		if _, err := compact(f.dir); err != nil {
			return err
		}
		if _, err := foldAfter(f.dir, nil, -1); err != nil {
			return err
		}
		var err error
		if left, err = f.left(); err != nil || len(left) == 0 {
			return err
		}
	}
	return fmt.Errorf("crashtest: all have ended, but these files are left: %q", left)
}

// left returns the files that are not archives.
func (f *fleet) left() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	var left []string
	for _, e := range entries {
		name, ok := pyfile.ParseName(e.Name())
		if e.Name() != pmfile.ArchiveName && (!ok || name.ID != pyfile.ArchiveID) {
			left = append(left, e.Name())
		}
	}
	return left, err
}

// total looks at the directory once more, now that nothing changes, and sums up
// what has happened.
func (f *fleet) total(l *ledger) (string, error) {
	collector, err := multiprocess.NewCollector(f.dir, nil)
	if err != nil {
		return "", err
	}
	r := reader{number: mainReader, ledger: l}
	if err := r.look(context.Background(), collector); err != nil {
		return "", err
	}
	n, err := l.read()
	if err != nil {
		return "", err
	}
	killed, left := f.writersKilled.Load(), f.writersLeft.Load()
	done, unknown := n.updates()
	if abrupt := float64(killed + left); unknown > abrupt {
		return "", fmt.Errorf("%v updates were under way when %v writers ended", unknown, abrupt)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%d writers killed, %d left, %d closed; %d folders killed; ", killed, left, f.writersClosed.Load(), f.foldersKilled.Load())
	fmt.Fprintf(&s, "%.0f updates acknowledged, %.0f were under way at the end of their processes, of which pages show %.0f at least; ",
		done, unknown, r.last.surplus(n))
	var folded folding
	for i := range folders {
		folded.add(n.folding(i))
	}
	commits, err := f.commits()
	fmt.Fprintf(&s, "archives were replaced %d times; passes that nobody killed: %.0f, with %.0f native files, %.0f of Python's, %.0f sealed",
		commits, folded.passes, folded.native, folded.python, folded.sealed)
	return s.String(), err
}

// commits returns how often archives were replaced, be it by somebody who was
// killed right after that.
func (f *fleet) commits() (uint64, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, err
	}
	var commits uint64
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err != nil {
			return 0, err
		}
		if e.Name() == pmfile.ArchiveName {
			header, damaged := pmfile.DecodeHeader(data)
			if damaged != nil {
				return 0, damaged
			}
			commits += header.Generation + 1
			continue
		}
		archive, damaged := pyfile.DecodeArchive(data)
		if damaged != nil {
			return 0, damaged
		}
		commits += archive.Generation + 1
	}
	return commits, nil
}

// surplus returns how many updates are on the page that nobody acknowledged, of
// those that the page counts one by one.
func (p *page) surplus(n numbers) (surplus float64) {
	for i := range measures {
		m := &measures[i]
		if low, _ := m.bounds(n, n); m.count || m.name == "crash_whole_total" || m.name == "crash_spread_total" {
			surplus += p.values[m.name] - low
		}
	}
	return surplus
}
