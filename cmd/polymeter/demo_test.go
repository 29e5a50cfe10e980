//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// command starts this test binary as the command, with its own place for
// temporary files.
func command(t *testing.T, args ...string) (cmd *exec.Cmd, temp string) {
	t.Helper()
	temp = t.TempDir()
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	return cmd, temp
}

// leftBehind returns the files in a directory.
func leftBehind(t *testing.T, dir string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cmd, temp := command(t, "demo", "--workers", "3", "--duration", "100ms")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	m := regexp.MustCompile(`acknowledged (\d+) \+ (\d+) \+ (\d+) = (\d+) increments`).FindStringSubmatch(string(out))
	if m == nil || m[1] == "0" || m[2] == "0" || m[3] == "0" {
		t.Fatalf("acknowledged %q in\n%s", m, out)
	}
	for _, line := range []string{
		"demo_request_duration_seconds_count " + m[4], "demo_response_size_bytes_count " + m[4],
		"demo_workers 3", "demo_workers_alive 2", `demo_queue_length{pid="worker-2"} 2`,
		"4. The page says " + m[4] + ", and so do the counts of the histogram and the summary: nothing is lost, nothing counted twice.",
	} {
		if !strings.Contains(string(out), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if left := leftBehind(t, temp); len(left) > 0 || stderr.Len() > 0 {
		t.Errorf("left behind %q, errors %q", left, stderr.String())
	}
}

// The demonstration can be interrupted at any time, and leaves nothing behind.
func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, after string
		args        []string
		code        int
	}{
		{"while counting", "Starting", []string{"demo", "--workers", "2", "--duration", "10m"}, exitFailure},
		{"while staying", "Still serving", []string{"demo", "--workers", "2", "--duration", "50ms", "--stay"}, exitOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd, temp := command(t, test.args...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitForLine(t, out, test.after)
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, out)
			_ = cmd.Wait() // the exit code says it
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d", code)
			}
			if left := leftBehind(t, temp); len(left) > 0 {
				t.Errorf("left behind %q", left)
			}
		})
	}
}

// waitForLine reads up to a line that begins with the prefix.
func waitForLine(t *testing.T, r io.Reader, prefix string) {
	t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			return
		}
	}
	t.Fatalf("no line %q", prefix)
}

// Output that nobody reads is no reason to leave anything behind.
func TestDemoUnread(t *testing.T) {
	t.Parallel()
	cmd, temp := command(t, "demo", "--workers", "2", "--duration", "50ms")
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	defer in.Close()
	cmd.Stdout = in
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	if left := leftBehind(t, temp); len(left) > 0 {
		t.Errorf("left behind %q", left)
	}
}

// The signal that service managers send ends the server in order.
func TestServeTerminated(t *testing.T) {
	t.Parallel()
	cmd, _ := command(t, "serve", "--dir", storeDir(t), "--addr", "127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForLine(t, log, "time=")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(log)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		t.Errorf("%v\n%s", err, rest)
	}
}

// A page that does not say what was counted fails the demonstration.
func TestDemoChecks(t *testing.T) {
	t.Parallel()
	d := &demo{workers: 2, crew: newCrew(context.Background(), "", nil)}
	d.crew.workers = []*worker{{acknowledged: 3}, {acknowledged: 2}}
	page := "# HELP\ndemo_requests_total{code=\"200\"} 4\ndemo_requests_total{code=\"404\"} 1\n" +
		"demo_request_duration_seconds_count 5\ndemo_response_size_bytes_count 5\ndemo_workers 2\ndemo_workers_alive 1\n"
	totals, err := addUp(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.check(totals); err != nil {
		t.Error(err)
	}
	totals[demoRequests]--
	if err := d.check(totals); err == nil || err.Error() != "demo_requests_total is 4 on the page, the workers counted 5" {
		t.Errorf("a lost increment: %v", err)
	}
	if _, err := addUp("a b\n"); err == nil {
		t.Error("a line without a value is taken")
	}
}

// A worker that fails, fails the demonstration, which does not wait for more.
func TestDemoWorkerFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ said, want string }{
		{"", "worker-1 ended before it was done"},
		{"1\n2\n", "worker-1 ended before it was done"},
		{"1\nx\n", `worker-1 says "x"`},
	} {
		w := &worker{name: "worker-1"}
		if err := w.follow(strings.NewReader(test.said)); err == nil || err.Error() != test.want {
			t.Errorf("after %q: %v", test.said, err)
		}
	}
	c := newCrew(context.Background(), "", nil)
	c.kill()
	if err := c.await(&worker{done: make(chan error)}, time.Minute); !errors.Is(err, errInterrupted) {
		t.Errorf("after the end: %v", err)
	}
}
