//go:build unix

package textfile_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"polymeter.dev/bridge/textfile"
	"polymeter.dev/exposition"
)

// TestKilledJobs has several processes count in one file, and be killed at any moment:
// what was counted is in the file, and nothing else is left. Their umask would have
// nobody else read it.
func TestKilledJobs(t *testing.T) {
	const processes, kills = 4, 15
	path := newPath(t)
	var mu sync.Mutex
	counted := 0
	var group sync.WaitGroup
	for range processes {
		group.Go(func() {
			for range kills {
				n := killedJob(t, path)
				mu.Lock()
				counted += n
				mu.Unlock()
			}
		})
	}
	group.Wait()
	// Of each process that was killed, one more may be in the file than it could say.
	if got := runs(t, path); got < counted || got > counted+processes*kills {
		t.Errorf("%d runs are in the file, want %d to %d", got, counted, counted+processes*kills)
	}
	t.Logf("%d runs were acknowledged before %d kills", counted, processes*kills)
	if counted == 0 {
		t.Error("nothing was counted before the kills")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	before := runs(t, path)
	if err := textfile.Accumulate(t.Context(), path, collecting(counter("runs", 1)), nil); err != nil {
		t.Fatal(err)
	}
	if got := runs(t, path); got != before+1 {
		t.Errorf("%d runs are in the file, want %d", got, before+1)
	}
	wantFolder(t, path, filepath.Base(path), lockName)
}

// killedJob returns how often a process says that it has counted before it is killed.
func killedJob(t *testing.T, path string) (counted int) {
	cmd := exec.Command("/bin/sh", "-c", `umask 077; exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), jobEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return 0
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return 0
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() != "counted" {
			t.Errorf("a job says %q", lines.Text())
		}
		counted++
		if counted == 1 {
			time.AfterFunc(rand.N(20*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // that it was killed is no news
	return counted
}

// runs returns what the jobs have counted.
func runs(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	families, err := exposition.ParseText(string(text))
	if err != nil || len(families) != 1 {
		t.Fatalf("%d families, error %v", len(families), err)
	}
	return int(valueOf(t, families[0]))
}

// TestLeftBehind removes temporary files of processes that were killed, and leaves alone
// those that a process is at, and whatever else there is.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	dir := filepath.Dir(path)
	put(t, filepath.Join(dir, ".jobs.prom.abandoned.tmp"), "half a pa")
	others := []string{".jobs.prom.busy.tmp", ".other.prom.abandoned.tmp", ".jobs.prom.tmp.txt", ".jobs.prom.link.tmp", ".jobs.prom.folder.tmp", "jobs.prom.x.tmp"}
	for _, name := range others[:3] {
		put(t, filepath.Join(dir, name), "")
	}
	put(t, filepath.Join(dir, others[5]), "")
	if err := os.Symlink(path, filepath.Join(dir, others[3])); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, others[4]), 0o700); err != nil {
		t.Fatal(err)
	}
	release := lockFile(t, filepath.Join(dir, others[0]))
	if err := textfile.Write(t.Context(), path, collecting(gauge("a", 1)), nil); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "# TYPE a gauge\na 1\n", others...)
	release()
	if err := textfile.Write(t.Context(), path, collecting(gauge("a", 2)), nil); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "# TYPE a gauge\na 2\n", others[1:]...)
}

// TestConcurrentWriters replace a file that is whole at any time.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for range 25 {
				if err := textfile.Write(t.Context(), path, collecting(gauge("a", float64(i)), gauge("b", float64(i))), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		default:
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // nobody was so far yet
		}
		families, failed := exposition.ParseText(string(text))
		if err != nil || failed != nil || len(families) != 2 || valueOf(t, families[0]) != valueOf(t, families[1]) {
			t.Fatalf("the file is %q (%v)", text, err)
		}
	}
	wantFolder(t, path, filepath.Base(path))
}

// TestBusyFile gives up when another process has the file for too long.
func TestBusyFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	lock := filepath.Join(filepath.Dir(path), lockName)
	put(t, lock, "")
	release := lockFile(t, lock)
	err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), &textfile.Options{Timeout: 20 * time.Millisecond})
	wantError(t, err, path, "nothing was added: another process has the file locked for too long")
	release()
	if err := textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "# TYPE c_total counter\nc_total 1\n", lockName)

	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, lock); err != nil {
		t.Fatal(err)
	}
	wantError(t, textfile.Accumulate(t.Context(), path, collecting(counter("c", 1)), nil), path, "nothing was added: open "+lock)
	wantFile(t, path, "# TYPE c_total counter\nc_total 1\n", lockName)
}
