//go:build unix

package multiprocess_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"polymeter.dev/metric"
	"polymeter.dev/multiprocess"
)

// lifeDirEnv makes this test binary a child that counts one and shows that it is
// alive; lifeDeedEnv says what it does then.
const (
	lifeDirEnv  = "POLYMETER_TEST_LIFE_DIR"
	lifeDeedEnv = "POLYMETER_TEST_LIFE_DEED"
)

// live counts, says its process id, and waits for the end of its input.
func live(dir string) error {
	s, err := multiprocess.Open(dir, &multiprocess.Options{Format: multiprocess.FormatNative, NoCompact: true})
	if err != nil {
		return err
	}
	jobs, err := s.Open(counterSpec(), nil)
	if err != nil {
		return err
	}
	alive, err := s.Open(gaugeSpec(metric.GaugeLiveSum), nil)
	if err != nil {
		return err
	}
	jobs.Words[0].Add(1)
	alive.Words[0].Store(0x3FF0000000000000) // one
	fmt.Println(os.Getpid())
	switch os.Getenv(lifeDeedEnv) {
	case "exec":
		return syscall.Exec("/bin/cat", []string{"cat"}, nil)
	case "child": // that has all of our descriptors, and outlives us
		return inherit()
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
	return nil
}

// inherit starts a child that keeps every descriptor of this process open, and
// ends.
func inherit() error {
	const most = 64
	var files []uintptr
	for fd := range uintptr(most) {
		if _, _, err := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFD, 0); err == 0 {
			files = append(files, fd)
		} else {
			files = append(files, 0)
		}
	}
	if _, err := syscall.ForkExec("/bin/cat", []string{"cat"}, &syscall.ProcAttr{Files: files}); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// liver is such a child.
type liver struct {
	cmd   *exec.Cmd
	leash io.Closer
	pid   string // as it sees itself
}

// born starts a child and returns when it has counted. What comes before the
// program, if anything, runs it.
func born(t *testing.T, dir, deed string, before ...string) *liver {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells about the lives of others")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	line := append(before, program, "-test.run=^$")
	l := &liver{cmd: exec.Command(line[0], line[1:]...)}
	l.cmd.Env = append(os.Environ(), lifeDirEnv+"="+dir, lifeDeedEnv+"="+deed)
	l.cmd.Stderr = os.Stderr
	if l.leash, err = l.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.leash.Close()
		_ = l.cmd.Process.Kill()
		_ = l.cmd.Wait()
	})
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	l.pid = strings.TrimSpace(text)
	return l
}

// wantLiving expects a page with that many processes alive. The system may take a
// moment to let go of a lock.
func wantLiving(t *testing.T, c *multiprocess.Collector, alive, ever int) {
	t.Helper()
	want := fmt.Sprintf("# jobs counter\njobs_total{} %d\n", ever)
	if alive > 0 {
		want = fmt.Sprintf("# depth gauge\ndepth{} %d\n", alive) + want
	}
	deadline := time.Now().Add(10 * time.Second)
	got := withoutCreated(page(t, c))
	for got != want && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
		got = withoutCreated(page(t, c))
	}
	if got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func withoutCreated(page string) string {
	var kept strings.Builder
	for line := range strings.Lines(page) {
		if !strings.Contains(line, "_created{") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// folds folds and expects that many files to go.
func folds(t *testing.T, dir string, want int) {
	t.Helper()
	result, err := multiprocess.Compact(context.Background(), dir, nil)
	if err != nil || result.Native != want {
		t.Fatalf("folded %d files, %v, want %d", result.Native, err, want)
	}
}

// TestLifeOfAStoppedProcess: who is stopped is alive.
func TestLifeOfAStoppedProcess(t *testing.T) {
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	l := born(t, dir, "")
	if err := l.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	wantLiving(t, c, 1, 1)
	folds(t, dir, 0)
	if err := l.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wantLiving(t, c, 1, 1)
}

// TestLifeOfAZombie: who was killed is dead, be it that nobody has waited for it
// yet and its process id still exists.
func TestLifeOfAZombie(t *testing.T) {
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	l := born(t, dir, "")
	if err := l.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wantLiving(t, c, 0, 1)
	if err := l.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process is no zombie: %v", err)
	}
	folds(t, dir, 1)
	wantLiving(t, c, 0, 1)
}

// TestLifeAfterExec: another program in the same process is not the one that
// counted.
func TestLifeAfterExec(t *testing.T) {
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	l := born(t, dir, "exec")
	wantLiving(t, c, 0, 1)
	if err := l.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process is gone: %v", err)
	}
	folds(t, dir, 1)
}

// TestLifeOfADescriptor: a child that has inherited the descriptor prolongs the
// life of the file, which is an error on the safe side.
func TestLifeOfADescriptor(t *testing.T) {
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	l := born(t, dir, "child")
	if _, err := l.cmd.Process.Wait(); err != nil {
		t.Fatal(err)
	}
	wantLiving(t, c, 1, 1)
	folds(t, dir, 0)
	l.leash.Close() // which ends the child
	wantLiving(t, c, 0, 1)
	folds(t, dir, 1)
}

// TestLifeInAnotherNamespace: process ids of other namespaces mean nothing here,
// and ours nothing there.
func TestLifeInAnotherNamespace(t *testing.T) {
	unshare := []string{"unshare", "--pid", "--fork", "--kill-child"}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("needs unshare from util-linux and the right to use it: %v: %s", err, out)
	}
	dir := t.TempDir()
	c := newCollector(t, dir, multiprocess.CollectorOptions{})
	one, two := born(t, dir, "", unshare...), born(t, dir, "", unshare...)
	if one.pid != "1" || two.pid != "1" {
		t.Fatalf("the processes are %s and %s, not 1 each", one.pid, two.pid)
	}
	wantLiving(t, c, 2, 2)
	folds(t, dir, 0)
	if err := one.cmd.Process.Kill(); err != nil { // and its child with it
		t.Fatal(err)
	}
	wantLiving(t, c, 1, 2) // although a process 1 exists here and there
	folds(t, dir, 1)
	wantLiving(t, c, 1, 2)
}
